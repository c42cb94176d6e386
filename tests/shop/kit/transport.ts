import type { Operation } from '@portico/contract';

/** The two ways into the shop. */
export type Via = 'REST' | 'SOAP';

/** Credentials, as HTTP headers; both bindings take the same ones. */
export type As = Readonly<Record<string, string>>;

/** How a call ended, whatever the binding. */
export type Reply =
  | { readonly ok: true; readonly value: unknown; readonly status: number; readonly raw: string }
  | {
      readonly ok: false;
      readonly status: number;
      readonly code: string;
      readonly data: unknown;
      readonly pointers: readonly string[];
      readonly raw: string;
    };

/** One request, before it is written in a binding's way. */
export interface Request {
  readonly operation: Operation;
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A way to make calls: knows the contract, and nothing of the shop's code. */
export type Transport = (request: Request) => Promise<Reply>;
