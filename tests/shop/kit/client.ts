import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Api, InputOf, Operation, OutputOf } from '@portico/contract';
import type { As, Reply, Transport } from './transport.ts';

/** What one call may set. */
export interface CallSettings {
  /** Default: a new one for each call of a keyed operation. */
  readonly key?: string;
}

type Arguments<Op> =
  Record<never, never> extends InputOf<Op>
    ? [input?: InputOf<Op>, settings?: CallSettings]
    : [input: InputOf<Op>, settings?: CallSettings];

/** The operations of an API as functions that throw {@link Refusal}. */
export type Calls<A extends Api> = {
  readonly [K in keyof A['operations']]: (
    ...args: Arguments<A['operations'][K]>
  ) => Promise<OutputOf<A['operations'][K]>>;
};

/** An answer that is not the one hoped for. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Extract<Reply, { ok: false }>;

  constructor(call: string, reply: Extract<Reply, { ok: false }>) {
    super(`${call}: ${reply.status} ${reply.code}: ${reply.raw}`);
    this.reply = reply;
  }
  get code(): string {
    return this.reply.code;
  }
  get data(): unknown {
    return this.reply.data;
  }
}

/** The refusal that a call ends with. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const outcome = await call.then(
    (value) => ({ value }),
    (problem: unknown) => ({ problem }),
  );
  if ('problem' in outcome && outcome.problem instanceof Refusal) return outcome.problem;
  if ('problem' in outcome) throw outcome.problem;
  assert.fail(`answered ${JSON.stringify(outcome.value)}`);
}

/** Five seconds: what is shed for longer is no matter of a busy moment. */
const SHED_TRIES_MAX = 50;
const SHED_PAUSE_MS = 100;

function isShed(reply: Reply): boolean {
  return !reply.ok && reply.code === 'overloaded';
}

/** Makes the calls of `api` over a transport; `answered` hears of each that ended well. */
export function createCalls<A extends Api>(
  api: A,
  options: {
    readonly transport: Transport;
    readonly as?: As | undefined;
    answered(operation: Operation): void;
  },
): Calls<A> {
  const call = async (operation: Operation, input: unknown, settings: CallSettings) => {
    const key = operation.effect === 'keyed' ? (settings.key ?? randomUUID()) : undefined;
    const request = {
      operation,
      input: (input ?? {}) as Readonly<Record<string, unknown>>,
      headers: { ...options.as, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    };
    let reply = await options.transport(request);
    // Nothing was done, says the shop: on a busy machine that is the machine's fault, not the test's.
    for (let tries = 1; isShed(reply) && tries < SHED_TRIES_MAX; tries += 1) {
      await pause(SHED_PAUSE_MS);
      reply = await options.transport(request);
    }
    if (!reply.ok) throw new Refusal(operation.id, reply);
    options.answered(operation);
    return reply.value;
  };
  const calls = Object.values<Operation>(api.operations).map((operation) => [
    operation.name,
    (input?: unknown, settings: CallSettings = {}) => call(operation, input, settings),
  ]);
  return Object.fromEntries(calls) as Calls<A>;
}
