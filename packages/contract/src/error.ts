import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import { Failure } from './failure.ts';

/** A {@link Failure} made from a declared error, with its data typed. */
export interface DeclaredFailure<Data> extends Failure {
  readonly class: 'APP';
  readonly details: Failure['details'] & { readonly data: Data };
}

type ErrorArguments<Data> = [Data] extends [undefined]
  ? [data?: undefined, detail?: string]
  : [data: Data, detail?: string];

/** What every declared error has, whatever its data. */
export interface AnyErrorDefinition {
  readonly kind: 'error';
  readonly status: number;
  readonly summary: string;
  /** The schema of `data` as its author wrote it, if the error carries any. */
  readonly data: StandardJSONSchemaV1 | undefined;
  is(value: unknown): boolean;
}

/** A declared error: call it to make one to throw, `is` to recognise one that was caught. */
export interface ErrorDefinition<Data = unknown> extends AnyErrorDefinition {
  (...args: ErrorArguments<Data>): DeclaredFailure<Data>;
  is(value: unknown): value is DeclaredFailure<Data>;
}

/** What the author of an error writes. */
export interface ErrorSpec<S extends StandardJSONSchemaV1 | undefined> {
  readonly summary: string;
  /** HTTP status, 400–499 or 503. */
  readonly status: number;
  readonly data?: S;
}

/**
 * Declares an error of a contract.
 *
 * @example
 * const OutOfStock = error({ status: 409, summary: 'Not enough stock.', data: z.object({ sku: Sku }) });
 * throw OutOfStock({ sku });
 */
export function error<S extends StandardJSONSchemaV1 | undefined = undefined>(
  spec: ErrorSpec<S>,
): ErrorDefinition<
  S extends StandardJSONSchemaV1 ? StandardJSONSchemaV1.InferOutput<S> : undefined
> {
  const make = (data?: unknown, detail?: string) =>
    // The name is set by the dispatcher, from the operation that declares this definition.
    new Failure('APP', 'app', detail ?? spec.summary, { data, status: spec.status, definition });
  const definition = Object.assign(make, {
    kind: 'error' as const,
    status: spec.status,
    summary: spec.summary,
    data: spec.data,
    is: (value: unknown) => value instanceof Failure && value.details.definition === definition,
  });
  return definition as never;
}
