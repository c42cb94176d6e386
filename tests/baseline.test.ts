import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compare, parseContractJson, toContractJson } from '@portico/contract';
import shop from '../systems/shop/system.ts';

const folder = new URL('../systems/shop/baseline/', import.meta.url);
const regenerate = 'npm run portico -- contract systems/shop/system.ts';

describe("the shop's contracts", () => {
  for (const api of shop.apis) {
    it(`keep the promises of ${api.name}'s baseline`, () => {
      const text = readFileSync(new URL(`${api.name}.contract.json`, folder), 'utf8');
      const baseline = parseContractJson(JSON.parse(text));
      const breaks = compare(baseline, api).filter((change) => change.severity === 'breaking');
      if (api.major === baseline.major) assert.deepEqual(breaks, []);
      assert.deepEqual(
        JSON.parse(JSON.stringify(toContractJson(api))),
        JSON.parse(text),
        `the baseline of ${api.name} is not the contract of today; write it anew: ${regenerate}`,
      );
    });
  }

  it('have no baseline without an API', () => {
    const names = shop.apis.map((api) => `${api.name}.contract.json`).toSorted();
    assert.deepEqual(readdirSync(folder).toSorted(), names);
  });
});
