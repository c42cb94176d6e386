import { type DeliveryRow, type SagaRow, toAlarms } from './alarms.ts';
import { type Command, UsageError } from './command.ts';
import { parseOperator, required, show, toQuery } from './operator-arguments.ts';
import { callOperator, toPath } from './operator-client.ts';

/** `portico sagas`: what a service's sagas do, and what an operator does about them. */
export const sagas: Command = {
  usage:
    'sagas list|show ID|retry ID [--force]|abort ID --reason TEXT|resolve ID --reason TEXT  --service NAME [--stuck] [--state S] [--type T] [--cursor C] [--admin URL]',
  summary: 'Shows sagas of a running system; tries one again, turns it back, ends it.',
  async run(parameters) {
    const { action, subject, values } = parseOperator(parameters);
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
    'dead-letters list [--service NAME] [--cursor C]|show ID --service NAME|redrive ID --service NAME|redrive --key KEY --service NAME|discard ID --service NAME  [--admin URL]',
  summary: 'Shows events that were given up; hands them over again, or gives one up for good.',
  async run(parameters) {
    const { action, subject, values } = parseOperator(parameters);
    const { admin } = values;
    if (action === 'list') {
      const query = toQuery(values, ['service', 'cursor']);
      return show(await callOperator({ admin, path: `/dead-letters${query}` }));
    }
    if (action !== 'show' && action !== 'redrive' && action !== 'discard') {
      throw new UsageError('say list, show, redrive or discard');
    }
    const base = toPath('dead-letters', required(values.service, '--service'));
    if (action === 'redrive' && values.key !== undefined) {
      const body = { key: values.key };
      return show(await callOperator({ admin, path: `${base}/redrive`, body }));
    }
    const letter = required(subject, 'the id of a dead letter');
    if (action === 'show') {
      return show(await callOperator({ admin, path: `${base}${toPath(letter)}` }));
    }
    const path = `${base}${toPath(letter, action)}`;
    return show(await callOperator({ admin, path, body: {} }));
  },
};

/** `portico status`: health, and what should be looked at. */
export const status: Command = {
  usage: 'status [--admin URL]',
  summary: 'Shows health, alarms, deliveries of events and sagas under way; ends with 1 on alarms.',
  async run(parameters) {
    const { admin } = parseOperator(parameters).values;
    const ask = async (path: string) => await callOperator({ admin, path });
    const health = (await ask('/health')) as { ready: boolean };
    const { rows: deliveries } = (await ask('/deliveries')) as { rows: DeliveryRow[] };
    const { rows: sagas } = (await ask('/saga-counts')) as { rows: SagaRow[] };
    const alarms = toAlarms(deliveries, sagas);
    show({ alarms, health, deliveries, sagas });
    return health.ready && alarms.length === 0 ? 0 : 1;
  },
};
