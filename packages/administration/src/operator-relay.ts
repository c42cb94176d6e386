import type { InputOf } from '@portico/contract';
import { type OperationContext, type Service, service, type Uses } from '@portico/service';
import type { OperatorHandlers } from './operator.ts';
import { Operator, type OperatorCommand } from './operator-api.ts';
import {
  mergeCounts,
  mergeDeliveries,
  mergeHealth,
  mergeLetters,
  mergeParkedKeys,
  type OperatorAnswer,
} from './operator-merge.ts';
import type { OperatorReach } from './operator-reach.ts';
import { surveyProcesses, surveyServices } from './operator-survey.ts';
import { PAGE_MAX } from './operator-types.ts';

/** What is about one service, and so is for a process that has it. */
type OfOneService = {
  [Name in OperatorCommand]: InputOf<(typeof Operator)['operations'][Name]> extends {
    readonly service: string;
  }
    ? Name
    : never;
}[OperatorCommand];

type OfAll = Omit<OperatorHandlers, OfOneService>;

type Context = Pick<
  OperationContext<typeof Operator, Uses, undefined, undefined, false>,
  'call' | 'clock'
>;

/**
 * The service behind {@link Operator} where a system has several processes. What is about one service is
 * answered by a process that has it; what is about all is put together, and says what is missing in it
 * where somebody does not answer.
 */
export function createOperatorRelay(reach: OperatorReach): Service {
  const ofAll = createHandlersOfAll(reach);
  const isOfAll = (name: string) => Object.hasOwn(ofAll, name);
  const commands = Object.keys(Operator.operations) as OperatorCommand[];
  const ofOne = commands
    .filter((operation) => !isOfAll(operation))
    .map((operation) => {
      const passOn = (input: { readonly service: string }, { call }: Context) =>
        reach.ask(input.service, { operation, input, call });
      return [operation, passOn] as const;
    });
  const operations = { ...Object.fromEntries(ofOne), ...ofAll } as unknown as OperatorHandlers;
  return service(Operator)({ operations }) as unknown as Service;
}

function createHandlersOfAll(reach: OperatorReach): OfAll {
  const ask = async (operation: OperatorCommand, input: unknown, { call, clock }: Context) =>
    await surveyServices(reach, { operation, input, call }, clock);
  const askOne = async <Name extends OperatorCommand>(
    operation: Name,
    service: string,
    { input, context: { call } }: { readonly input: unknown; readonly context: Context },
  ) => (await reach.ask(service, { operation, input, call })) as OperatorAnswer<Name>;
  return {
    async listDeadLetters(input, context) {
      const { service, limit = PAGE_MAX } = input;
      if (service !== undefined)
        return await askOne('listDeadLetters', service, { input, context });
      return mergeLetters(await ask('listDeadLetters', input, context), limit);
    },
    async listParkedKeys(input, context) {
      const { service, limit = PAGE_MAX } = input;
      if (service !== undefined) return await askOne('listParkedKeys', service, { input, context });
      return mergeParkedKeys(await ask('listParkedKeys', input, context), limit);
    },
    async getDeliveryStatus(input, { call, clock }) {
      const question = { operation: 'getDeliveryStatus', input, call } as const;
      return mergeDeliveries(await surveyProcesses(reach, question, clock));
    },
    async getSagaCounts(input, context) {
      return mergeCounts(await ask('getSagaCounts', input, context));
    },
    async getHealth(input, { call, clock }) {
      const question = { operation: 'getHealth', input, call } as const;
      return mergeHealth(await surveyProcesses(reach, question, clock), reach.services);
    },
  };
}
