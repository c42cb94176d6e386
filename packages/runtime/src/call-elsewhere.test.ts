import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, type Failure, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { type Service, service } from '@portico/service';
import * as z from 'zod';
import { createTestLog } from './fixtures.ts';
import {
  createFakeReplica,
  type FakeReplica,
  failing,
  Stock,
  silent,
} from './policies/fixtures.ts';
import { createRemoteServices } from './routing/remote-services.ts';
import { createRuntime } from './runtime.ts';

const Shelf = api('shelf', {
  version: '1.0.0',
  summary: 'Uses stock, wherever that is.',
  operations: {
    look: operation({
      summary: 'Calls as its input says.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      input: z.object({ what: z.enum(['read', 'take', 'take with key', 'shortly']) }),
    }),
  },
});

const shelf = service(Shelf)({
  uses: { stock: Stock },
  operations: {
    async look({ what }, { uses }) {
      if (what === 'read') await uses.stock.read();
      if (what === 'take') await uses.stock.take({} as never, {} as never);
      if (what === 'take with key') await uses.stock.take({}, { key: 'k-1' });
      if (what === 'shortly') await uses.stock.read({}, { timeoutMs: 200 });
    },
  },
}) as unknown as Service;

describe('a call to a service in another process', () => {
  it('is made for the same caller, by this service, within its time', async () => {
    const { look, replica } = await startShelf();
    await look('read');
    const [call] = replica.calls;
    assert.equal(call?.from, 'shelf');
    assert.equal(call?.caller.subject, 'user:ada');
    assert.equal(call?.attempt, 1);
    assert.ok(call.deadline > 0 && call.deadline <= 1000);
  });

  it('carries the key that its author passed, and is a bug without any', async () => {
    const { look, replica } = await startShelf();
    await look('take with key');
    assert.equal(replica.calls[0]?.key, 'k-1');
    await assert.rejects(look('take'), (problem: Failure) => problem.class === 'BUG');
    assert.equal(replica.calls.length, 1);
  });

  it('ends with its caller', async () => {
    const { look, replica, host } = await startShelf();
    replica.behaviour = silent;
    const looking = look('shortly');
    looking.catch(() => {});
    await host.advance(250);
    await assert.rejects(looking, (problem: Failure) => problem.class === 'DEADLINE');
    assert.ok(replica.calls[0]?.cancellation.reason);
  });

  it('fails as what it is, not as a bug of who called', async () => {
    const { look, replica } = await startShelf();
    replica.behaviour = failing('OVERLOADED');
    await assert.rejects(look('read'), (problem: Failure) => problem.class === 'OVERLOADED');
  });

  it('is refused while no process is known that serves it', async () => {
    const { look, remote } = await startShelf();
    remote.apply({ epoch: 1, generation: 2, services: {} });
    await assert.rejects(look('read'), (problem: Failure) => problem.class !== 'BUG');
  });
});

async function startShelf() {
  const host = createSimulatedHost({ seed: 1 });
  const replica: FakeReplica = createFakeReplica('stock-1');
  const remote = createRemoteServices({
    host,
    self: 'shelf-1',
    dial: () => Object.assign(replica, { leave() {} }),
    wants: () => true,
  });
  const endpoint = { replica: 'stock-1', address: '/stock-1', state: 'ready' } as const;
  const stock = { version: '1.0.0', endpoints: [endpoint] };
  remote.apply({ epoch: 1, generation: 1, services: { stock } });
  const { log } = createTestLog();
  const services = [{ service: shelf, store: undefined, config: undefined }];
  const runtime = createRuntime({ system: 'shop', host, log, services, remote });
  await runtime.start();
  const caller = { subject: 'user:ada', permissions: new Set<string>(), via: 'jwt' };
  const client = runtime.client(Shelf, { caller });
  const look = (what: 'read' | 'take' | 'take with key' | 'shortly') => client.look({ what });
  return { look, replica, remote, host };
}
