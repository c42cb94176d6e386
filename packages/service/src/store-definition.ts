declare const handleType: unique symbol;

/**
 * What a service says of its store, whatever the engine. Opaque here: `@portico/store` makes these
 * (`sqlStore`), a driver opens them. `Handle` is what handlers query with.
 */
export interface StoreDefinition<Handle = unknown> {
  readonly kind: string;
  readonly [handleType]?: Handle;
}

/** The query handle of a store definition; `undefined` for services without a store. */
export type HandleOf<S> = S extends StoreDefinition<infer Handle> ? Handle : undefined;
