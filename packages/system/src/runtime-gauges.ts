import type { Gauge } from '@portico/gateway';
import type { DeliveryStatus, Runtime } from '@portico/runtime';

/** What `/metrics` tells of the services of a process: delivery of events, sagas, and how busy it is. */
export async function readGauges({ events, sagas }: Runtime): Promise<readonly Gauge[]> {
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
    ...eventLoop(),
  ];
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
