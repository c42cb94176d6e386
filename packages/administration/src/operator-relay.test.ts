import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { type Call, Cancellation } from '@portico/service';
import type { DeadLetter, ParkedKey } from '@portico/store/spi';
import fc from 'fast-check';
import { createOperatorHandlers } from './operator.ts';
import type { OperatorAnswer } from './operator-merge.ts';
import type { OperatorPort, PortDeliveryStatus, PortParkedPlace } from './operator-port.ts';
import type { OperatorProcess, OperatorQuestion, OperatorReach } from './operator-reach.ts';
import { createOperatorRelay } from './operator-relay.ts';

type Letters = OperatorAnswer<'listDeadLetters'>;
type ParkedKeys = OperatorAnswer<'listParkedKeys'>;

const SERVICES = ['cart', 'orders', 'search', 'billing'];
const PROCESSES = ['a', 'b', 'c'];
/** Where each service is: in one process or more. */
const placements: fc.Arbitrary<Record<string, string[]>> = fc.record(
  Object.fromEntries(SERVICES.map((name) => [name, fc.subarray(PROCESSES, { minLength: 1 })])),
);
const pageSize = fc.integer({ min: 1, max: 7 });
const NOW = 5_000;
const TIME_MS = 3_000;

describe('the operator relay', () => {
  it('pages through the dead letters of all processes, each once and in order', async () => {
    const letter = fc.record({
      id: fc.integer({ min: 100, max: 999 }),
      service: fc.constantFrom(...SERVICES),
    });
    const letters = fc.uniqueArray(letter, { selector: ({ id }) => id, maxLength: 40 });
    const property = fc.asyncProperty(placements, letters, pageSize, async (places, all, limit) => {
      const processes = PROCESSES.map((name) => {
        const services = SERVICES.filter((service) => places[service]?.includes(name));
        const own = all.filter(({ service }) => services.includes(service));
        const port = portOf({ letters: own.map(({ id }) => toLetter(id)) });
        return createProcess(name, { services, port });
      });
      const found = (await readPages(processes, 'listDeadLetters', limit)) as Letters['items'];
      assert.deepEqual(
        found.map((one) => one.letter),
        all.map(({ id }) => `l${id}`).sort(),
      );
    });
    await fc.assert(property);
  });

  it('pages through the parked keys of all processes, those of a lane in the order of its store', async () => {
    const lane = fc.record({
      consumer: fc.constantFrom(...SERVICES),
      producer: fc.constantFrom('catalog', 'identity'),
      // In the order of no alphabet: the store's own.
      keys: fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 6 }),
    });
    const lanes = fc.uniqueArray(lane, { selector: nameOf });
    const property = fc.asyncProperty(placements, lanes, pageSize, async (places, all, limit) => {
      const parked = all
        .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
        .flatMap(({ keys, ...one }) => keys.map((key) => toParked({ ...one, key })));
      const processes = PROCESSES.map((name) => {
        const services = SERVICES.filter((service) => places[service]?.includes(name));
        const own = parked.filter(({ consumer }) => services.includes(consumer));
        return createProcess(name, { services, port: portOf({ parked: own }) });
      });
      const found = (await readPages(processes, 'listParkedKeys', limit)) as ParkedKeys['items'];
      assert.deepEqual(
        found.map(({ service, producer, key }) => [service, producer, key]),
        parked.map(({ consumer, producer, key }) => [consumer, producer, key]),
      );
    });
    await fc.assert(property);
  });

  it('asks another process that has the same service when one does not answer', async () => {
    const asked: string[] = [];
    const letter = toLetter(1);
    const port = portOf({ letters: [letter] });
    const processes = [
      createProcess('shop-1', { services: ['cart', 'orders'], asked, fails: away() }),
      createProcess('shop-2', { services: ['cart', 'orders'], asked, port }),
      createProcess('search-1', { services: ['search'], asked, fails: away() }),
    ];
    const answer = (await ask(processes, 'listDeadLetters', {})) as Letters;
    assert.deepEqual(asked, ['shop-1', 'search-1', 'shop-2']);
    assert.deepEqual(
      answer.items.map((item) => item.letter),
      [letter.letter],
    );
    assert.deepEqual(answer.unanswered, [
      { service: 'search', reason: 'search-1 does not answer: It is away.' },
      { service: 'billing', reason: 'No process has it.' },
    ]);
  });

  it('asks whoever was silent for a while only when nobody else has the service', async () => {
    const asked: string[] = [];
    const processes = [
      createProcess('cart-1', { services: ['cart'], asked, suspect: true }),
      createProcess('cart-2', { services: ['cart'], asked }),
    ];
    await ask(processes, 'getSagaCounts', {});
    assert.deepEqual(asked, ['cart-2']);
  });

  it('leaves itself time to answer when a process never does', async () => {
    const deadlines: number[] = [];
    const hanging = createProcess('cart-1', { services: ['cart'] });
    const process: OperatorProcess = {
      ...hanging,
      async ask({ call }) {
        deadlines.push(call.deadline);
        throw new Failure('DEADLINE', 'deadline', 'It took too long.');
      },
    };
    const answer = await ask([process], 'getHealth', {});
    assert.deepEqual(deadlines, [NOW + TIME_MS / 2]);
    assert.equal((answer as OperatorAnswer<'getHealth'>).ready, false);
  });

  it('refuses what is wrong with the question, as one process does', async () => {
    const processes = [createProcess('a', {}), createProcess('b', { fails: away() })];
    await assert.rejects(ask(processes, 'listDeadLetters', { cursor: 'junk!' }), {
      code: 'invalid',
    });
  });

  it('shows the delivery of the replica that pulls', async () => {
    const row = { generation: 1, role: 'main', position: 1, deadLetters: 0, blockedKeys: 0 };
    const common = { ...row, producer: 'catalog', parked: 0, oldestUndeliveredMs: 0, alarms: [] };
    const rowOf = (consumer: string, state: string) => ({ ...common, consumer, state });
    const processes = [
      createProcess('a', { port: portOf({ status: [rowOf('cart', 'elsewhere')] }) }),
      createProcess('b', {
        port: portOf({ status: [rowOf('cart', 'running'), rowOf('search', 'elsewhere')] }),
      }),
      createProcess('c', { port: portOf({ status: [rowOf('cart', 'elsewhere')] }) }),
    ];
    const { rows } = (await ask(
      processes,
      'getDeliveryStatus',
      {},
    )) as OperatorAnswer<'getDeliveryStatus'>;
    assert.deepEqual(
      rows.map(({ consumer, state }) => `${consumer} ${state}`),
      ['cart running', 'search elsewhere'],
    );
  });

  it('is ready while every service is ready somewhere', async () => {
    const services = ['cart', 'orders', 'search', 'billing'];
    const one = createProcess('a', { services });
    const two = createProcess('b', { services: ['cart'], fails: away() });
    const health = (await ask([one, two], 'getHealth', {})) as OperatorAnswer<'getHealth'>;
    assert.deepEqual([health.state, health.ready, health.inFlight], ['ready', true, 7]);
    assert.deepEqual(
      health.services.filter(({ name }) => name === 'cart').map((row) => [row.process, row.ready]),
      [
        ['a', true],
        ['b', false],
      ],
    );
    assert.deepEqual(health.processes?.[1], {
      name: 'b',
      state: 'unreachable',
      ready: false,
      reason: 'b does not answer: It is away.',
      inFlight: 0,
    });
  });
});

interface ProcessOptions {
  readonly services?: readonly string[];
  readonly port?: OperatorPort;
  readonly fails?: Failure;
  readonly suspect?: boolean;
  /** Where it notes that it was asked. */
  readonly asked?: string[];
}

/** A process that answers what the operator of one process does. */
function createProcess(name: string, options: ProcessOptions): OperatorProcess {
  const { services = SERVICES, suspect = false, fails, asked } = options;
  const port = options.port ?? portOf({ services });
  const handlers = createOperatorHandlers(() => port);
  return {
    ...{ name, services, suspect },
    async ask({ operation, input }) {
      asked?.push(name);
      if (fails) throw fails;
      return await (handlers[operation] as (input: unknown) => unknown)(input);
    },
  };
}

async function ask(
  processes: readonly OperatorProcess[],
  operation: OperatorQuestion['operation'],
  input: object,
): Promise<unknown> {
  const reach: OperatorReach = {
    services: SERVICES,
    processes: () => processes,
    ask: () => assert.fail('It is about one service.'),
  };
  const call: Call = {
    caller: { permissions: new Set(), via: 'key' },
    from: undefined,
    deadline: NOW + TIME_MS,
    cancellation: new Cancellation(),
    key: undefined,
    criticality: 'default',
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false },
    attempt: 1,
  };
  const { operations } = createOperatorRelay(reach).spec;
  const handler = operations[operation] as (input: object, context: object) => Promise<unknown>;
  return await handler(input, { call, clock: { monotonic: () => NOW } });
}

async function readPages(
  processes: readonly OperatorProcess[],
  operation: 'listDeadLetters' | 'listParkedKeys',
  limit: number,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let cursor: string | undefined;
  do {
    const place = cursor === undefined ? {} : { cursor };
    const page = (await ask(processes, operation, { limit, ...place })) as Letters;
    assert.equal(page.items.length <= limit, true);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

interface Held {
  readonly letters?: readonly DeadLetter[];
  readonly parked?: readonly ParkedKey[];
  readonly status?: readonly PortDeliveryStatus[];
  readonly services?: readonly string[];
}

/** What one process holds, each list in the order of its store. */
function portOf({ letters = [], parked = [], status = [], services = [] }: Held): OperatorPort {
  const sorted = letters.toSorted((a, b) => (a.letter < b.letter ? -1 : 1));
  const health = services.map((name) => [name, { ready: true, inFlight: 0 }]);
  return {
    sagas: { counts: async () => [] } as unknown as OperatorPort['sagas'],
    events: {
      status: async () => status,
      list: async ({ after = '', limit }) =>
        sorted.filter(({ letter }) => letter > after).slice(0, limit),
      listParked: async ({ after, limit }) => behind(parked, after).slice(0, limit),
    } as Pick<OperatorPort['events'], 'status' | 'list' | 'listParked'> as OperatorPort['events'],
    health: () => ({
      state: 'ready',
      ready: true,
      inFlight: 7,
      services: Object.fromEntries(health),
    }),
  };
}

/** Those behind a place, whether or not this process has the lane of the place. */
function behind(parked: readonly ParkedKey[], place: PortParkedPlace | undefined) {
  if (!place) return parked;
  const later = parked.filter((one) => nameOf(one) > nameOf(place));
  const lane = parked.filter((one) => nameOf(one) === nameOf(place));
  const at = lane.findIndex(({ key }) => key === place.key);
  return at < 0 ? later : [...lane.slice(at + 1), ...later];
}

function nameOf({ consumer, producer }: { readonly consumer: string; readonly producer: string }) {
  return `${consumer} ${producer}`;
}

function away(): Failure {
  return new Failure('NOT_SENT', 'not-connected', 'It is away.');
}

function toLetter(id: number): DeadLetter {
  const lane = { consumer: 'cart', producer: 'catalog', generation: 1 };
  return { ...lane, letter: `l${id}`, at: 0, diedAt: 0 } as unknown as DeadLetter;
}

function toParked(place: Pick<ParkedKey, 'consumer' | 'producer' | 'key'>): ParkedKey {
  const counts = { waiting: 1, deadLetters: 0, attempts: 1 };
  return { ...place, generation: 1, ...counts, nextAt: undefined, oldestAt: 0 };
}
