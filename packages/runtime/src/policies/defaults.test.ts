import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { adjust, CALLER_DEFAULTS } from './defaults.ts';

const page = new URL('../../../../docs/resilience.md', import.meta.url);

function flatten(side: string, policies: object): [string, number][] {
  return Object.entries(policies).flatMap(([section, values]) =>
    Object.entries(values as Record<string, number>).map(([name, value]): [string, number] => [
      `${side}.${section}.${name}`,
      value,
    ]),
  );
}

describe('the defaults of policies', () => {
  it('are those that the documentation names', () => {
    const rows = readFileSync(page, 'utf8').matchAll(/^\| `(call\w+\.[\w.]+)` \| ([\d.]+) \|/gm);
    const documented = [...rows].map(([, key = '', value]): [string, number] => [
      key,
      Number(value),
    ]);
    assert.deepEqual(documented, [
      ...flatten('caller', CALLER_DEFAULTS),
      ...flatten('callee', CALLEE_DEFAULTS),
    ]);
  });

  it('are changed value by value, and stay what they are', () => {
    const changed = adjust(CALLEE_DEFAULTS, { limit: { start: 64 } });
    assert.deepEqual(changed.limit, { ...CALLEE_DEFAULTS.limit, start: 64 });
    assert.deepEqual(changed.queue, CALLEE_DEFAULTS.queue);
    assert.equal(CALLEE_DEFAULTS.limit.start, 32);
  });
});
