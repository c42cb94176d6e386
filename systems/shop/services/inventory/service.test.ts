import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@portico/service';
import {
  AlreadyCommitted,
  BelowReserved,
  Inventory,
  OutOfStock,
  ReservationExpired,
} from '../../contracts/inventory.ts';
import { createCatalog } from '../catalog/service.ts';
import { startServices, type TestServices, withLateClock } from '../fixtures/test-services.ts';
import { inventory } from './service.ts';

describe('inventory', () => {
  let services: TestServices;
  let internal: Client<typeof Inventory>;
  let staff: Client<typeof Inventory>;
  let count = 0;
  let lateMs = 0;

  before(async () => {
    services = await startServices([inventory, createCatalog()], {
      host: withLateClock(() => lateMs),
    });
    internal = services.asService(Inventory);
    staff = services.as(Inventory, 'user:acc_staff', 'stock:write', 'shop:audit');
  });
  after(() => services.stop());

  const key = () => {
    count += 1;
    return { key: `key-${count}` };
  };
  const orderId = () => services.host.ids.prefixed('ord');
  const receive = (sku: string, quantity: number) =>
    staff.receive({ lines: [{ sku, quantity }] }, key());
  const reserve = (id: string, lines: { sku: string; quantity: number }[], ttlSeconds = 900) =>
    internal.reserve({ reservation: id, orderId: id, lines, ttlSeconds }, key());
  const stockOf = async (sku: string) => {
    const page = await staff.exportFacts({ limit: 500 });
    return page.items.find((fact) => fact.kind === 'stock' && fact.sku === sku);
  };

  it('shows customers a level and at most twenty pieces', async () => {
    await receive('MANY', 50);
    await receive('FEW', 3);
    const shown = await staff.getStocks({ skus: ['MANY', 'FEW', 'NONE'] });
    assert.deepEqual(shown.items, [
      { sku: 'FEW', level: 'low', available: 3 },
      { sku: 'MANY', level: 'in', available: 20 },
    ]);
    await assert.rejects(staff.getStock({ sku: 'NONE' }), { code: 'not-found' });
  });

  it('reserves all lines or none, and names every line that is short', async () => {
    await receive('AA', 2);
    await receive('BB', 1);
    const lines = [
      { sku: 'BB', quantity: 2 },
      { sku: 'AA', quantity: 3 },
      { sku: 'MANY', quantity: 1 },
    ];
    await assert.rejects(reserve(orderId(), lines), (problem) => {
      assert.ok(OutOfStock.is(problem));
      assert.deepEqual(problem.details.data.lines, [
        { sku: 'AA', asked: 3, available: 2 },
        { sku: 'BB', asked: 2, available: 1 },
      ]);
      return true;
    });
    assert.deepEqual(await stockOf('MANY'), {
      kind: 'stock',
      sku: 'MANY',
      onHand: 50,
      reserved: 0,
    });
  });

  it('sells the last piece once, however many ask at once', async () => {
    await receive('LAST', 1);
    const asked = Array.from({ length: 30 }, () =>
      reserve(orderId(), [{ sku: 'LAST', quantity: 1 }]).then(
        () => 'held',
        (problem) => (OutOfStock.is(problem) ? 'short' : String(problem)),
      ),
    );
    const outcomes = await Promise.all(asked);
    assert.equal(outcomes.filter((outcome) => outcome === 'held').length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'short').length, 29);
  });

  it('takes committed pieces out of stock and promise together, with a line in the ledger', async () => {
    await receive('SOLD', 5);
    const id = orderId();
    await reserve(id, [{ sku: 'SOLD', quantity: 2 }]);
    await internal.pin({ reservation: id }, key());
    await internal.commit({ reservation: id }, key());
    assert.deepEqual(await stockOf('SOLD'), { kind: 'stock', sku: 'SOLD', onHand: 3, reserved: 0 });
    const { items } = await staff.listMovements({ sku: 'SOLD' });
    assert.deepEqual(
      items.map((item) => [item.movement, item.quantity]),
      [
        ['commit', -2],
        ['receipt', 5],
      ],
    );
    await assert.rejects(internal.release({ reservation: id }, key()), AlreadyCommitted.is);
    await internal.restock({ orderId: id, lines: [{ sku: 'SOLD', quantity: 2 }] }, key());
    assert.deepEqual(await stockOf('SOLD'), { kind: 'stock', sku: 'SOLD', onHand: 5, reserved: 0 });
  });

  it('gives an overdue hold to whoever asks next, but never a pinned one', async () => {
    await receive('HELD', 1);
    const first = orderId();
    await reserve(first, [{ sku: 'HELD', quantity: 1 }], 1);
    lateMs += 1_050;
    const second = orderId();
    await reserve(second, [{ sku: 'HELD', quantity: 1 }], 1);
    await assert.rejects(internal.pin({ reservation: first }, key()), ReservationExpired.is);
    await internal.pin({ reservation: second }, key());
    lateMs += 1_050;
    const late = reserve(orderId(), [{ sku: 'HELD', quantity: 1 }]);
    await assert.rejects(late, OutOfStock.is);
  });

  it('refuses a reservation that was released before it came', async () => {
    await receive('LATE', 1);
    const id = orderId();
    await internal.release({ reservation: id }, key());
    await internal.release({ reservation: id }, key());
    await assert.rejects(reserve(id, [{ sku: 'LATE', quantity: 1 }]), {
      code: 'precondition-failed',
    });
  });

  it('can be released by naming the key of the reservation, and then refuses it for ever', async () => {
    await receive('UNDO', 1);
    const id = orderId();
    const input = { reservation: id, orderId: id, lines: [{ sku: 'UNDO', quantity: 1 }] };
    const forward = { key: `${id}/reserve` };
    await internal.reserve({ ...input, ttlSeconds: 900 }, forward);
    const undo = { key: `${id}/release`, undoes: forward.key };
    await internal.release({ reservation: id }, undo);
    assert.deepEqual(await stockOf('UNDO'), { kind: 'stock', sku: 'UNDO', onHand: 1, reserved: 0 });
  });

  it('does not adjust below what is promised', async () => {
    await receive('KEPT', 3);
    await reserve(orderId(), [{ sku: 'KEPT', quantity: 2 }]);
    const adjust = (difference: number) =>
      staff.adjust({ sku: 'KEPT', difference, reason: 'count' }, key());
    await assert.rejects(adjust(-2), BelowReserved.is);
    assert.equal((await adjust(-1)).available, 0);
  });

  it('ends two crossing streams of orders without a deadlock', async () => {
    await receive('XX', 100);
    await receive('YY', 100);
    const pair = ['XX', 'YY'].map((sku) => ({ sku, quantity: 1 }));
    const orders = Array.from({ length: 40 }, (_, index) =>
      reserve(orderId(), index % 2 === 0 ? pair : pair.toReversed()),
    );
    await Promise.all(orders);
    assert.deepEqual(await stockOf('XX'), { kind: 'stock', sku: 'XX', onHand: 100, reserved: 40 });
  });

  it('shows facts in which every sum agrees', async () => {
    type Fact = Awaited<ReturnType<typeof staff.exportFacts>>['items'][number];
    const facts: Fact[] = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 7, ...(cursor ? { cursor } : {}) });
      facts.push(...page.items);
      cursor = page.next;
    } while (cursor);
    for (const stock of facts.filter((fact) => fact.kind === 'stock')) {
      const moved = facts
        .filter((fact) => fact.kind === 'movement' && fact.sku === stock.sku)
        .reduce((sum, fact) => sum + (fact.kind === 'movement' ? fact.quantity : 0), 0);
      const promised = facts
        .filter((fact) => fact.kind === 'reservation')
        .filter((fact) => fact.state === 'held' || fact.state === 'pinned')
        .flatMap((fact) => fact.lines)
        .filter((line) => line.sku === stock.sku)
        .reduce((sum, line) => sum + line.quantity, 0);
      assert.equal(stock.onHand, moved, stock.sku);
      assert.equal(stock.reserved, promised, stock.sku);
      assert.ok(stock.reserved <= stock.onHand);
    }
  });
});
