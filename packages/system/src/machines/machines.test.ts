import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKeyPair, type Grant } from '@portico/wire';
import { placeGroups } from '../place-groups.ts';
import { TOOLS } from '../process/own-groups.ts';
import { parseTopology } from '../topology.ts';
import { chooseMachine } from './choose-machine.ts';
import { groupsOn, servedElsewhere, servicesElsewhere } from './elsewhere.ts';
import { assertFixedParts } from './fixed-parts.ts';
import { createTrust } from './trust.ts';

const file = {
  system: 'shop',
  gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
  machines: { a: '10.0.0.5', b: 'fd00::7' },
  wire: { tls: 'mesh' },
  groups: {
    edge: { on: ['a', 'b'], port: 7300, gateway: true },
    core: { on: ['a'], port: 7310, services: ['cart', 'orders'] },
    pay: { on: ['b'], port: 7320, services: ['payments'], replicas: { min: 1, max: 4 } },
  },
  stores: { '*': { engine: 'sqlite' } },
};
const topology = parseTopology(file, 'of a test');
const services = ['cart', 'orders', 'payments'];
const placement = placeGroups(topology, services);

describe('the machine that this one is', () => {
  const problemOf = (given: string | undefined, of = topology) => {
    try {
      return chooseMachine(of, given);
    } catch (problem) {
      return (problem as Error).message;
    }
  };

  it('has to be said where there are several', () => {
    assert.equal(problemOf('b'), 'b');
    assert.match(problemOf(undefined) ?? '', /has the machines a, b\. Say which .*--machine a/);
    assert.match(problemOf('c') ?? '', /no such machine, only a, b/);
  });

  it('is nothing to tell apart where it is the only one', () => {
    const { machines: _, wire: __, ...rest } = file;
    const groups = { all: { gateway: true, services: ['*'] } };
    const alone = parseTopology({ ...rest, groups }, 'of a test');
    const one = parseTopology({ ...rest, groups, machines: { a: '10.0.0.5' } }, 'of a test');
    assert.equal(problemOf(undefined, alone), undefined);
    assert.match(problemOf('a', alone) ?? '', /names no machines/);
    assert.deepEqual([problemOf(undefined, one), problemOf('a', one)], [undefined, undefined]);
  });

  it('has groups', () => {
    const machines = { ...file.machines, c: '10.0.0.9' };
    const idle = parseTopology({ ...file, machines }, 'of a test');
    assert.match(problemOf('c', idle) ?? '', /no group is on it/);
  });
});

describe('what other machines serve', () => {
  const apis = [{ name: 'payments', version: '2.1.0' }] as never;
  const onA = servedElsewhere({ apis }, { topology, placement, machine: 'a' });

  it('is at the ports of the topology, those beside a full group included', () => {
    assert.deepEqual(Object.keys(onA).toSorted(), ['payments', 'portico']);
    assert.equal(onA.payments?.version, '2.1.0');
    assert.deepEqual(
      onA.payments?.endpoints.map(({ replica, address }) => `${replica} ${address}`),
      [0, 1, 2, 3, 4].map((number) => `pay-b-${number} [fd00::7]:${7320 + number}`),
    );
    assert.ok(onA.payments?.endpoints.every((one) => one.static));
  });

  it('includes their replicas of groups that are here, too', () => {
    const names = onA.portico?.endpoints.map(({ replica }) => replica);
    assert.deepEqual(names?.slice(0, 2), ['edge-b-0', 'edge-b-1']);
  });

  it('is not what is here', () => {
    const view = { topology, placement, machine: 'b' };
    assert.deepEqual(
      groupsOn(placement, 'b').groups.map(({ name }) => name),
      ['edge', 'pay'],
    );
    assert.deepEqual(servicesElsewhere(view), ['cart', 'orders']);
  });
});

describe('what other machines know', () => {
  const changed = (groups: object) =>
    placeGroups(
      parseTopology({ ...file, groups: { ...file.groups, ...groups } }, 'of a test'),
      services,
    );

  it('may not change under them', () => {
    const moved = changed({
      core: { on: ['a'], port: 7310, services: ['cart'] },
      pay: { ...file.groups.pay, services: ['payments', 'orders'] },
    });
    assert.throws(() => assertFixedParts(placement, moved), /core holds .*; pay holds /);
    const wide = changed({ pay: { ...file.groups.pay, replicas: 5 } });
    assert.throws(() => assertFixedParts(placement, wide), /pay would have more than 4 replicas/);
    const gone = groupsOn(placement, 'a');
    assert.throws(() => assertFixedParts(placement, gone), /pay is gone/);
    assert.throws(() => assertFixedParts(gone, placement), /pay is new/);
  });

  it('says nothing of fewer replicas and of what a process gets', () => {
    const pay = { ...file.groups.pay, replicas: 2, env: { LOG_LEVEL: 'debug' } };
    assertFixedParts(placement, changed({ pay }));
  });
});

describe('the word of another machine', () => {
  const keys = { a: createKeyPair().publicKey, b: createKeyPair().publicKey };
  const trust = createTrust({
    ...{ machine: 'a', own: keys.a, groups: placement.groups },
    authorities: () => ({ b: keys.b }),
  });
  const granted = (more: Partial<Grant>): Grant => ({
    ...{ system: 'shop', group: 'pay', replica: 'pay-b-0', services: ['payments', 'portico'] },
    ...{ mints: false, gateway: false, process: 'pay-b-0.1', publicKey: keys.b },
    ...more,
  });
  const refuses = (more: Partial<Grant>, why: RegExp) =>
    assert.throws(() => trust.assertPlaced(granted(more), 'b'), why);

  it('counts for what the topology places there', () => {
    trust.assertPlaced(granted({}), 'b');
    const edge = { group: 'edge', replica: 'edge-b-1', services: ['portico'] };
    trust.assertPlaced(granted({ ...edge, mints: true, gateway: true }), 'b');
  });

  it('counts for nothing else: another group, service, name, or the gateway', () => {
    refuses({ group: 'core', replica: 'core-b-0' }, /no group "core" is placed on "b"/);
    refuses({ services: ['payments', 'orders'] }, /orders is not placed in "pay"/);
    refuses({ replica: 'core-a-0' }, /no name for a replica of "pay" on "b"/);
    refuses({ replica: 'pay-b-0-1' }, /no name/);
    refuses({ mints: true }, /the gateway is not placed in "pay"/);
    refuses({ gateway: true }, /the gateway is not placed in "pay"/);
  });

  it('counts not for tools and supervisors', () => {
    const tool = { group: TOOLS, replica: 'tool-1', gateway: true, mints: true };
    refuses({ ...tool, services: ['orders'] }, /no group "tools" is placed on "b"/);
    refuses({ group: 'supervisor', replica: 'supervisor' }, /no group "supervisor"/);
  });

  it('is known by its key: nobody else speaks for a machine, whatever it is called', () => {
    assert.deepEqual([trust.keyOf('a'), trust.keyOf('b')], [keys.a, keys.b]);
    assert.deepEqual([trust.keyOf('c'), trust.keyOf('constructor')], [undefined, undefined]);
  });
});
