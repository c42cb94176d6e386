import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import type { Caller } from '@portico/service';
import type { Peer, Proof } from '../peer.ts';
import { createCallerTokens } from './caller-tokens.ts';
import {
  createGrantReader,
  createKeyPair,
  type Grant,
  type Key,
  signGrant,
  type Trust,
} from './grant.ts';
import { createGrantedIdentity } from './granted-identity.ts';

const authority = createKeyPair();
const message = Buffer.from('both greetings of one connection');

describe('a granted identity', () => {
  it('is known by whoever trusts the same authority', async () => {
    const cart = await createProcess({ replica: 'cart-1', services: ['cart'] });
    const orders = await createProcess({ replica: 'orders-1', services: ['orders'] });
    const peer = await orders.identity.verify(await cart.show());
    assert.deepEqual(peer, {
      system: 'shop',
      group: 'cart',
      replica: 'cart-1',
      release: '7',
      services: ['cart'],
      mints: false,
      gateway: false,
    });
  });

  it('is refused to who shows the grant of another, or holds another key', async () => {
    const cart = await createProcess({ replica: 'cart-1', services: ['cart'] });
    const thief = await createProcess({ replica: 'thief-1', services: [] });
    const stolen = await cart.show();
    const signed = await thief.show();
    const asCart: Proof = { ...stolen, proof: signed.proof };
    await assert.rejects(cart.identity.verify(asCart), /does not hold the key/);
    const renamed: Proof = { ...signed, claim: { ...signed.claim, grant: stolen.claim.grant } };
    await assert.rejects(cart.identity.verify(renamed), /shows the grant of "cart-1"/);
    const elsewhere: Proof = { ...stolen, message: Buffer.from('another connection') };
    await assert.rejects(cart.identity.verify(elsewhere), /does not hold the key/);
  });

  it('is refused when another authority has signed the grant', async () => {
    const cart = await createProcess({ replica: 'cart-1', services: ['cart'] });
    const foreign = await createProcess({ replica: 'cart-2', services: ['cart'] }, createKeyPair());
    await assert.rejects(cart.identity.verify(await foreign.show()), /signature/);
  });
});

describe('a granted identity between machines', () => {
  it('is believed when its machine has signed it, for what is placed there, with its certificate', async () => {
    const { onA, onB } = await createMachines();
    const peer = await onB.identity.verify(await onA.show(['portico://shop/a']));
    assert.equal(peer.replica, 'edge-a-0');
    const local = await onB.identity.verify(await onB.show());
    assert.equal(local.replica, 'orders-b-0');
  });

  it('is refused with the certificate of another machine, or over a socket of this one', async () => {
    const { onA, onB } = await createMachines();
    const wrong = await onA.show(['portico://shop/b', 'portico://other/a']);
    await assert.rejects(onB.identity.verify(wrong), /needs a certificate for portico:\/\/shop\/a/);
    await assert.rejects(onB.identity.verify(await onA.show([])), /it is for nothing/);
    await assert.rejects(onB.identity.verify(await onA.show()), /shows its grant on this one/);
  });

  it('is refused when its machine has no authority here, or signs as another one', async () => {
    const { onA, onB, keys, believed } = await createMachines();
    believed.delete('a');
    const shown = await onA.show(['portico://shop/a']);
    await assert.rejects(onB.identity.verify(shown), /No authority of machine "a"/);
    // The key of b under the name of a, and the other way round.
    believed.set('a', keys.b.publicKey);
    await assert.rejects(onB.identity.verify(shown), /signature/);
  });

  it('is refused from the moment on that another authority is the one of its machine', async () => {
    const { onA, onB, believed } = await createMachines();
    const shown = await onA.show(['portico://shop/a']);
    await onB.identity.verify(shown);
    believed.set('a', createKeyPair().publicKey);
    await assert.rejects(onB.identity.verify(shown), /signature/);
  });

  it('is refused for what its machine has nothing to say about, in caller tokens as well', async () => {
    const { onA, onB, believed, forge } = await createMachines();
    const forged = await forge({ replica: 'orders-a-0', services: ['orders'] });
    const refused = /not placed on "a"/;
    await assert.rejects(onB.identity.verify(await forged.show(['portico://shop/a'])), refused);
    const ada: Caller = { subject: 'user:acc_1', permissions: new Set(), via: 'jwt' };
    const { token = '' } = await onA.tokens.tokenFor(ada, undefined);
    assert.deepEqual(await onB.tokens.callerOf(token, onA.peer), ada);
    const itself: Caller = { subject: 'service:orders', permissions: new Set(), via: 'service' };
    const lie = await forged.tokens.tokenFor(itself, 'orders');
    await assert.rejects(async () => onB.tokens.callerOf(lie.token ?? '', onA.peer), refused);
    believed.delete('a');
    await assert.rejects(async () => onB.tokens.callerOf(token, onA.peer), /No authority/);
  });
});

/** Machine a has the gateway, machine b the orders; each has an authority of its own. */
async function createMachines() {
  const keys = { a: createKeyPair(), b: createKeyPair() };
  const believed = new Map<string, Key>(
    Object.entries(keys).map(([machine, { publicKey }]) => [machine, publicKey]),
  );
  const placed: Readonly<Record<string, string>> = { 'edge-a-0': 'a', 'orders-b-0': 'b' };
  const trustOf = (machine: 'a' | 'b'): Trust => ({
    machine,
    keyOf: (name) => believed.get(name),
    assertPlaced({ replica }, from) {
      if (placed[replica] !== from) throw new Error(`"${replica}" is not placed on "${from}".`);
    },
  });
  const createOn = (machine: 'a' | 'b', granted: Granted) =>
    createProcess(granted, keys[machine], trustOf(machine));
  const onA = await createOn('a', { ...{ replica: 'edge-a-0', services: [] }, ...EDGE });
  const onB = await createOn('b', { replica: 'orders-b-0', services: ['orders'] });
  return { onA, onB, keys, believed, forge: (granted: Granted) => createOn('a', granted) };
}

const EDGE = { mints: true, gateway: true };

describe('caller tokens', () => {
  const ada: Caller = Object.freeze({
    subject: 'user:acc_1',
    permissions: new Set(['cart:use']),
    via: 'jwt',
    session: 'ses_1',
  });

  it('carry a caller from whoever mints over processes that can only pass it on', async () => {
    const [edge, orders, cart] = await threeProcesses();
    const minted = await edge.tokens.tokenFor(ada, undefined);
    const atOrders = await orders.tokens.callerOf(minted.token ?? '', edge.peer);
    assert.deepEqual(atOrders, ada);
    assert.ok(Object.isFrozen(atOrders));
    const passedOn = await orders.tokens.tokenFor(atOrders, 'orders');
    assert.equal(passedOn.token, minted.token);
    assert.deepEqual(await cart.tokens.callerOf(passedOn.token ?? '', orders.peer), ada);
  });

  it('are made once for a caller, until half of their life is over', async () => {
    const [edge, orders] = await threeProcesses();
    const both = await Promise.all([
      edge.tokens.tokenFor(ada, undefined),
      edge.tokens.tokenFor(ada, undefined),
    ]);
    assert.equal(both[0].token, both[1].token);
    await edge.host.advance(61_000);
    const renewed = await edge.tokens.tokenFor(ada, undefined);
    assert.notEqual(renewed.token, both[0].token);
    assert.deepEqual(await orders.tokens.callerOf(renewed.token ?? '', edge.peer), ada);
  });

  it('are refused after their end', async () => {
    const [edge, orders] = await threeProcesses();
    const { token = '' } = await edge.tokens.tokenFor(ada, undefined);
    await orders.host.advance(121_000);
    await assert.rejects(async () => orders.tokens.callerOf(token, edge.peer), /exp/);
  });

  it('can not be made by a service for anybody but itself', async () => {
    const [edge, orders] = await threeProcesses();
    const forbidden = (problem: unknown) => Failure.from(problem).code === 'forbidden';
    await assert.rejects(async () => orders.tokens.tokenFor(ada, 'orders'), forbidden);
    const asItself: Caller = { subject: 'service:orders', permissions: new Set(), via: 'service' };
    const { token = '' } = await orders.tokens.tokenFor(asItself, 'orders');
    assert.deepEqual(await edge.tokens.callerOf(token, orders.peer), asItself);
    for (const other of [
      { ...asItself, subject: 'service:cart' },
      { ...asItself, permissions: new Set(['portico:operate']) },
    ]) {
      await assert.rejects(async () => orders.tokens.tokenFor(other, 'orders'), forbidden);
    }
  });

  it('are refused when they were changed, or are something else', async () => {
    const [edge, orders] = await threeProcesses();
    const { token = '' } = await edge.tokens.tokenFor(ada, undefined);
    const [header, , signature] = token.split('.');
    const claims = Buffer.from('{"sub":"user:acc_2","permissions":[]}').toString('base64url');
    for (const wrong of [`${header}.${claims}.${signature}`, edge.grant, '', 'a.b.c']) {
      await assert.rejects(async () => orders.tokens.callerOf(wrong, edge.peer));
    }
  });
});

async function threeProcesses() {
  const edge = createProcess({ replica: 'edge-1', services: [], mints: true, gateway: true });
  const orders = createProcess({ replica: 'orders-1', services: ['orders'] });
  const cart = createProcess({ replica: 'cart-1', services: ['cart'] });
  return await Promise.all([edge, orders, cart]);
}

type Granted = Pick<Grant, 'replica' | 'services'> & Partial<Grant>;

async function createProcess(granted: Granted, signer = authority, trust?: Trust) {
  const { privateKey, publicKey } = createKeyPair();
  const group = granted.replica.replace(/-\d+$/, '');
  const process = `${granted.replica}/1`;
  const facts = { system: 'shop', group, mints: false, gateway: false, ...granted };
  const grant = await signGrant(
    { ...facts, process, publicKey },
    signer.privateKey,
    trust?.machine,
  );
  const host = createSimulatedHost({ seed: 1 });
  const readGrant = createGrantReader(trust ?? authority.publicKey);
  const own = { process, grant, privateKey };
  const identity = createGrantedIdentity(own, readGrant, trust?.machine);
  const tokens = createCallerTokens({ system: 'shop', own, readGrant, clock: host.clock });
  const peer: Peer = { ...facts, release: '7' };
  const show = async (uris?: readonly string[]): Promise<Proof> => ({
    claim: { system: 'shop', group, replica: granted.replica, release: '7', process, grant },
    side: 'dialler',
    message,
    proof: await identity.prove({ side: 'dialler', message }),
    certificate: uris && { uris },
  });
  return { identity, tokens, host, grant, peer, show };
}
