import { Failure, type InputOf } from '@portico/contract';
import type { Catalog } from '../../contracts/catalog.ts';
import { planPrice } from './price-plan.ts';
import { writePrice } from './prices.ts';
import { findProduct } from './product-view.ts';
import { type Writing, writeProduct } from './product-writer.ts';
import { findMissing, publish } from './publication.ts';
import type { PriceRow, ProductRow } from './tables.ts';

/** One row of an import, and the id it gets when it is a new product. */
export interface ImportedRow {
  readonly row: InputOf<(typeof Catalog)['operations']['importProducts']>['rows'][number];
  readonly newId: string;
}

/** What became of a row. */
export type ImportResult =
  | { readonly outcome: 'created' | 'updated' | 'unchanged'; readonly productId: string }
  | { readonly outcome: 'refused'; readonly problem: string };

/**
 * An import is one transaction, and holds up all other writers while it runs: so many SKUs take about half a
 * second, of the three that a transaction may take on a machine that is slow or busy.
 */
export const IMPORT_SKUS_MAX = 1_000;

/** Refuses an import that could not end in time, before anything is written. */
export function assertImportSize(rows: readonly ImportedRow['row'][]): void {
  const skus = rows.reduce((count, row) => count + row.variants.length, 0);
  if (skus <= IMPORT_SKUS_MAX) return;
  const detail = `They have ${skus} variants; send ${IMPORT_SKUS_MAX} at most, and the rest after.`;
  throw Failure.rejected('invalid', 'The input is not valid.', {
    violations: [{ pointer: '/rows', detail }],
  });
}

/**
 * Applies one row, whole or not at all: whatever could refuse it is looked at before the first write,
 * because a row has no transaction of its own.
 */
export async function importRow(
  writing: Writing,
  { row, newId }: ImportedRow,
): Promise<ImportResult> {
  const current = await findProduct(writing.db, row.slug);
  if (current?.state === 'retired') return refused('The product was retired.');
  const problem = await findProblem(writing, row);
  if (problem !== undefined) return refused(problem);
  try {
    return await apply(writing, { row, newId, current });
  } catch (error) {
    // What is left to refuse (its categories, its SKUs) is looked at before the first write; anything
    // else ends the import.
    if (error instanceof Failure && (error.class === 'APP' || error.code === 'invalid')) {
      return refused(describe(error));
    }
    throw error;
  }
}

async function apply(
  writing: Writing,
  { row, newId, current }: ImportedRow & { readonly current: ProductRow | undefined },
): Promise<ImportResult> {
  const productId = current?.product_id ?? newId;
  const written = await writeProduct(writing, productId, { content: row, current });
  let changed = written.outcome !== 'unchanged';
  for (const { sku, prices } of row.variants) {
    for (const { currency, amount } of prices) {
      const price = await writePrice(writing, { sku, currency, amount });
      changed ||= price.changed;
    }
  }
  if (row.publish && written.row.state !== 'published') {
    await publish(writing, written.row);
    changed = true;
  }
  const outcome = written.outcome === 'created' ? 'created' : changed ? 'updated' : 'unchanged';
  return { outcome, productId };
}

/** Why the row can't be applied as it is, as far as prices and completeness go. */
async function findProblem(
  { db, now }: Writing,
  row: ImportedRow['row'],
): Promise<string | undefined> {
  const skus = row.variants.map(({ sku }) => sku);
  const existing = await db.selectFrom('price').selectAll().where('sku', 'in', skus).execute();
  const coming: PriceRow[] = [];
  for (const { sku, prices } of row.variants) {
    for (const { currency, amount } of prices) {
      const others = existing.filter((price) => price.sku === sku && price.currency === currency);
      const plan = planPrice(others, { amount }, now);
      if (plan.kind === 'overlap') return `${sku} has another price in ${currency} to come.`;
      if (plan.kind === 'invalid') return plan.detail;
      coming.push({ sku, currency, ...plan.price });
    }
  }
  if (!row.publish) return undefined;
  const { description, categories } = row;
  const prices = [...existing, ...coming];
  const missing = findMissing({ description, categories, skus, prices }, now);
  return missing.length > 0 ? `It can not be published. ${missing.join(' ')}` : undefined;
}

function refused(problem: string): ImportResult {
  return { outcome: 'refused', problem };
}

function describe(error: Failure): string {
  const details = (error.details.violations ?? []).map(
    ({ pointer, detail }) => `${pointer}: ${detail}`,
  );
  const data = error.details.data === undefined ? '' : ` ${JSON.stringify(error.details.data)}`;
  return [error.message + data, ...details].join(' ');
}
