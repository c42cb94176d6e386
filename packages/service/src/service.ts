import type { Api } from '@portico/contract';
import { assertServiceSpec } from './check-service.ts';
import type { Uses } from './client.ts';
import type { Hears } from './heard-event.ts';
import type { AnyServiceSpec, ServiceSpec } from './service-spec.ts';
import type { StoreDefinition } from './store-definition.ts';

/** A service: one business function behind one contract. */
export interface Service<A extends Api = Api> {
  readonly kind: 'service';
  /** The API's name. */
  readonly name: string;
  readonly api: A;
  readonly spec: AnyServiceSpec;
}

/** Makes the service of one API from its spec. */
export type DefineService<A extends Api> = <
  U extends Uses = Record<never, never>,
  H extends Hears = Record<never, never>,
  S extends StoreDefinition | undefined = undefined,
  C = undefined,
>(
  spec: ServiceSpec<A, U, H, S, C>,
) => Service<A>;

/**
 * Defines a service behind `api`: `service(Inventory)({ operations: { … } })`. In two steps, because
 * the compiler keeps literal types in a handler's answer only when the API is known before it reads
 * the handlers (docs/decisions).
 *
 * @throws {Error} naming every operation without a handler, handler without an operation, unknown
 * event and unreadable period, together.
 */
export function service<A extends Api>(api: A): DefineService<A> {
  return (spec) => {
    const forgotten = spec as unknown as AnyServiceSpec;
    assertServiceSpec(api, forgotten);
    return { kind: 'service', name: api.name, api, spec: forgotten };
  };
}
