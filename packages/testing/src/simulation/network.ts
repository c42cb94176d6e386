import { type Api, Failure, type Operation } from '@portico/contract';
import type { Host } from '@portico/host';
import type { CallAs } from '@portico/runtime';
import type { Client, KeyedCallOptions } from '@portico/service';
import type { Draw } from './draw.ts';
import type { Faults } from './faults.ts';
import type { Incarnation } from './incarnation.ts';
import type { Knobs } from './knobs.ts';
import type { SimulatedNode } from './node.ts';
import type { PlantedBug } from './planted-bug.ts';

/** How a client of a simulation behaves. */
export interface SimulatedClientOptions {
  /**
   * Repeats a call with the same key until its outcome is certain, as a client should whose calls must not
   * get lost. Without it, each call is made once and may end unknown.
   */
  readonly persistent?: boolean;
}

/** The network between the outside and the nodes of a simulation. */
export interface Network {
  client<A extends Api>(api: A, as: CallAs | string, options?: SimulatedClientOptions): Client<A>;
}

/** What a network is made of. */
export interface NetworkOptions {
  readonly world: Host;
  readonly draw: Draw;
  readonly knobs: Knobs;
  readonly faults: () => Faults;
  readonly nodes: readonly SimulatedNode[];
  readonly note: (what: string) => void;
  readonly bug: PlantedBug | undefined;
}

/** Between two of them, full jitter. */
const RETRY_MAX_MS = 400;
/** When a client notices that no answer will come. */
const UNANSWERED_MS = 3_000;
/** When a repeated request arrives: mostly soon, sometimes when nobody expects it any more. */
const LATE_MS = [10, 300, 10_000];

interface Request {
  readonly api: Api;
  readonly as: CallAs | string;
  readonly operation: Operation;
  readonly input: unknown;
  readonly options: KeyedCallOptions;
}

type Process = { readonly node: SimulatedNode; readonly incarnation: Incarnation };

/** A network that delays, loses and repeats, and notices that nodes have died. */
export function createNetwork(network: NetworkOptions): Network {
  return {
    client<A extends Api>(api: A, as: CallAs | string, { persistent = false } = {}) {
      const client: Record<string, unknown> = {};
      for (const operation of Object.values(api.operations)) {
        client[operation.name] = (input: unknown, options: KeyedCallOptions = {}) => {
          const request = plant(network.bug, { api, as, operation, input, options });
          return persistent ? persist(network, request) : attempt(network, request);
        };
      }
      return Object.freeze(client) as Client<A>;
    },
  };
}

function plant(bug: PlantedBug | undefined, request: Request): Request {
  if (!bug?.call) return request;
  const { key, undoes, ...rest } = request.options;
  const operation = request.operation.id;
  const changed = bug.call({ operation, input: request.input, key, undoes });
  const options = {
    ...rest,
    ...(changed.key === undefined ? {} : { key: changed.key }),
    ...(changed.undoes === undefined ? {} : { undoes: changed.undoes }),
  };
  return { ...request, input: changed.input, options };
}

async function persist(network: NetworkOptions, request: Request): Promise<unknown> {
  const { world, draw } = network;
  // Without end: what never gets an answer is noticed by the limit of the whole simulation.
  for (;;) {
    try {
      return await attempt(network, request);
    } catch (thrown) {
      if (isFinal(thrown, request.operation)) throw thrown;
    }
    await wait(world, draw.int(1, RETRY_MAX_MS));
  }
}

/** Whether nothing more can be learned by repeating the call (runtime.md, "Outcomes of a call"). */
function isFinal(thrown: unknown, { effect }: Operation): boolean {
  if (!(thrown instanceof Failure)) return true;
  if (thrown.class === 'APP') return true;
  if (thrown.class === 'REJECTED') return thrown.code !== 'key-in-flight';
  if (effect !== 'unsafe') return false;
  const { started } = thrown.details;
  return !['NOT_SENT', 'REFUSED', 'OVERLOADED'].includes(thrown.class) && started !== false;
}

async function attempt(network: NetworkOptions, request: Request): Promise<unknown> {
  const { world, draw, knobs, faults, nodes, note } = network;
  const { operation } = request;
  const { lostRequestChance = 0, lostReplyChance = 0, repeatedRequestChance = 0 } = faults();
  await wait(world, draw.int(0, knobs.networkMs));
  if (draw.chance(lostRequestChance)) {
    note(`lost request ${operation.id}`);
    return unanswered(network);
  }
  if (operation.effect !== 'unsafe' && draw.chance(repeatedRequestChance)) repeat(network, request);
  const serving = nodes.filter(({ runtime }) => runtime !== undefined);
  if (serving.length === 0) throw new Failure('NOT_SENT', 'not-sent', 'No node is there.');
  const node = draw.pick(serving);
  const isReplyLost = draw.chance(lostReplyChance);
  const answer = await settleOn(network, node, request);
  if (isReplyLost) {
    note(`lost reply ${operation.id}`);
    return unanswered(network);
  }
  await wait(world, draw.int(0, knobs.networkMs));
  note(`${operation.id} ${describe(answer)}`);
  if ('error' in answer) throw answer.error;
  return answer.value;
}

type Answer = { readonly value: unknown } | { readonly error: unknown };

/** What a node answers; a failure when it dies before. A node that stalls answers when it goes on. */
async function settleOn(
  { world }: NetworkOptions,
  node: SimulatedNode,
  request: Request,
): Promise<Answer> {
  const { incarnation } = node;
  if (!incarnation) return { error: died() };
  await awake(world, { node, incarnation });
  if (!incarnation.alive) return { error: died() };
  return await new Promise((resolve) => {
    const stopListening = incarnation.onDeath(() => resolve({ error: died() }));
    const answer = async (settled: Answer) => {
      await awake(world, { node, incarnation });
      if (!incarnation.alive) return;
      stopListening();
      resolve(settled);
    };
    callOn(node, request).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error }),
    );
  });
}

async function callOn({ runtime }: SimulatedNode, request: Request): Promise<unknown> {
  if (!runtime) throw new Failure('NOT_SENT', 'not-sent', 'The node is gone.');
  const { api, as, operation, input, options } = request;
  const client = runtime.client(api, as) as Record<string, (...of: unknown[]) => Promise<unknown>>;
  return await client[operation.name]?.(input, options);
}

async function awake(world: Host, { node, incarnation }: Process): Promise<void> {
  while (incarnation.alive) {
    const stallMs = node.machine.stalledUntil - world.clock.monotonic();
    if (stallMs <= 0) return;
    await wait(world, stallMs);
  }
}

/** The same request once more, by a middleman who asks nobody and tells nobody. */
function repeat(network: NetworkOptions, request: Request): void {
  const { world, draw, nodes, note } = network;
  const again = async () => {
    const serving = nodes.filter(({ runtime }) => runtime !== undefined);
    if (serving.length === 0) return;
    note(`repeated ${request.operation.id}`);
    await settleOn(network, draw.pick(serving), request);
  };
  world.timers.after(draw.int(0, draw.pick(LATE_MS)), () => void again(), { background: true });
}

async function unanswered({ world, draw }: NetworkOptions): Promise<never> {
  await wait(world, draw.int(1, UNANSWERED_MS));
  throw new Failure('UNAVAILABLE', 'unavailable', 'No answer came.');
}

function died(): Failure {
  return new Failure('UNAVAILABLE', 'unavailable', 'The node has died.');
}

/** Background time: whether a simulation goes on is decided by what it runs, not by what waits. */
export function wait(world: Host, delayMs: number): Promise<void> {
  return new Promise((resolve) => world.timers.after(delayMs, resolve, { background: true }));
}

function describe(answer: Answer): string {
  if ('value' in answer) return JSON.stringify(answer.value) ?? 'done';
  const { error } = answer;
  return error instanceof Failure ? `${error.class} ${error.code}` : String(error);
}
