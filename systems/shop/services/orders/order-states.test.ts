import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  type Guarded,
  InvalidTransition,
  isCancellable,
  isComplete,
  isShippable,
  type Move,
  moveOrder,
} from './order-states.ts';

const placed: Guarded = {
  state: 'pending',
  payment: 'none',
  fulfilment: 'open',
  total: 1000,
  cancellationRequested: false,
};
const after = (...moves: Move[]): Guarded => {
  let order = placed;
  for (const move of moves) order = { ...order, ...moveOrder(order, move) };
  return order;
};

describe('an order', () => {
  it('goes from placed to completed', () => {
    const order = after(
      { payment: 'authorized' },
      { state: 'confirmed' },
      { payment: 'paid' },
      { fulfilment: 'shipped' },
      { fulfilment: 'delivered' },
      { state: 'completed' },
    );
    assert.equal(order.state, 'completed');
  });

  it('is confirmed only when its payment is authorized, or when it is free', () => {
    assert.throws(() => after({ state: 'confirmed' }), InvalidTransition);
    assert.equal(moveOrder({ ...placed, total: 0 }, { state: 'confirmed' }).state, 'confirmed');
  });

  it('is not confirmed once its cancellation was requested', () => {
    const authorized = { ...after({ payment: 'authorized' }), cancellationRequested: true };
    assert.throws(() => moveOrder(authorized, { state: 'confirmed' }), /cancelled/);
  });

  it('is not sent before it is paid, nor when its cancellation was requested', () => {
    const confirmed = after({ payment: 'authorized' }, { state: 'confirmed' });
    assert.throws(() => moveOrder(confirmed, { fulfilment: 'shipped' }), InvalidTransition);
    const paid = { ...confirmed, ...moveOrder(confirmed, { payment: 'paid' }) };
    assert.ok(isShippable(paid));
    assert.ok(!isShippable({ ...paid, cancellationRequested: true }));
  });

  it('is not cancelled once a parcel is on its way', () => {
    const shipped = after(
      { payment: 'authorized' },
      { state: 'confirmed' },
      { payment: 'paid' },
      { fulfilment: 'partlyShipped' },
    );
    assert.ok(!isCancellable(shipped));
    assert.throws(() => moveOrder(shipped, { state: 'cancelled' }), InvalidTransition);
  });

  it('has no payment when it is free', () => {
    assert.throws(() => moveOrder({ ...placed, total: 0 }, { payment: 'authorized' }), /free/);
  });

  it('never leaves an end, whatever is tried', () => {
    const move: fc.Arbitrary<Move> = fc.oneof(
      fc.record({
        state: fc.constantFrom('pending', 'confirmed', 'completed', 'failed', 'cancelled'),
      }),
      fc.record({
        payment: fc.constantFrom('authorized', 'paid', 'refunded', 'voided', 'declined'),
      }),
      fc.record({
        fulfilment: fc.constantFrom('partlyShipped', 'shipped', 'delivered', 'returned'),
      }),
    ) as fc.Arbitrary<Move>;
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        let order = placed;
        const ended = new Set(['completed', 'failed', 'cancelled']);
        for (const each of moves) {
          const before = order.state;
          try {
            order = { ...order, ...moveOrder(order, each) };
          } catch (problem) {
            assert.ok(problem instanceof InvalidTransition);
          }
          if (ended.has(before)) assert.equal(order.state, before);
          if (order.state === 'completed') assert.ok(isComplete({ ...order, state: 'confirmed' }));
          if (order.state === 'cancelled') assert.equal(order.fulfilment, 'open');
        }
      }),
    );
  });
});
