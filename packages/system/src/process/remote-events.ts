import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import {
  createRootTrace,
  type EventBatch,
  type FindEventSource,
  type RemoteServices,
  serviceCaller,
} from '@portico/runtime';
import { Cancellation } from '@portico/service';
import { Platform } from '../platform/platform-api.ts';

/** What an answer may take beside the waiting. */
const ANSWER_MS = 5_000;

/** The logs of producers in other processes: asked for over the wire, wherever the producer runs now. */
export function createRemoteEvents(host: Host, remote: RemoteServices): FindEventSource {
  const { fetchEvents } = Platform.operations;
  return (producer) => ({
    async fetch(request, signal) {
      const source = remote.callerOf(producer);
      if (!source) {
        throw new Failure('NOT_SENT', 'not-placed', `No process with "${producer}" is known yet.`);
      }
      const cancellation = new Cancellation();
      const onAbort = () => cancellation.cancel();
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      const { logId, ...asked } = request;
      const input = { ...asked, producer, ...(logId === undefined ? {} : { logId }) };
      try {
        const found = await source.call(fetchEvents, input, {
          caller: serviceCaller(request.consumer),
          from: request.consumer,
          deadline: host.clock.monotonic() + request.waitMs + ANSWER_MS,
          cancellation,
          key: undefined,
          criticality: 'default',
          trace: createRootTrace(host.random),
          attempt: 1,
        });
        // Checked by the producer's process against the contract that both have.
        return found as EventBatch;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
  });
}
