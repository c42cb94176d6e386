import type { Caller } from '@portico/service';
import { Catalog } from '../contracts/catalog.ts';
import { Customers } from '../contracts/customers.ts';
import { EmailTaken, Identity } from '../contracts/identity.ts';
import { Inventory } from '../contracts/inventory.ts';
import type { Calls } from './calls.ts';
import { createCatalogue, DEPARTMENTS, type SeedProduct } from './catalogue.ts';
import type { SeedCustomer } from './past-orders.ts';
import { createPeople, SEED_PASSWORD, type SeedPerson } from './people.ts';
import { createStock } from './stock.ts';

/** One import is one transaction, which holds up all others. */
const ROWS_PER_IMPORT = 50;

/** Staff with every permission that the seed needs, and no more. */
const SEEDER: Caller = Object.freeze({
  subject: 'user:seed',
  permissions: new Set(['catalog:write', 'stock:write', 'identity:manage']),
  via: 'seed',
});

/**
 * Fills an empty shop: departments, products, prices and stock. Goes through operations only, so every
 * rule of the services holds from the first second; under fixed keys, so a seed that was cut off is
 * continued and a second one changes nothing.
 */
export async function seedGoods(calls: Calls): Promise<void> {
  const catalog = calls.client(Catalog, { caller: SEEDER });
  for (const [position, department] of DEPARTMENTS.entries()) {
    const { id: categoryId, name: title } = department;
    await catalog.putCategory({ categoryId, title, position });
  }
  const products = createCatalogue();
  for (let first = 0; first < products.length; first += ROWS_PER_IMPORT) {
    const rows = products.slice(first, first + ROWS_PER_IMPORT).map(toImportRow);
    const { results } = await catalog.importProducts({ rows }, { key: `seed/import/${first}` });
    const refused = results.find((result) => result.outcome === 'refused');
    if (refused) {
      const { slug } = products[first + refused.row] ?? { slug: '?' };
      throw new Error(`The seed's product ${slug} was refused: ${refused.problem}`);
    }
  }
  const skus = products.flatMap((product) => product.variants.map((variant) => variant.sku));
  await seedStock(calls, skus);
}

/**
 * Registers staff and fifty customers with an address each, and names those who are new. Takes long:
 * passwords are hashed with care.
 */
export async function seedPeople(calls: Calls): Promise<readonly SeedCustomer[]> {
  const staff = await register(calls, 'staff@example.com', 'staff');
  if (staff) {
    const identity = calls.client(Identity, { caller: SEEDER });
    await identity.setRoles({ accountId: staff, roles: ['staff'] });
  }
  const customers: SeedCustomer[] = [];
  for (const [index, person] of createPeople().entries()) {
    const accountId = await register(calls, person.email, String(index));
    if (!accountId) continue;
    await seedAddress(calls, accountId, person);
    customers.push({ accountId, person });
  }
  return customers;
}

/** Keys are forgotten after a day, so what was done before is seen in the stock itself. */
async function seedStock(calls: Calls, skus: readonly string[]): Promise<void> {
  const inventory = calls.client(Inventory, { caller: SEEDER });
  const stock = createStock(skus);
  const { items: movements } = await inventory.listMovements({ limit: 1 });
  if (movements.length === 0) {
    // What is sold out was there once: its one piece was received, and taken off again.
    const lines = skus.map((sku) => ({ sku, quantity: Math.max(1, stock.get(sku) ?? 0) }));
    await inventory.receive({ lines, reference: 'opening stock' }, { key: 'seed/receipt' });
  }
  const soldOut = skus.filter((sku) => stock.get(sku) === 0);
  for (const sku of soldOut) {
    const { items } = await inventory.listMovements({ sku, limit: 2 });
    if (items.length > 1) continue;
    const loss = { sku, difference: -1, reason: 'damage' } as const;
    await inventory.adjust(loss, { key: `seed/adjustment/${sku}` });
  }
}

/**
 * The id of a new account; `undefined` when somebody has registered the address otherwise. `name` tells the
 * key: keys outlive the people they were used for, so none holds an address.
 */
async function register(calls: Calls, email: string, name: string): Promise<string | undefined> {
  const identity = calls.client(Identity, { caller: SEEDER });
  try {
    const input = { email, password: SEED_PASSWORD };
    const account = await identity.register(input, { key: `seed/account/${name}` });
    return account.accountId;
  } catch (problem) {
    if (EmailTaken.is(problem)) return undefined;
    throw problem;
  }
}

async function seedAddress(calls: Calls, accountId: string, person: SeedPerson): Promise<void> {
  const caller = {
    subject: `user:${accountId}`,
    permissions: new Set(['profile:use']),
    via: 'seed',
  };
  const customers = calls.client(Customers, { caller });
  const profile = await customers.getProfile();
  if (profile.version === 0) {
    const { givenName, familyName } = person;
    await customers.updateProfile({ version: 0, givenName, familyName, language: 'en' });
  }
  await customers.addAddress(
    { label: 'Home', preferred: true, address: person.address },
    { key: 'seed/address' },
  );
}

function toImportRow(product: SeedProduct) {
  const { slug, title, description, department, taxClass, attributes, variants } = product;
  return {
    slug,
    title,
    description,
    categories: [department.id],
    taxClass,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    images: [{ path: `/pictures/${slug}.svg`, alt: `${title}, made of ${attributes.material}` }],
    variants: variants.map(({ sku, size, prices }) => ({
      sku,
      title: size,
      attributes: [{ name: 'size', value: size }],
      prices: [...prices],
    })),
    publish: true,
  };
}
