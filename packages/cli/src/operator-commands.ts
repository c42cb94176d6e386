import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';
import { callOperator, toPath } from './operator-client.ts';

const options = {
  admin: { type: 'string' },
  service: { type: 'string' },
  state: { type: 'string' },
  type: { type: 'string' },
  key: { type: 'string' },
  reason: { type: 'string' },
  cursor: { type: 'string' },
  stuck: { type: 'boolean' },
  force: { type: 'boolean' },
} as const;

function parse(parameters: readonly string[]) {
  const parsed = parseArgs({ args: [...parameters], allowPositionals: true, options });
  const [action = '', subject] = parsed.positionals;
  return { action, subject, values: parsed.values };
}

type Values = ReturnType<typeof parse>['values'];

/** `portico sagas`: what a service's sagas do, and what an operator does about them. */
export const sagas: Command = {
  usage:
    'sagas list|show ID|retry ID [--force]|abort ID --reason TEXT|resolve ID --reason TEXT  --service NAME [--stuck] [--state S] [--type T] [--cursor C] [--admin URL]',
  summary: 'Shows sagas of a running system; tries one again, turns it back, ends it.',
  async run(parameters) {
    const { action, subject, values } = parse(parameters);
    const { admin, reason } = values;
    const service = required(values.service, '--service');
    if (action === 'list') {
      const query = toQuery(values, ['state', 'type', 'stuck', 'cursor']);
      return show(await callOperator({ admin, path: `${toPath('sagas', service)}${query}` }));
    }
    const path = toPath('sagas', service, required(subject, 'the id of a saga'));
    if (action === 'show') return show(await callOperator({ admin, path }));
    if (action === 'retry') {
      const body = { force: values.force === true };
      return show(await callOperator({ admin, path: `${path}/retry`, body }));
    }
    if (action === 'abort' || action === 'resolve') {
      const body = { reason: required(reason, '--reason') };
      return show(await callOperator({ admin, path: `${path}/${action}`, body }));
    }
    throw new UsageError('say list, show, retry, abort or resolve');
  },
};

/** `portico dead-letters`: events that were given up. */
export const deadLetters: Command = {
  usage:
    'dead-letters list [--service NAME] [--cursor C]|redrive ID --service NAME|redrive --key KEY --service NAME|discard ID --service NAME  [--admin URL]',
  summary: 'Shows events that were given up; hands them over again, or gives one up for good.',
  async run(parameters) {
    const { action, subject, values } = parse(parameters);
    const { admin } = values;
    if (action === 'list') {
      const query = toQuery(values, ['service', 'cursor']);
      return show(await callOperator({ admin, path: `/dead-letters${query}` }));
    }
    if (action !== 'redrive' && action !== 'discard') {
      throw new UsageError('say list, redrive or discard');
    }
    const base = toPath('dead-letters', required(values.service, '--service'));
    if (action === 'redrive' && values.key !== undefined) {
      const body = { key: values.key };
      return show(await callOperator({ admin, path: `${base}/redrive`, body }));
    }
    const path = `${base}${toPath(required(subject, 'the id of a dead letter'), action)}`;
    return show(await callOperator({ admin, path, body: {} }));
  },
};

/** `portico status`: health, and how the delivery of events does. */
export const status: Command = {
  usage: 'status [--admin URL]',
  summary: 'Shows health, and lag, dead letters and blocked keys of each consumer.',
  async run(parameters) {
    const { admin } = parse(parameters).values;
    const health = (await callOperator({ admin, path: '/health' })) as { ready: boolean };
    const deliveries = (await callOperator({ admin, path: '/deliveries' })) as { rows: unknown };
    show({ health, deliveries: deliveries.rows });
    return health.ready ? 0 : 1;
  },
};

function toQuery(values: Values, names: readonly (keyof Values)[]): string {
  const query = new URLSearchParams();
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

function required(value: string | undefined, what: string): string {
  if (value) return value;
  throw new UsageError(`${what} is missing`);
}

/** JSON, for people and for `jq`. */
function show(value: unknown): number {
  console.log(value === undefined ? 'Done.' : JSON.stringify(value, null, 2));
  return 0;
}
