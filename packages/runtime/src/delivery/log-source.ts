import type { Host } from '@portico/host';
import { LOG_PAGE_MAX, type OpenStore } from '@portico/store/spi';
import {
  type EventBatch,
  type EventRequest,
  type EventSource,
  FETCH_TOPICS_MAX,
  FETCH_WAIT_MAX_MS,
} from './event-source.ts';

/** How often a consumer's position is noted at the producer: it only decides what may be removed. */
const NOTE_EVERY_MS = 60_000;
/** What noting may wait for the store. */
const NOTE_MS = 10_000;

/** The events of a store in this process: what answers `fetch`, whoever asks. */
export function createLogSource(store: OpenStore, host: Host): EventSource {
  const noted = new Map<string, number>();
  const note = async ({ consumer, position }: EventRequest) => {
    const now = host.clock.monotonic();
    if (now < (noted.get(consumer) ?? Number.NEGATIVE_INFINITY) + NOTE_EVERY_MS) return;
    const write = () =>
      store.transaction(
        ({ deliveries }) => deliveries.subscribers.note(consumer, position, host.clock.now()),
        { deadline: now + NOTE_MS },
      );
    await write();
    noted.set(consumer, now);
  };
  return {
    async fetch(request, signal) {
      const topics = request.topics.slice(0, FETCH_TOPICS_MAX);
      const limit = Math.min(Math.max(1, request.limit), LOG_PAGE_MAX);
      const waitMs = Math.min(Math.max(0, request.waitMs), FETCH_WAIT_MAX_MS);
      const asked = { ...request, topics, limit };
      const endAt = host.clock.monotonic() + waitMs;
      for (let { after } = request; ; ) {
        // Before reading: what is committed afterwards ends the waiting.
        const arrival = watchOnce(store, signal);
        try {
          const found = await look(store, { ...asked, after });
          if (found.kind !== 'events') return found;
          if (request.logId !== undefined) await note(request);
          if (found.events.length > 0 || signal?.aborted) return found;
          const scanned = after;
          after = found.through;
          // A long stretch of other topics: let others have their turn, then read on.
          const leftMs = found.through > scanned ? 0 : endAt - host.clock.monotonic();
          if (found.through === scanned && leftMs <= 0) return found;
          await arrival.within(host, leftMs);
        } finally {
          arrival.end();
        }
      }
    },
  };
}

async function look(store: OpenStore, request: EventRequest): Promise<EventBatch> {
  const page = await store.log.read(request);
  const { logId, events, through, head, trimmed } = page;
  if (request.logId !== undefined && request.logId !== logId) {
    return { kind: 'log-changed', logId, head };
  }
  if (request.after < trimmed) {
    if (request.logId !== undefined) return { kind: 'log-truncated', logId, trimmed };
    return await look(store, { ...request, after: trimmed });
  }
  return { kind: 'events', logId, events, through, head };
}

/** The next commit to `store`, or the signal. */
function watchOnce(store: OpenStore, signal: AbortSignal | undefined) {
  let arrived = false;
  let tell = () => {};
  const arrive = () => {
    arrived = true;
    tell();
  };
  const unwatch = store.watch(arrive);
  signal?.addEventListener('abort', arrive, { once: true });
  return {
    within(host: Host, delayMs: number): Promise<void> {
      if (arrived) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = host.timers.after(delayMs, resolve, { background: true });
        tell = () => {
          timer.cancel();
          resolve();
        };
      });
    },
    end() {
      unwatch();
      signal?.removeEventListener('abort', arrive);
    },
  };
}
