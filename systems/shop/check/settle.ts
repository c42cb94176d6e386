import { setTimeout as sleep } from 'node:timers/promises';
import type { FactSource, ShopFacts } from './facts.ts';
import { isLate } from './i7-sagas.ts';
import { findBehind } from './i8-events.ts';

/** Facts of a shop at rest, or what it was still busy with. */
export type Settled =
  | { readonly kind: 'settled'; readonly facts: ShopFacts }
  | { readonly kind: 'busy'; readonly facts: ShopFacts; readonly with: readonly string[] };

/** Between two looks. */
const PAUSE_MS = 250;

/**
 * Reads until no checkout is under way, every event is heard, and two reads in a row say the same, so that the facts of several
 * services fit together; for `forMs` at most.
 */
export async function readSettled(source: FactSource, forMs: number): Promise<Settled> {
  const endsAt = performance.now() + forMs;
  let before = '';
  for (;;) {
    const facts = await source.read();
    const busy = findBusy(facts);
    const now = fingerprint(facts);
    if (busy.length === 0 && now === before) return { kind: 'settled', facts };
    if (performance.now() >= endsAt) {
      const why = busy.length > 0 ? busy : ['the facts change from one look to the next'];
      return { kind: 'busy', facts, with: why };
    }
    before = now;
    await sleep(PAUSE_MS);
  }
}

/** What is under way and will end by itself. What is stuck or late is not: that is for I7 to tell. */
export function findBusy({ sagas, payments, events, takenAt }: ShopFacts): string[] {
  const running = sagas
    .filter((saga) => saga.state !== 'done' && !isLate(saga, takenAt))
    .map(({ sagaId, type, step }) => `${type} ${sagaId} is at ${step ?? 'its start'}`);
  const asked = payments
    .filter(({ state }) => state === 'created' || state === 'sent')
    .map(({ paymentId }) => `payment ${paymentId} waits for its provider's answer`);
  const unheard = (events ? findBehind(events) : []).map(
    ({ consumer, topic }) => `${consumer} has ${topic} to hear`,
  );
  const parked = (events?.parked ?? []).map(({ consumer, topic, key }) => {
    return `${consumer} will try ${topic} ${key} again`;
  });
  return [...running, ...asked, ...unheard, ...parked];
}

function fingerprint({ takenAt: _, ...facts }: ShopFacts): string {
  return JSON.stringify(facts);
}
