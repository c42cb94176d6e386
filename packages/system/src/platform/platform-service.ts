import { createOperatorHandlers } from '@portico/administration';
import { Failure } from '@portico/contract';
import type { Gauge } from '@portico/gateway';
import type { Runtime } from '@portico/runtime';
import { type Service, service } from '@portico/service';
import { Platform } from './platform-api.ts';

/** What a process answers the others of its system. */
export interface PlatformService {
  readonly service: Service;
  /** Answers those who wait, with what there is: this process is about to stop. */
  release(): void;
}

/**
 * Answers the other processes of the system, for the services that `runtime` hosts.
 *
 * @param gauges - What this process tells of itself in `/metrics`.
 */
export function createPlatformService(
  runtime: () => Runtime,
  gauges: () => Promise<readonly Gauge[]>,
): PlatformService {
  const stopping = new AbortController();
  const platform = service(Platform)({
    operations: {
      ...createOperatorHandlers(runtime),
      async readGauges() {
        return { gauges: (await gauges()).map(toMutable) };
      },
      async fetchEvents({ producer, logId, ...asked }, { signal }) {
        const source = runtime().events.sourceOf(producer);
        if (!source) throw notHere(producer);
        const ending = AbortSignal.any([signal, stopping.signal]);
        const found = await source.fetch({ ...asked, logId }, ending);
        if (found.kind !== 'events') return found;
        return { ...found, events: [...found.events] };
      },
    },
  });
  return { service: platform as unknown as Service, release: () => stopping.abort() };
}

/** In the form that handlers return. */
function toMutable({ samples, ...gauge }: Gauge) {
  return {
    ...gauge,
    samples: samples.map(({ labels, ...one }) => ({ ...one, labels: { ...labels } })),
  };
}

/** It has moved: the caller's routing table is older than ours. */
function notHere(producer: string): Failure {
  return new Failure('REFUSED', 'not-here', `"${producer}" keeps no log in this process.`);
}
