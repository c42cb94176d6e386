import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Sandbox, startSandbox } from '../sandbox-psp/server.ts';
import { fault } from './command.ts';

const KEYS = { publishable: 'pk_sandbox', secret: 'sk_sandbox' };
const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' };

describe('the faults of the shop', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ file: ':memory:', keys: KEYS }, 0);
  });
  after(() => sandbox.close());

  const run = (...parameters: string[]) => fault([...parameters, '--psp', sandbox.url]);
  const send = (path: string, init: RequestInit = {}) =>
    fetch(sandbox.url + path, {
      ...init,
      headers: { authorization: `Bearer ${KEYS.secret}`, 'idempotency-key': path },
    });
  const active = async () => {
    const { faults } = (await (await send('/faults')).json()) as {
      faults: { kind: string; ms?: number; rate?: number }[];
    };
    return faults;
  };

  it('are at the provider as long as they were asked for, and then no more', async () => {
    const over = run('on', 'payments.unreachable', 'for=1s');
    while ((await active()).length === 0);
    const cut = () => send('/tokens', { method: 'POST', body: JSON.stringify(CARD) });
    await assert.rejects(cut, /fetch failed/);
    assert.equal(await over, 0);
    assert.deepEqual(await active(), []);
    assert.equal((await cut()).status, 201);
  });

  it('leave each other alone, and go one by one or all together', async () => {
    const both = Promise.all([
      run('on', 'payments.event-lost', 'rate=0.5', 'for=1ms'),
      run('on', 'payments.slow', 'ms=5', 'for=1ms'),
    ]);
    await both;
    assert.equal(await run('off', 'payments.slow'), 0);
    assert.equal(await run('off', 'all'), 0);
    assert.deepEqual(await active(), []);
  });

  it('say what they wait for where they are not there yet', async () => {
    await assert.rejects(run('on', 'health.not-ready'), /not there yet: it needs services in pro/);
    await assert.rejects(run('on', 'orders.explode'), /There is no fault "orders.explode"/);
  });

  it('refuse settings that are none, more than ten minutes, and other machines', async () => {
    await assert.rejects(run('on', 'payments.slow', 'speed=1'), /"speed=1" is no setting/);
    await assert.rejects(run('on', 'events.lag', 'ms=60000'), /events.lag: ms: Too big/);
    await assert.rejects(run('on', 'orders.crash-at', 'step=x'), /step: Invalid/);
    await assert.rejects(run('on', 'store.busy'), /needs service=/);
    await assert.rejects(run('on', 'payments.slow', 'for=11m'), /10m at most/);
    await assert.rejects(run('on', 'payments.slow', 'rate=2'), /rate is a number above 0/);
    await assert.rejects(fault(['list', '--psp', 'http://192.0.2.1:8081']), /is not this machine/);
  });
});
