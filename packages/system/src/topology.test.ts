import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAddress } from './listen-address.ts';
import { parseTopology, readTopology } from './topology.ts';

const monolith = {
  system: 'shop',
  gateway: { public: '127.0.0.1:8080', admin: '127.0.0.1:7400' },
  supervisor: false,
  groups: { shop: { gateway: true, services: ['*'] } },
  stores: { '*': { engine: 'sqlite' } },
};

const split = {
  system: 'shop',
  gateway: { public: '127.0.0.1:8080', admin: '127.0.0.1:7400' },
  groups: {
    edge: { gateway: true, replicas: 2 },
    platform: { services: ['@administration'] },
    cart: { services: ['cart'], replicas: { min: 1, max: 4 } },
    '*': {},
  },
  stores: { '*': { engine: 'sqlite' } },
};

const machines = {
  system: 'shop',
  gateway: { public: '0.0.0.0:8443', tls: 'edge', admin: '127.0.0.1:7400' },
  machines: { a: '10.0.0.5', b: '10.0.0.7' },
  wire: { tls: 'mesh' },
  groups: {
    edge: { on: ['a'], port: 7300, gateway: true, replicas: 2 },
    browse: { on: ['a'], port: 7310, services: ['catalog'], replicas: { min: 2, max: 6 } },
    core: { on: ['a'], port: 7330, services: ['*'] },
    payments: {
      on: ['b'],
      port: 7320,
      services: ['payments'],
      replicas: 2,
      env: { LOG_LEVEL: 'debug' },
      limits: { memory: '384MiB', nice: 0 },
    },
  },
  stores: { '*': { engine: 'sqlite' } },
};

/** What is said against `topology`, without the head line. */
function mistakesOf(topology: unknown): string {
  try {
    parseTopology(topology, 'x.json');
  } catch (problem) {
    return (problem as Error).message;
  }
  return '';
}

describe('a topology', () => {
  it('is read as it is written: one process, several, several machines', () => {
    for (const topology of [monolith, split, machines])
      assert.deepEqual(parseTopology(topology, 'x.json'), topology);
  });

  it('is refused with every mistake and its place', () => {
    const wrong = {
      ...monolith,
      gateway: { public: '8080', admin: '127.0.0.1:7400' },
      groups: { ...monolith.groups, Cart: {}, cart: { replicas: 0, limits: { memory: '1 GB' } } },
      stores: { '*': { engine: 'oracle' } },
      replicas: 3,
    };
    const message = mistakesOf(wrong);
    for (const part of [
      /x\.json/,
      /gateway\.public: must be host:port/,
      /groups\.Cart: must be kebab-case/,
      /groups\.cart\.replicas: Too small/,
      /groups\.cart\.limits\.memory: must be a whole number/,
      /stores\.\*\.engine/,
      /replicas/,
    ])
      assert.match(message, part);
  });

  it('does not pretend to run what one process can not', () => {
    const two = { ...monolith, groups: { ...monolith.groups, more: { services: ['cart'] } } };
    assert.match(mistakesOf(two), /2 process groups/);
    const part = { ...monolith, groups: { shop: { gateway: true, services: ['cart'] } } };
    assert.match(mistakesOf(part), /groups\.shop\.services/);
    const scaled = { ...monolith, groups: { shop: { ...monolith.groups.shop, replicas: 2 } } };
    assert.match(mistakesOf(scaled), /groups\.shop\.replicas: only a supervisor/);
  });

  it('gives the gateway to exactly one group', () => {
    const { edge: _, ...without } = split.groups;
    assert.match(mistakesOf({ ...split, groups: without }), /none has "gateway": true/);
    const twice = { ...split.groups, more: { gateway: true } };
    assert.match(mistakesOf({ ...split, groups: twice }), /edge and more have "gateway": true/);
  });

  it('places nothing twice', () => {
    const groups = { ...split.groups, second: { services: ['cart'] }, rest: { services: ['*'] } };
    const message = mistakesOf({ ...split, groups });
    assert.match(message, /groups\.second\.services: "cart" is placed in "cart" already/);
    assert.match(message, /groups\.\*: group "rest" takes all other services already/);
  });

  it('asks for certificates, places and ports as soon as there are two machines', () => {
    const { wire: _, ...open } = machines;
    const groups = { ...machines.groups, browse: { services: ['catalog'] }, far: { on: ['c'] } };
    const message = mistakesOf({ ...open, groups });
    for (const part of [
      /wire\.tls: machines talk over TLS only/,
      /groups\.browse\.on: say on which of a, b/,
      /groups\.browse\.port/,
      /groups\.far\.on: no machine "c"/,
      /groups\.far: holds neither services nor the gateway/,
    ])
      assert.match(message, part);
  });

  it('calls nothing as Portico calls its own, and nothing longer than a socket may be', () => {
    const at = { on: ['a'], services: ['cart'] };
    const long = 'c'.repeat(60);
    const groups = { tools: { ...at, port: 9000 }, [long]: { ...at, port: 9010 } };
    const message = mistakesOf({ ...machines, groups });
    assert.match(message, /groups\.tools: Portico's own processes are called so/);
    assert.match(message, /groups\.c+: "c+-a-1" is above 60 characters/);
  });

  it('keeps ports apart, those of replicas that are being replaced too', () => {
    const near = { ...machines.groups, core: { ...machines.groups.core, port: 7317 } };
    assert.match(
      mistakesOf({ ...machines, groups: near }),
      /groups\.core\.port: ports 7317–7318 meet groups\.browse\.port \(7310–7317\)/,
    );
    const behind = { ...machines.groups, core: { ...machines.groups.core, port: 7318 } };
    assert.equal(mistakesOf({ ...machines, groups: behind }), '');
    const elsewhere = { ...machines.groups, core: { ...machines.groups.core, port: 7320 } };
    assert.equal(mistakesOf({ ...machines, groups: elsewhere }), '');
    const gateway = { ...machines.groups, core: { ...machines.groups.core, port: 7400 } };
    assert.match(mistakesOf({ ...machines, groups: gateway }), /meet gateway\.admin/);
  });

  it('does not pretend to do what nothing is there for yet', () => {
    const stores = {
      '*': { engine: 'sqlite' },
      payments: { engine: 'postgres', secret: 'env:DB' },
    };
    assert.match(
      mistakesOf({ ...split, stores }),
      /stores\.payments\.engine: postgres comes with the PostgreSQL driver/,
    );
    assert.match(mistakesOf({ ...split, events: { engine: 'jetstream' } }), /NATS driver/);
    const user = { ...split.groups, cart: { services: ['cart'], user: 'pay' } };
    assert.match(mistakesOf({ ...split, groups: user }), /groups\.cart\.user: .*start it as pay/);
    assert.match(mistakesOf({ ...split, stores: {} }), /stores: needs "\*"/);
  });

  it('changes policies by their names, within what makes sense', () => {
    const policies = {
      caller: { retry: { attemptsMax: 1 }, throttle: { ratio: 1.5 } },
      callee: { limit: { start: 16, max: 64 }, queue: { sizeMax: 0 } },
    };
    assert.equal(mistakesOf({ ...split, policies }), '');
    const said = mistakesOf({
      ...split,
      policies: { callee: { limit: { start: 1.5 }, guard: { heapShareMax: 85 } } },
      groups: {
        ...split.groups,
        cart: { services: ['cart'], policies: { caller: { retries: {} } } },
      },
    });
    assert.match(said, /policies\.callee\.limit\.start: must be a whole number from 1 to 1000000/);
    assert.match(said, /policies\.callee\.guard\.heapShareMax: must be a number from 0\.01 to 1/);
    assert.match(said, /groups\.cart\.policies\.caller: Unrecognized key: "retries"/);
  });

  it('finds policies that contradict each other, those of all groups and the defaults included', () => {
    const cart = { services: ['cart'], policies: { callee: { limit: { max: 20 } } } };
    const said = mistakesOf({
      ...split,
      policies: { caller: { retry: { delayMs: 2_000 } }, callee: { limit: { start: 24 } } },
      groups: { ...split.groups, cart },
    });
    assert.match(said, /- policies\.caller\.retry: delayMs 2000 is above delayMaxMs 1000/);
    assert.match(said, /groups\.cart\.policies\.callee\.limit: start 24 is above max 20/);
    assert.doesNotMatch(said, /- policies\.callee/);
  });

  it('has its certificates beside it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'topology-'));
    const file = join(directory, 'machines.json');
    writeFileSync(file, JSON.stringify(machines));
    assert.equal(readTopology(file).wire?.tls, join(directory, 'mesh'));
    const wire = { tls: '/etc/mesh' };
    writeFileSync(file, JSON.stringify({ ...machines, wire }));
    assert.deepEqual(readTopology(file).wire, wire);
    rmSync(directory, { recursive: true });
  });

  it('names the file that can not be read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'topology-'));
    const file = join(directory, 'broken.json');
    writeFileSync(file, '{ "system": ');
    assert.throws(() => readTopology(file), /Cannot read topology .*broken\.json/);
    assert.throws(() => readTopology(join(directory, 'none.json')), /none\.json/);
    rmSync(directory, { recursive: true });
  });

  it('takes IPv6 addresses in brackets', () => {
    assert.deepEqual(parseAddress('[::1]:80'), { host: '::1', port: 80 });
    assert.deepEqual(parseAddress('localhost:0'), { host: 'localhost', port: 0 });
    assert.throws(() => parseAddress('localhost:70000'), /65535/);
    const far = { ...monolith, gateway: { ...monolith.gateway, public: 'localhost:70000' } };
    assert.match(mistakesOf(far), /gateway\.public: Port 70000/);
  });
});
