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
  const formatUuid = createUuidFormat();
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

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const HYPHEN = 0x2d;
const TEMPLATE = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');

/**
 * Writes UUIDs as RFC 9562 §5.7 has it: 48 bits of Unix time in ms, version 7, counter, variant 10, 62
 * random bits. Into one buffer of digits, because a string joined from parts costs three times as much,
 * and again when it is taken apart.
 */
function createUuidFormat() {
  const text = Buffer.from(TEMPLATE);
  let written = -1;
  const put = (at: number, byte: number) => {
    text[at] = DIGITS[byte >> 4] as number;
    text[at + 1] = DIGITS[byte & 15] as number;
  };
  const putTime = (timestamp: number) => {
    text.write(timestamp.toString(16).padStart(12, '0'), 1, 'latin1');
    text.copyWithin(0, 1, 9);
    text[8] = HYPHEN;
    written = timestamp;
  };
  return (timestamp: number, counter: number, drawn: Uint8Array): string => {
    if (timestamp !== written) putTime(timestamp);
    put(14, 0x70 | (counter >> 8));
    put(16, counter & 0xff);
    put(19, 0x80 | (byteAt(drawn, 0) & 0x3f));
    put(21, byteAt(drawn, 1));
    for (let index = 2; index < 8; index++) put(20 + 2 * index, byteAt(drawn, index));
    return text.toString('latin1');
  };
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
