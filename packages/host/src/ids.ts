import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** New identifiers. */
export interface Ids {
  /** UUIDv7 (RFC 9562 §5.7): sorts by time of creation, monotonic within one host. */
  uuid(): string;
  /**
   * `prefix_` and 26 base-32 characters (130 random bits): unguessable, for ids that callers name.
   * @throws {RangeError} when the prefix is not 1–16 lower-case letters and digits.
   */
  prefixed(prefix: string): string;
}

/** Crockford's base 32, lower case: no `i`, `l`, `o`, `u`, so that ids survive being read out. */
const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIXED_LENGTH = 26;
const PREFIX = /^[a-z][a-z0-9]{0,15}$/;
/** `rand_a`, 12 bits, counts within a millisecond. */
const COUNTER_MAX = 0xfff;
/** A new millisecond's counter starts in its lower half, which leaves at least 2,048 steps. */
const COUNTER_START_MASK = 0x7ff;

/**
 * Ids from a clock and randomness. UUIDs are monotonic by RFC 9562 §6.2 method 1: a counter seeded
 * anew each millisecond stands before the random bits. When it is used up, or the clock goes back, the
 * timestamp runs ahead of the clock.
 */
export function createIds(clock: Clock, random: Random): Ids {
  let timestamp = -1;
  let counter = 0;
  return {
    uuid() {
      const now = Math.max(0, Math.floor(clock.now()));
      const drawn = random.bytes(10);
      if (now > timestamp) {
        timestamp = now;
        counter = ((byteAt(drawn, 8) << 8) | byteAt(drawn, 9)) & COUNTER_START_MASK;
      } else if (counter < COUNTER_MAX) {
        counter++;
      } else {
        timestamp++;
        counter = 0;
      }
      return formatUuid(timestamp, counter, drawn);
    },
    prefixed(prefix) {
      if (!PREFIX.test(prefix)) {
        throw new RangeError(
          `An id's prefix is 1 to 16 lower-case letters and digits, like "ord"; got "${prefix}".`,
        );
      }
      let id = `${prefix}_`;
      for (const byte of random.bytes(PREFIXED_LENGTH)) id += BASE_32[byte & 31];
      return id;
    },
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** RFC 9562 §5.7: 48 bits of Unix time in ms, version 7, counter, variant 10, 62 random bits. */
function formatUuid(timestamp: number, counter: number, drawn: Uint8Array): string {
  const time = timestamp.toString(16).padStart(12, '0');
  const versioned = (0x7000 | counter).toString(16);
  const hex = (at: number) => HEX[byteAt(drawn, at)] ?? '';
  const variant = HEX[0x80 | (byteAt(drawn, 0) & 0x3f)] ?? '';
  const tail = hex(2) + hex(3) + hex(4) + hex(5) + hex(6) + hex(7);
  return `${time.slice(0, 8)}-${time.slice(8)}-${versioned}-${variant}${hex(1)}-${tail}`;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
