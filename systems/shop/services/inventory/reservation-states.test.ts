import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { moveReservation, type ReservationMove } from './reservation-states.ts';
import type { ReservationState } from './tables.ts';

const moves: readonly ReservationMove[] = ['pin', 'commit', 'expire', 'release'];

describe('a reservation', () => {
  it('goes from held over pinned to committed', () => {
    assert.deepEqual(moveReservation('held', 'pin'), { kind: 'to', state: 'pinned' });
    assert.deepEqual(moveReservation('pinned', 'commit'), { kind: 'to', state: 'committed' });
    assert.deepEqual(moveReservation('held', 'commit'), { kind: 'refused' });
  });

  it('expires only while it is held', () => {
    assert.deepEqual(moveReservation('held', 'expire'), { kind: 'to', state: 'expired' });
    assert.deepEqual(moveReservation('pinned', 'expire'), { kind: 'done' });
  });

  it('is not released once it is committed', () => {
    assert.deepEqual(moveReservation('committed', 'release'), { kind: 'refused' });
  });

  it('never leaves an end, and counts its pieces once, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 20 }), (sequence) => {
        let state: ReservationState = 'held';
        let ends = 0;
        for (const move of sequence) {
          const result = moveReservation(state, move);
          if (result.kind !== 'to') continue;
          state = result.state;
          if (state !== 'pinned') ends += 1;
        }
        assert.ok(ends <= 1);
      }),
    );
  });

  it('can be undone as often as one likes', () => {
    for (const first of ['held', 'pinned'] as const) {
      const result = moveReservation(first, 'release');
      assert.ok(result.kind === 'to');
      assert.deepEqual(moveReservation(result.state, 'release'), { kind: 'done' });
    }
  });
});
