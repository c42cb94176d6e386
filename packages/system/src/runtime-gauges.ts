import type { Gauge } from '@portico/gateway';
import type { DeliveryStatus, Runtime } from '@portico/runtime';

/**
 * What `/metrics` tells of a process and its services: calls, delivery of events, sagas, memory and how busy
 * it is.
 */
export async function readGauges(runtime: Runtime): Promise<readonly Gauge[]> {
  const { events, sagas } = runtime;
  const [rows, counts] = await Promise.all([events.status(), sagas.counts()]);
  const perLane = (name: string, help: string, read: (row: DeliveryStatus) => number): Gauge => ({
    ...{ name, help },
    samples: rows.map((row) => ({ labels: labelsOf(row), value: read(row) })),
  });
  return [
    perLane('portico_event_lag', 'Positions of the log that the consumer is behind.', lagOf),
    perLane(
      'portico_event_oldest_undelivered_seconds',
      'Age of the oldest event that has arrived and is not handled.',
      ({ oldestUndeliveredMs }) => oldestUndeliveredMs / 1_000,
    ),
    perLane('portico_dead_letters', 'Events given up.', ({ deadLetters }) => deadLetters),
    perLane('portico_parked_events', 'Events that wait for others.', ({ parked }) => parked),
    perLane('portico_blocked_keys', 'Keys whose events wait.', ({ blockedKeys }) => blockedKeys),
    {
      name: 'portico_sagas',
      help: 'Sagas under way.',
      samples: counts.map(({ service, type, state, stuck, count }) => ({
        labels: { service, type, state: stuck ? 'stuck' : state },
        value: count,
      })),
    },
    ...calls(runtime),
    ...ofProcess(),
    ...eventLoop(),
  ];
}

type ServiceLoad = ReturnType<Runtime['loads']>[string];

/** What stands before the handlers of each service, and what became of the calls to it. */
function calls(runtime: Runtime): readonly Gauge[] {
  const loads = Object.entries(runtime.loads());
  const perService = (name: string, help: string, read: (load: ServiceLoad) => number): Gauge => ({
    ...{ name, help },
    samples: loads.map(([service, load]) => ({ labels: { service }, value: read(load) })),
  });
  return [
    perService('portico_calls_in_flight', 'Calls being handled.', ({ inFlight }) => inFlight),
    perService('portico_calls_queued', 'Calls that wait for a place.', ({ queued }) => queued),
    perService('portico_calls_limit', 'Calls handled at a time, now.', ({ limit }) => limit),
    perService('portico_calls_admitted_total', 'Calls let in.', ({ admitted }) => admitted),
    perService('portico_calls_expired_total', 'Calls out of time.', ({ expired }) => expired),
    {
      name: 'portico_calls_shed_total',
      help: 'Calls refused under load: no place, too long a wait, a busy process.',
      samples: loads.flatMap(([service, { shed }]) =>
        Object.entries(shed).map(([reason, value]) => ({ labels: { service, reason }, value })),
      ),
    },
  ];
}

function ofProcess(): readonly Gauge[] {
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, value: number): Gauge => ({
    ...{ name, help },
    samples: [{ labels: {}, value }],
  });
  return [
    gauge('portico_process_cpu_seconds_total', 'Time on processors.', (user + system) / 1e6),
    gauge('portico_process_memory_bytes', 'Memory in use (RSS).', readMemory()),
  ];
}

/** Reading it takes a descriptor (proc(5)): who has none left tells the rest all the same. */
function readMemory(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}

/** Nothing where another replica pulls: the head is not known here. */
function lagOf({ head, position }: DeliveryStatus): number {
  return head === undefined ? 0 : Math.max(0, head - position);
}

function labelsOf({ consumer, producer, generation }: DeliveryStatus) {
  return { consumer, producer, generation: String(generation) };
}

/** Since the start of the process, whenever it is read first. */
function eventLoop(): readonly Gauge[] {
  const { active, idle } = performance.eventLoopUtilization();
  const gauge = (name: string, help: string, ms: number): Gauge => ({
    ...{ name, help },
    samples: [{ labels: {}, value: ms / 1_000 }],
  });
  return [
    gauge('portico_event_loop_active_seconds_total', 'Time that the event loop worked.', active),
    gauge('portico_event_loop_idle_seconds_total', 'Time that the event loop waited.', idle),
  ];
}
