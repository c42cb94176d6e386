import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALLER_DEFAULTS } from './defaults.ts';
import { chooseSubset } from './replica-subset.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `cart-${index}`);
const choose = (of: readonly string[], self: string) =>
  chooseSubset(of, self, CALLER_DEFAULTS.subset);

describe('a subset of replicas', () => {
  it('is all of them up to fifty, and twenty of more', () => {
    assert.deepEqual(choose(names(50), 'edge-1'), names(50));
    assert.equal(new Set(choose(names(51), 'edge-1')).size, 20);
  });

  it('differs from caller to caller, so that together they reach all', () => {
    const reached = new Set(names(40).flatMap((self) => choose(names(100), self)));
    assert.equal(reached.size, 100);
  });

  it('stays nearly the same when a replica comes or goes', () => {
    const before = choose(names(100), 'edge-1');
    const after = choose(names(101).slice(1), 'edge-1');
    assert(before.filter((name) => after.includes(name)).length >= 18);
  });
});
