import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { InputOf } from '@portico/contract';
import type { Client } from '@portico/service';
import {
  Catalog,
  CategoryUnknown,
  PriceOverlap,
  ProductIncomplete,
  SkuTaken,
  SlugTaken,
} from '../../contracts/catalog.ts';
import { startServices, type TestServices, withLateClock, withPatience } from '../test-services.ts';
import { createCatalog } from './service.ts';

type Operations = (typeof Catalog)['operations'];
type Content = Omit<InputOf<Operations['putProduct']>, 'productId' | 'version'>;
type Row = InputOf<Operations['importProducts']>['rows'][number];

const HOUR_MS = 3_600_000;

describe('catalog', () => {
  let services: TestServices;
  let anyone: Client<typeof Catalog>;
  let staff: Client<typeof Catalog>;
  let internal: Client<typeof Catalog>;
  let lateMs = 0;
  let count = 0;

  before(async () => {
    const host = withPatience(withLateClock(() => lateMs));
    services = await startServices([createCatalog()], { host });
    anyone = services.as(Catalog, 'user:gst_1');
    staff = services.as(Catalog, 'user:acc_staff', 'catalog:write', 'shop:audit');
    internal = services.asService(Catalog);
    await staff.putCategory({ categoryId: 'garden', title: 'Garden', position: 1 });
    await staff.putCategory({
      categoryId: 'lights',
      title: 'Lights',
      parent: 'garden',
      position: 1,
    });
    await staff.putCategory({ categoryId: 'kitchen', title: 'Kitchen', position: 0 });
  });
  after(() => services.stop());

  const key = () => {
    count += 1;
    return { key: `key-${count}` };
  };
  const newId = () => services.host.ids.prefixed('prd');
  const content = (slug: string, changes: Partial<Content> = {}): Content => ({
    slug,
    title: `The ${slug}`,
    description: 'Made to last.',
    categories: ['lights'],
    taxClass: 'standard',
    attributes: [{ name: 'material', value: 'brass' }],
    images: [{ path: `/pictures/${slug}.svg`, alt: 'A lantern' }],
    variants: [{ sku: `${slug.toUpperCase()}-S`, title: 'Small', attributes: [] }],
    ...changes,
  });
  const row = (slug: string, amount: number, changes: Partial<Row> = {}): Row => ({
    ...content(slug),
    variants: [
      {
        sku: `${slug.toUpperCase()}-S`,
        title: 'Small',
        attributes: [],
        prices: [{ currency: 'EUR', amount }],
      },
    ],
    publish: true,
    ...changes,
  });
  /** A product for sale. */
  const sell = async (slug: string, amount: number, changes: Partial<Row> = {}) => {
    const { results } = await staff.importProducts({ rows: [row(slug, amount, changes)] }, key());
    const [result] = results;
    assert.equal(result?.outcome, 'created', result?.problem);
    assert.ok(result.productId);
    return anyone.getProduct({ productId: result.productId });
  };
  const fails = async (answer: Promise<unknown>, error: { is(value: unknown): boolean }) =>
    assert.rejects(answer, (thrown) => error.is(thrown) || assert.fail(String(thrown)));

  it('shows drafts to staff alone, and the rest of it when it is published', async () => {
    const productId = newId();
    const draft = await staff.putProduct({ productId, ...content('draft') });
    await assert.rejects(anyone.getProduct({ productId }), { code: 'not-found' });
    await assert.rejects(anyone.getProduct({ productId: 'draft' }), { code: 'not-found' });
    const { version } = draft;
    await fails(staff.publishProduct({ productId, version }), ProductIncomplete);
    await staff.putPrice({ sku: 'DRAFT-S', currency: 'EUR', amount: 990 });
    const shown = await staff.publishProduct({ productId, version });
    assert.equal(shown.state, 'published');
    const bySlug = await anyone.getProduct({ productId: 'draft' });
    assert.deepEqual(bySlug, shown);
    assert.deepEqual(bySlug.variants[0]?.prices, [{ amount: 990, currency: 'EUR' }]);
  });

  it('replaces a product only from the version that was seen, and the same call twice is one', async () => {
    const productId = newId();
    const first = await staff.putProduct({ productId, ...content('versioned') });
    const changed = { productId, ...content('versioned', { title: 'Other' }) };
    await assert.rejects(staff.putProduct(changed), { code: 'precondition-missing' });
    const second = await staff.putProduct({ ...changed, version: first.version });
    assert.deepEqual(await staff.putProduct({ ...changed, version: first.version }), second);
    const third = { productId, ...content('versioned', { title: 'Third' }) };
    await assert.rejects(staff.putProduct({ ...third, version: first.version }), {
      code: 'precondition-failed',
    });
    assert.equal((await staff.getProduct({ productId })).title, 'Other');
  });

  it('gives a slug to one product and a SKU to one product for ever', async () => {
    const productId = newId();
    const first = await staff.putProduct({ productId, ...content('unique') });
    await fails(staff.putProduct({ productId: newId(), ...content('unique') }), SlugTaken);
    const thief = content('thief', { variants: content('unique').variants });
    await fails(staff.putProduct({ productId: newId(), ...thief }), SkuTaken);
    const without = content('unique', { variants: [] });
    await staff.putProduct({ productId, ...without, version: first.version });
    await fails(staff.putProduct({ productId: newId(), ...thief }), SkuTaken);
    const unknown = content('nowhere', { categories: ['garden', 'moon'] });
    await fails(staff.putProduct({ productId: newId(), ...unknown }), CategoryUnknown);
  });

  it('lets a price begin and end by itself, and the version with it', async () => {
    const product = await sell('timed', 1_000);
    const from = new Date(services.host.clock.now() + HOUR_MS).toISOString();
    const until = new Date(services.host.clock.now() + 2 * HOUR_MS).toISOString();
    const price = { sku: 'TIMED-S', currency: 'EUR', amount: 800, from } as const;
    await staff.putPrice({ ...price, until });
    await fails(staff.putPrice({ sku: 'TIMED-S', currency: 'EUR', amount: 700 }), PriceOverlap);
    const before = await anyone.getProduct({ productId: 'timed' });
    assert.equal(before.version, product.version);
    lateMs += HOUR_MS;
    const during = await anyone.getProduct({ productId: 'timed' });
    assert.equal(during.variants[0]?.prices[0]?.amount, 800);
    assert.notEqual(during.version, product.version);
    const { items } = await anyone.listProducts({ q: 'timed' });
    assert.equal(items[0]?.priceFrom.amount, 800);
    lateMs += HOUR_MS;
    assert.deepEqual((await anyone.getProduct({ productId: 'timed' })).variants[0]?.prices, []);
    assert.equal((await anyone.listProducts({ q: 'timed' })).total, 0);
  });

  it('finds what was just written, and not what was just retired', async () => {
    const product = await sell('fresh-lantern', 500);
    assert.equal((await anyone.listProducts({ q: 'fresh lant' })).total, 1);
    await staff.retireProduct({ productId: product.productId, version: product.version });
    await staff.retireProduct({ productId: product.productId, version: product.version });
    assert.equal((await anyone.listProducts({ q: 'fresh lant' })).total, 0);
    await assert.rejects(anyone.getProduct({ productId: 'fresh-lantern' }), { code: 'not-found' });
    await fails(staff.putProduct({ productId: newId(), ...content('fresh-lantern') }), SlugTaken);
  });

  it('pages through every order without a gap or a repetition', async () => {
    for (const [at, slug] of ['paged-a', 'paged-b', 'paged-c', 'paged-d', 'paged-e'].entries()) {
      await sell(slug, at % 2 === 0 ? 100 : 200 + at);
    }
    for (const sort of [
      'title',
      'priceAscending',
      'priceDescending',
      'newest',
      'relevance',
    ] as const) {
      const whole = await anyone.listProducts({ q: 'paged', sort });
      const slugs: string[] = [];
      let cursor: string | undefined;
      do {
        const given = { q: 'paged', sort, limit: 2, ...(cursor ? { cursor } : {}) };
        const page = await anyone.listProducts(given);
        assert.equal(page.total, 5);
        slugs.push(...page.items.map((item) => item.slug));
        cursor = page.next;
      } while (cursor);
      assert.deepEqual(
        slugs,
        whole.items.map((item) => item.slug),
        sort,
      );
    }
    const cheapFirst = await anyone.listProducts({ q: 'paged', sort: 'priceAscending' });
    assert.deepEqual(
      cheapFirst.items.map((item) => item.slug),
      ['paged-a', 'paged-c', 'paged-e', 'paged-b', 'paged-d'],
    );
  });

  it('narrows by facets, counting each without its own conditions', async () => {
    const variant = (sku: string, colour: string, size: string, amount: number) => ({
      sku,
      title: `${colour} ${size}`,
      attributes: [
        { name: 'colour', value: colour },
        { name: 'size', value: size },
      ],
      prices: [{ currency: 'EUR' as const, amount }],
    });
    await sell('facet-one', 0, {
      variants: [variant('F1-RS', 'red', 'S', 100), variant('F1-BL', 'blue', 'L', 300)],
    });
    await sell('facet-two', 0, { variants: [variant('F2-RL', 'red', 'L', 200)] });
    const slugs = async (facets: string[], range = {}) =>
      (await anyone.listProducts({ q: 'facet', sort: 'title', facets, ...range })).items.map(
        (item) => item.slug,
      );
    assert.deepEqual(await slugs(['colour:red']), ['facet-one', 'facet-two']);
    assert.deepEqual(await slugs(['colour:red', 'size:L']), ['facet-two']);
    assert.deepEqual(await slugs(['colour:red', 'colour:blue', 'size:L']), [
      'facet-one',
      'facet-two',
    ]);
    assert.deepEqual(await slugs(['size:L'], { priceFrom: 250 }), ['facet-one']);
    const { facets } = await anyone.listProducts({ q: 'facet', facets: ['colour:blue'] });
    const colours = facets.find((facet) => facet.name === 'colour')?.values;
    assert.deepEqual(colours, [
      { value: 'red', products: 2 },
      { value: 'blue', products: 1 },
    ]);
  });

  it('shows the tree of categories, each with what is for sale in it and below', async () => {
    await sell('kettle', 100, { categories: ['kitchen'] });
    const { items } = await anyone.listCategories();
    assert.deepEqual(
      items.map((category) => category.categoryId),
      ['kitchen', 'garden', 'lights'],
    );
    assert.equal(items[0]?.products, 1);
    assert.equal(items[1]?.products, items[2]?.products);
    const loop = { categoryId: 'garden', title: 'Garden', parent: 'lights', position: 1 };
    await assert.rejects(staff.putCategory(loop), { code: 'invalid' });
  });

  it('imports with a result per row: a refused one stops no other and leaves nothing', async () => {
    await sell('import-known', 100);
    const rows = [
      row('import-new', 500),
      row('import-known', 100),
      row('import-bad', 100, { categories: ['moon'] }),
      row('import-twin', 100, { variants: row('import-known', 1).variants }),
      row('import-bare', 100, { description: '' }),
      row('import-known', 90),
    ];
    const once = key();
    const { results } = await staff.importProducts({ rows }, once);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', 'unchanged', 'refused', 'refused', 'refused', 'updated'],
    );
    assert.match(results[2]?.problem ?? '', /moon/);
    assert.deepEqual((await staff.importProducts({ rows }, once)).results, results);
    await assert.rejects(staff.getProduct({ productId: 'import-bad' }), { code: 'not-found' });
    const known = await anyone.getProduct({ productId: 'import-known' });
    assert.equal(known.variants[0]?.prices[0]?.amount, 90);
  });

  it('imports 500 products at once', async () => {
    const rows = Array.from({ length: 500 }, (_, at) => row(`bulk-${at}`, 100 + at));
    const { results } = await staff.importProducts({ rows }, key());
    assert.ok(results.every(({ outcome }) => outcome === 'created'));
    assert.equal((await anyone.listProducts({ q: 'bulk' })).total, 500);
  });

  it('offers many SKUs at once, in the order asked, and says what is not sold', async () => {
    await sell('offered', 700);
    const skus = ['UNKNOWN', 'OFFERED-S'];
    const { offers } = await internal.getOffers({ skus, currency: 'EUR' });
    assert.deepEqual(
      offers.map(({ sku, sold, price }) => [sku, sold, price?.amount]),
      [
        ['UNKNOWN', false, undefined],
        ['OFFERED-S', true, 700],
      ],
    );
    const yen = await internal.getOffers({ skus: ['OFFERED-S'], currency: 'JPY' });
    assert.equal(yen.offers[0]?.sold, false);
  });

  it('gives auditors every product and price once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 7, ...(cursor ? { cursor } : {}) });
      for (const fact of page.items) {
        if (fact.kind === 'product') seen.push(fact.productId);
        else seen.push(`${fact.sku} ${fact.price.currency} ${fact.from}`);
      }
      cursor = page.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.filter((fact) => fact.startsWith('prd_')).length > 510);
    assert.ok(seen.some((fact) => fact.startsWith('TIMED-S EUR')));
  });
});
