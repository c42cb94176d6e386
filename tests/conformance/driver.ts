/** Who a call of the suite is made as. */
export type As = 'nobody' | 'ada' | 'bob' | 'reader' | 'app';

/** How a call ended, whatever the binding. */
export type Answer =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'failure';
      readonly code: string;
      readonly data?: unknown;
      readonly pointers?: readonly string[];
      /** Everything that came back, as text, to search for what must not leak. */
      readonly raw: string;
    };

/** What a case may set on a call. */
export interface CallSettings {
  readonly as?: As;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** One way to reach the operations: REST, SOAP, in-process. */
export interface Driver {
  readonly name: string;
  call(operation: string, input: unknown, settings?: CallSettings): Promise<Answer>;
  close(): Promise<void>;
}
