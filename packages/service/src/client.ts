import type { Api, EffectOf, InputOf, OutputOf } from '@portico/contract';

/** What a caller may set on one call. Time can only become less than the contract and the parent allow. */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The same with an idempotency key. */
export interface KeyedCallOptions extends CallOptions {
  /** Overrides the key derived from the parent's; needed for a second call of one operation in one handler. */
  readonly key?: string;
  /**
   * For an operation that undoes another: the key of the forward call. If that call had no effect the
   * handler does not run, and one that arrives late is refused for ever.
   */
  readonly undoes?: string;
}

type RequiredKey = KeyedCallOptions & { readonly key: string };

type Arguments<Op, HasKey extends boolean> =
  EffectOf<Op> extends 'keyed'
    ? HasKey extends true
      ? [input: InputOf<Op>, options?: KeyedCallOptions]
      : [input: InputOf<Op>, options: RequiredKey]
    : Record<never, never> extends InputOf<Op>
      ? [input?: InputOf<Op>, options?: CallOptions]
      : [input: InputOf<Op>, options?: CallOptions];

/**
 * Calls of an API as functions. `HasKey`: whether the calls are made under an idempotency key, from
 * which those of keyed operations derive theirs; without one they must pass their own.
 */
export type Client<A extends Api, HasKey extends boolean = false> = {
  readonly [K in keyof A['operations']]: (
    ...args: Arguments<A['operations'][K], HasKey>
  ) => Promise<OutputOf<A['operations'][K]>>;
};

/** The APIs a service declares in `uses`, by the name it gives them. */
export type Uses = Readonly<Record<string, Api>>;

export type Clients<U extends Uses, HasKey extends boolean = false> = {
  readonly [K in keyof U]: Client<U[K], HasKey>;
};
