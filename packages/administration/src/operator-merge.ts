import type { OutputOf } from '@portico/contract';
import { toCursor } from '@portico/service';
import type { Operator, OperatorCommand } from './operator-api.ts';
import { toParkedCursor } from './operator-cursors.ts';
import { answersOf, type Survey } from './operator-survey.ts';
import { STATUS_ROWS_MAX } from './operator-types.ts';

/** What an operation of the operator answers. */
export type OperatorAnswer<Name extends OperatorCommand> = OutputOf<
  (typeof Operator)['operations'][Name]
>;
type Letters = OperatorAnswer<'listDeadLetters'>;
type ParkedKeys = OperatorAnswer<'listParkedKeys'>;
type Deliveries = OperatorAnswer<'getDeliveryStatus'>;
type Counts = OperatorAnswer<'getSagaCounts'>;
type SystemHealth = OperatorAnswer<'getHealth'>;

/** One page out of a page of each process: each begins at the same place and is as long. */
export function mergeLetters(survey: Survey, limit: number): Letters {
  const all = distinct(answersOf<Letters>(survey), ({ letter }) => letter);
  const items = all.sort((a, b) => (a.letter < b.letter ? -1 : 1)).slice(0, limit);
  const last = items.at(-1);
  const next = last && items.length === limit ? { next: toCursor(last.letter) } : {};
  return { items, ...next, ...unansweredIn(survey) };
}

/** The same for parked keys. Those of one lane come from one store, in its order, and stay in it. */
export function mergeParkedKeys(survey: Survey, limit: number): ParkedKeys {
  const nameOf = ({ service, producer, generation, key }: ParkedKeys['items'][number]) =>
    JSON.stringify([service, producer, generation, key]);
  const all = distinct(answersOf<ParkedKeys>(survey), nameOf);
  const items = all.sort(byLane).slice(0, limit);
  const last = items.at(-1);
  const next =
    last && items.length === limit
      ? { next: toParkedCursor({ ...last, consumer: last.service }) }
      : {};
  return { items, ...next, ...unansweredIn(survey) };
}

/** The row of the replica that pulls, where several processes have a consumer: it alone knows all. */
export function mergeDeliveries(survey: Survey): Deliveries {
  const rows = new Map<string, Deliveries['rows'][number]>();
  for (const row of answersOf<Deliveries>(survey).flatMap((answer) => answer.rows)) {
    const name = JSON.stringify([row.consumer, row.producer, row.generation]);
    if (row.state !== 'elsewhere' || !rows.has(name)) rows.set(name, row);
  }
  return { rows: [...rows.values()].slice(0, STATUS_ROWS_MAX), ...unansweredIn(survey) };
}

/** Every process that has a service counts all of its sagas: one of them is enough. */
export function mergeCounts(survey: Survey): Counts {
  const pages = answersOf<Counts>(survey).map(({ rows }) => ({ items: rows }));
  const nameOf = ({ service, type, state, stuck }: Counts['rows'][number]) =>
    JSON.stringify([service, type, state, stuck]);
  const rows = distinct(pages, nameOf).slice(0, STATUS_ROWS_MAX);
  return { rows, ...unansweredIn(survey) };
}

/** Ready when every service is, somewhere: that a replica starts or ends is nobody's trouble. */
export function mergeHealth(survey: Survey, names: readonly string[]): SystemHealth {
  const processes: NonNullable<SystemHealth['processes']> = [];
  const found: SystemHealth['services'] = [];
  for (const one of survey.said) {
    const { name, services } = one.process;
    if ('silence' in one) {
      const down = { ready: false, reason: one.silence, inFlight: 0 };
      processes.push({ name, state: 'unreachable', ...down });
      found.push(...services.map((service) => ({ name: service, ...down, process: name })));
      continue;
    }
    const { state, ready, inFlight, services: rows } = one.answer as SystemHealth;
    processes.push({ name, state, ready, inFlight });
    found.push(...rows.map((row) => ({ ...row, process: name })));
  }
  const nowhere = survey.unanswered.filter(({ service }) => !found.some(isOf(service)));
  const rows = [
    ...found,
    ...nowhere.map(({ service, reason }) => ({ name: service, ready: false, reason, inFlight: 0 })),
  ];
  const ready = names.every((service) => rows.some((row) => isOf(service)(row) && row.ready));
  return {
    state: ready ? 'ready' : 'not-ready',
    ready,
    inFlight: processes.reduce((sum, process) => sum + process.inFlight, 0),
    services: names.flatMap((name) => rows.filter(isOf(name))).slice(0, STATUS_ROWS_MAX),
    processes: processes.slice(0, STATUS_ROWS_MAX),
  };
}

function isOf(service: string): (row: { readonly name: string }) => boolean {
  return ({ name }) => name === service;
}

function unansweredIn({ unanswered }: Survey): Pick<Letters, 'unanswered'> {
  return unanswered.length === 0 ? {} : { unanswered: unanswered.slice(0, STATUS_ROWS_MAX) };
}

/** The items of all pages, each once: while a service moves, two processes have the same ones. */
function distinct<Item>(
  pages: readonly { readonly items: readonly Item[] }[],
  nameOf: (item: Item) => string,
): Item[] {
  const found = new Map<string, Item>();
  for (const item of pages.flatMap(({ items }) => items)) {
    const name = nameOf(item);
    if (!found.has(name)) found.set(name, item);
  }
  return [...found.values()];
}

function byLane(a: ParkedKeys['items'][number], b: ParkedKeys['items'][number]): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  if (a.producer !== b.producer) return a.producer < b.producer ? -1 : 1;
  return a.generation - b.generation;
}
