import { Failure, type Operation } from '@portico/contract';
import type { Exchange, HttpReply, PublishedApi, Route } from '@portico/service/spi';
import { assertJsonAcceptable } from './accept.ts';
import { createInputDecoder, type InputDecoder } from './decode-input.ts';
import { createOutputEncoder, type OutputEncoder } from './encode-output.ts';
import { toReply } from './error-map.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { toApiRoot } from './links.ts';

/** The routes of one operation: its own, and HEAD beside GET (RFC 9110 §9.3.2). */
export function createOperationRoutes(
  operation: Operation,
  published: PublishedApi,
  challenges: readonly string[] | undefined,
): Route[] {
  const plan: Plan = {
    operation,
    decoder: createInputDecoder(operation, published.api.types),
    encode: createOutputEncoder(operation, published),
    keyed: operation.effect === 'keyed',
    challenges,
  };
  const { method, path } = operation.http;
  const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
  return methods.map((one) => ({
    method: one,
    path: toApiRoot(published.api) + path,
    label: operation.id,
    handle: (exchange) => handleCall(plan, exchange),
  }));
}

interface Plan {
  readonly operation: Operation;
  readonly decoder: InputDecoder;
  readonly encode: OutputEncoder;
  readonly keyed: boolean;
  readonly challenges: readonly string[] | undefined;
}

/**
 * One request: credentials, permission and limits, body, call, reply. Each `await` costs a turn of
 * the microtask queue, so only promises are awaited. What is no {@link Failure} is a mistake of ours:
 * it goes to the gateway, which logs it and asks the binding to `refuse`.
 */
async function handleCall(plan: Plan, exchange: Exchange): Promise<HttpReply> {
  const { operation, decoder } = plan;
  try {
    const caller = exchange.authenticate();
    if (caller instanceof Promise) await caller;
    const admitted = exchange.admit(operation);
    if (admitted instanceof Promise) await admitted;
    if (operation.output) assertJsonAcceptable(exchange.request.header('accept'));
    const body = decoder.readsBody ? await readBody(plan, exchange) : undefined;
    const input = decoder.decode(exchange, body);
    const output = await dispatch(plan, exchange, input);
    return plan.encode(exchange, input, output);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { requestId } = exchange;
    return toReply(thrown, { requestId, operation, challenges: plan.challenges });
  }
}

function readBody(plan: Plan, exchange: Exchange): Promise<Uint8Array> {
  plan.decoder.checkMediaType(exchange.request);
  return exchange.body(plan.operation.maxBytes);
}

function dispatch(plan: Plan, exchange: Exchange, input: unknown): Promise<unknown> {
  if (!plan.keyed) return exchange.dispatch(plan.operation, input);
  const key = readIdempotencyKey(exchange.request.header('idempotency-key'));
  return exchange.dispatch(plan.operation, input, { key });
}
