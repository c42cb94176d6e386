import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Service } from '@portico/service';
import { Cart } from '../../contracts/cart.ts';
import { Catalog } from '../../contracts/catalog.ts';
import { createCatalog } from '../catalog/service.ts';
import { createIdentity } from '../identity/service.ts';
import { startServices, withLateClock } from '../test-services.ts';
import { cart } from './service.ts';

const DAY_MS = 24 * 3_600_000;

/** The cart, whose job runs once, at start. */
function cartThatSweeps(): Service {
  const job = cart.spec.every?.['5m'];
  assert.ok(job);
  return { ...cart, spec: { ...cart.spec, start: job } };
}

it('the job ends carts that were left alone, and no others', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shop-cart-'));
  try {
    const first = await startServices([createIdentity(), createCatalog(), cart], { directory });
    const staff = first.as(Catalog, 'user:acc_staff', 'catalog:write');
    await staff.putCategory({ categoryId: 'all', title: 'All', position: 0 });
    const variant = { sku: 'LAMP', title: 'One', attributes: [] };
    const row = {
      slug: 'lamp',
      title: 'Lamp',
      description: 'Made to last.',
      categories: ['all'],
      taxClass: 'standard' as const,
      attributes: [],
      images: [],
      publish: true,
      variants: [{ ...variant, prices: [{ currency: 'EUR' as const, amount: 100 }] }],
    };
    await staff.importProducts({ rows: [row] }, { key: 'import' });
    for (const subject of ['user:gst_1', 'user:acc_1']) {
      const me = first.as(Cart, subject, 'cart:use');
      await me.addItem({ sku: 'LAMP', quantity: 1 }, { key: 'add' });
    }
    await first.stop();

    const host = withLateClock(() => 31 * DAY_MS);
    const all = [createIdentity(), createCatalog(), cartThatSweeps()];
    const later = await startServices(all, { directory, host });
    const auditor = later.as(Cart, 'user:acc_auditor', 'shop:audit');
    const { items } = await auditor.exportFacts({});
    const states = items.map((fact) => fact.kind === 'cart' && [fact.state, fact.lines]);
    assert.deepEqual(states.sort(), [
      ['expired', 0],
      ['open', 1],
    ]);
    await later.stop();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
