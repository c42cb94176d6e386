import { type Command, UsageError } from './command.ts';
import { parseOperator, required, show, toQuery } from './operator-arguments.ts';
import { callOperator, toPath } from './operator-client.ts';

/** `portico deliveries`: how events reach those who hear them. */
export const deliveries: Command = {
  usage:
    'deliveries list|parked [--service NAME] [--cursor C]|replay --service NAME --producer NAME --at TIME|--after POSITION|resume --service NAME --producer NAME  [--admin URL]',
  summary: 'Shows who hears whom and what waits; replays past events, goes on behind lost ones.',
  async run(parameters) {
    const { action, values } = parseOperator(parameters);
    const { admin, at, after } = values;
    if (action === 'list') return show(await callOperator({ admin, path: '/deliveries' }));
    if (action === 'parked') {
      const query = toQuery(values, ['service', 'cursor']);
      return show(await callOperator({ admin, path: `/parked-keys${query}` }));
    }
    if (action !== 'replay' && action !== 'resume') {
      throw new UsageError('say list, parked, replay or resume');
    }
    const service = required(values.service, '--service');
    const producer = required(values.producer, '--producer');
    const path = toPath('consumers', service, producer, action);
    if (action === 'resume') return show(await callOperator({ admin, path, body: {} }));
    if ((at === undefined) === (after === undefined)) {
      throw new UsageError('say where the replay begins: either --at or --after');
    }
    const body = at === undefined ? { after: toPosition(after) } : { at };
    return show(await callOperator({ admin, path, body }));
  },
};

function toPosition(text: string | undefined): number {
  if (text && /^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--after "${text}" is not a position`);
}
