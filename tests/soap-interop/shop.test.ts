import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Operation } from '@portico/contract';
import { createShop } from '../../systems/shop/system.ts';
import { startShop, type TestShop } from '../shop/kit/shop.ts';
import { CLIENTS } from './clients.ts';
import { LOADERS } from './loaders.ts';

describe('the WSDLs of the shop', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
  });
  after(() => shop.stop());

  const apis = createShop().apis.map((api) => ({
    path: `/soap/${api.name}/v1?wsdl`,
    operations: Object.values<Operation>(api.operations)
      .filter(({ exposure }) => exposure === 'public' || exposure === 'partner')
      .map(({ name }) => name)
      .sort(),
  }));

  for (const name of Object.keys(LOADERS) as (keyof typeof LOADERS)[]) {
    it(`load in ${CLIENTS[name].name}, each with all of its operations`, async (t) => {
      const missing = await CLIENTS[name].missing();
      if (missing !== undefined) {
        assert.notEqual(process.env.PORTICO_REQUIRE_SERVICES, '1', missing);
        t.skip(missing);
        return;
      }
      assert.ok(apis.length > 0);
      const found = await LOADERS[name](apis.map(({ path }) => `${shop.origin}${path}`));
      assert.deepEqual(
        found.map((operations) => operations.toSorted()),
        apis.map(({ operations }) => operations),
      );
    });
  }
});
