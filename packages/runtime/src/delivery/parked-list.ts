import { PARKED_KEY_PAGE_MAX, type ParkedKey } from '@portico/store/spi';
import type { Consumer } from './consumer.ts';

/** Where a page of parked keys begins: behind this key of this lane. */
export type ParkedPlace = Pick<ParkedKey, 'consumer' | 'producer' | 'generation' | 'key'>;

/** Which parked keys to list. */
export interface ParkedFilter {
  /** Only of this consumer. */
  readonly service?: string;
  readonly after?: ParkedPlace;
  /** At most 100. */
  readonly limit?: number;
}

/** Keys that wait at these consumers, by consumer, producer, generation and key. */
export async function listParked(
  consumers: readonly Consumer[],
  { after, limit = PARKED_KEY_PAGE_MAX }: ParkedFilter,
): Promise<readonly ParkedKey[]> {
  const found: ParkedKey[] = [];
  for (const { store, name, hearings } of consumers.toSorted(by(({ name }) => name))) {
    for (const { producer } of hearings.toSorted(by(({ producer }) => producer))) {
      for (const lane of await store.deliveries.cursors.list(name, producer)) {
        const order = after ? compare(lane, after) : 1;
        const left = Math.min(limit, PARKED_KEY_PAGE_MAX) - found.length;
        if (order < 0 || left <= 0) continue;
        const page = { lane, after: order === 0 ? after?.key : undefined, limit: left };
        found.push(...(await store.deliveries.parked.keys(page)));
      }
    }
  }
  return found;
}

type Place = Omit<ParkedPlace, 'key'>;

/** Whether a lane comes before (< 0) or behind (> 0) another in a list. */
function compare(a: Place, b: Place): number {
  if (a.consumer !== b.consumer) return a.consumer < b.consumer ? -1 : 1;
  if (a.producer !== b.producer) return a.producer < b.producer ? -1 : 1;
  return a.generation - b.generation;
}

function by<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : 1);
}
