import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CallTable, nextCallNumber } from './call-table.ts';

describe('the table of calls', () => {
  it('holds what a map holds, while numbers grow and old calls last', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(2_000)), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 0xffff_ffff }), (all, first) => {
        const table = new CallTable<{ readonly number: number }>();
        const model = new Map<number, { readonly number: number }>();
        let last = first;
        for (const [kind, choice] of all) {
          if (kind > 0) {
            // Numbers are skipped too, so that slots collide early.
            for (let skipped = 0; skipped < choice % 600; skipped++) last = nextCallNumber(last);
            last = nextCallNumber(last);
            const call = { number: last };
            table.add(call);
            model.set(last, call);
          } else {
            const number = [...model.keys()][choice % Math.max(1, model.size)] ?? choice;
            assert.equal(table.get(number), model.get(number));
            assert.equal(table.take(number), model.get(number));
            model.delete(number);
          }
          assert.equal(table.size, model.size);
        }
        const byNumber = (a: { number: number }, b: { number: number }) => a.number - b.number;
        assert.deepEqual(
          table.takeAll().toSorted(byNumber),
          [...model.values()].toSorted(byNumber),
        );
        assert.equal(table.size, 0);
      }),
    );
  });

  it('never gives a call the number of the connection', () => {
    assert.equal(nextCallNumber(0), 1);
    assert.equal(nextCallNumber(0xffff_ffff), 1);
  });
});
