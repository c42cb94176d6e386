import type { Api, ApiSpec, OperationDefinitions } from './api.ts';
import { api } from './define.ts';
import { DefinitionError } from './definition-error.ts';
import type { EventDefinition } from './event.ts';
import {
  type Effect,
  type ErrorMap,
  type OperationSpec,
  operation,
  type Schema,
} from './operation.ts';
import type { JsonSchema } from './shape.ts';

type AnySpec = OperationSpec<Schema | undefined, Schema | undefined, ErrorMap, Effect>;
type Definitions = Readonly<Record<string, EventDefinition>>;
type Part = Partial<ApiSpec<OperationDefinitions, Definitions>>;

/** For tests: an internal operation that says the least. */
export function someOperation(spec: Partial<AnySpec> = {}) {
  return operation({ summary: 'Does something.', effect: 'unsafe', ...spec } as AnySpec);
}

/** For tests: an API named `sample`. */
export function someApi(spec: Part = {}): Api {
  const whole = { version: '1.0.0', summary: 'A sample.', operations: {}, ...spec };
  return api('sample', whole) as unknown as Api;
}

/** For tests: an API with the one operation `act`. */
export function apiWith(spec: Partial<AnySpec>): Api {
  return someApi({ operations: { act: someOperation(spec) } });
}

/** For tests: what is wrong with a definition, each as `place: problem`; nothing if all is well. */
export function mistakesOf(define: () => unknown): readonly string[] {
  try {
    define();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof DefinitionError)) throw thrown;
    return thrown.mistakes.map(({ place, problem }) => `${place}: ${problem}`);
  }
}

/** For tests: a schema of a library other than Zod, from the JSON Schema of both its sides. */
export function foreignSchema(input: JsonSchema, output: JsonSchema = input): Schema {
  const jsonSchema = { input: () => ({ ...input }), output: () => ({ ...output }) };
  return { '~standard': { version: 1, vendor: 'foreign', jsonSchema } };
}

/** For tests: the one operation of {@link apiWith}. */
export function actOf(made: Api) {
  const { act } = made.operations;
  if (act === undefined) throw new Error('The sample has no operation "act".');
  return act;
}
