import type { Criticality } from '@portico/contract';
import type { Caller } from './caller.ts';
import type { Cancellation } from './cancellation.ts';

/** W3C Trace Context: where this call stands in a trace. */
export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the span of whoever makes the call. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** What travels with every call, through every binding. An argument; nothing is entered per call. */
export interface Call {
  readonly caller: Caller;
  /** The service that makes the call; `undefined` at the edge. */
  readonly from: string | undefined;
  /** On the host's monotonic clock, in ms. Between processes the remaining time travels instead. */
  readonly deadline: number;
  readonly cancellation: Cancellation;
  /** The idempotency key of a keyed operation. */
  readonly key: string | undefined;
  /** For a compensation: the key of the forward call that it undoes. */
  readonly undoes?: string | undefined;
  readonly criticality: Criticality;
  readonly trace: Trace;
  /** 1 for the first attempt. */
  readonly attempt: number;
}
