import { invalidCursor, toCursor } from '@portico/service';
import type { PortParkedPlace } from './operator-port.ts';

/** The place of a saga in its list. @throws {Failure} `invalid` */
export function toSeq(place: unknown): number | undefined {
  if (place === undefined || Number.isSafeInteger(place)) return place as number | undefined;
  throw invalidCursor();
}

/** A place in the list of dead letters. @throws {Failure} `invalid` */
export function toLetterId(place: unknown): string | undefined {
  if (place === undefined || typeof place === 'string') return place;
  throw invalidCursor();
}

/** The cursor behind a parked key. */
export function toParkedCursor({ consumer, producer, generation, key }: PortParkedPlace): string {
  return toCursor([consumer, producer, generation, key]);
}

/** A place in the list of parked keys. @throws {Failure} `invalid` */
export function toParkedPlace(place: unknown): PortParkedPlace | undefined {
  if (place === undefined) return undefined;
  const [consumer, producer, generation, key] = Array.isArray(place) ? place : [];
  if (typeof consumer !== 'string' || typeof producer !== 'string') throw invalidCursor();
  if (!Number.isSafeInteger(generation) || typeof key !== 'string') throw invalidCursor();
  return { consumer, producer, generation, key };
}
