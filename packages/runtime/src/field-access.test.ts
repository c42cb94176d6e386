import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { access, api, operation } from '@portico/contract';
import { service } from '@portico/service';
import * as z from 'zod';
import { callerWith, failureOf, startBench } from './fixtures.ts';

const Line = z
  .object({ sku: z.string(), cost: z.int().optional().meta(access('costs:read')) })
  .meta({ id: 'Line' });
const Order = z.object({
  lines: z.array(Line),
  byName: z.record(z.string(), Line),
  note: z.string().optional().meta(access('notes:read', 'notes:write')),
});
const Orders = api('orders', {
  version: '1.0.0',
  summary: 'Orders with secrets.',
  operations: {
    echo: operation({
      summary: 'Answers what it got.',
      effect: 'safe',
      input: Order,
      output: Order,
    }),
    show: operation({ summary: 'Answers everything.', effect: 'safe', output: Order }),
  },
});

const everything = {
  lines: [{ sku: 'a', cost: 1 }],
  byName: { first: { sku: 'b', cost: 2 } },
  note: 'n',
};

async function start() {
  const { runtime } = await startBench([
    service(Orders)({ operations: { echo: (input) => input, show: () => everything } }),
  ]);
  return (...permissions: string[]) =>
    runtime.client(Orders, { caller: callerWith('user:ada', ...permissions), from: 'tests' });
}

describe('a field with permissions of its own', () => {
  it('is absent from what other callers get, wherever it stands', async () => {
    const as = await start();
    assert.deepEqual(await as().show(), { lines: [{ sku: 'a' }], byName: { first: { sku: 'b' } } });
    assert.deepEqual(await as('costs:read').show(), {
      lines: everything.lines,
      byName: everything.byName,
    });
    assert.deepEqual(await as('costs:read', 'notes:read', 'notes:write').show(), everything);
  });

  it('is as unknown as any other in what they send', async () => {
    const as = await start();
    const failure = await failureOf(as('notes:read').echo(everything));
    assert.equal(failure.code, 'invalid');
    assert.deepEqual(failure.details.violations, [
      { pointer: '/lines/0/cost', detail: 'is not known.' },
      { pointer: '/byName/first/cost', detail: 'is not known.' },
      { pointer: '/note', detail: 'is not known.' },
    ]);
  });
});
