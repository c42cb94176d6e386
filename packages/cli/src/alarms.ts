/** What `portico status` reads of each delivery. */
export interface DeliveryRow {
  readonly consumer: string;
  readonly producer: string;
  readonly deadLetters: number;
  readonly blockedKeys: number;
  readonly parked: number;
  readonly oldestUndeliveredMs: number;
  readonly alarms: readonly string[];
}

/** What it reads of the sagas under way. */
export interface SagaRow {
  readonly service: string;
  readonly type: string;
  readonly stuck: boolean;
  readonly count: number;
}

/** What should be looked at, as sentences that end with the command to look with. */
export function toAlarms(deliveries: readonly DeliveryRow[], sagas: readonly SagaRow[]): string[] {
  const stuck = sagas.filter((row) => row.stuck);
  return [
    ...deliveries.flatMap((row) => row.alarms.map((alarm) => describe(alarm, row))),
    ...stuck.map(
      ({ service, type, count }) =>
        `${service}: ${count} × ${type} stuck. portico sagas list --service ${service} --stuck`,
    ),
  ];
}

function describe(alarm: string, row: DeliveryRow): string {
  const { consumer, producer, deadLetters, blockedKeys, parked } = row;
  const hearing = `${consumer} hears ${producer}`;
  const both = `--service ${consumer} --producer ${producer}`;
  const seconds = Math.round(row.oldestUndeliveredMs / 1_000);
  const known: Readonly<Record<string, string>> = {
    'dead-letters': `dead letters: ${deadLetters}. portico dead-letters list --service ${consumer}`,
    'blocked-keys': `blocked keys: ${blockedKeys}. portico deliveries parked --service ${consumer}`,
    late: `an event is undelivered for ${seconds} s. portico deliveries list`,
    full: `${parked} events wait, no more are fetched. portico dead-letters list --service ${consumer}`,
    truncated: `events are gone from the log; read its state, then: portico deliveries resume ${both}`,
  };
  return `${hearing}: ${known[alarm] ?? alarm}`;
}
