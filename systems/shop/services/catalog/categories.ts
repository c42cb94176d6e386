import type { InputOf } from '@portico/contract';
import { Failure } from '@portico/contract';
import { type Catalog, CategoryUnknown } from '../../contracts/catalog.ts';
import { present } from '../../subject.ts';
import { compareText } from '../../text.ts';
import type { ProductIndex } from './product-index.ts';
import { withDescendants } from './search.ts';
import { type CategoryRow, type Db, nextChange } from './tables.ts';

type CategoryInput = InputOf<(typeof Catalog)['operations']['putCategory']>;

/** The tree as a list: each category after its parent, siblings by position and title. */
export function listCategories(index: ProductIndex) {
  const items: ReturnType<typeof toCategory>[] = [];
  const add = (parent: string | null): void => {
    const children = [...index.categories.values()]
      .filter((category) => category.parent === parent)
      .sort((a, b) => a.position - b.position || compareText(a.title, b.title));
    for (const child of children) {
      items.push(toCategory(child, countProducts(index, child.category_id)));
      add(child.category_id);
    }
  };
  add(null);
  return items;
}

/** Published products in a category and below. */
export function countProducts(index: ProductIndex, categoryId: string): number {
  const below = withDescendants(index, categoryId);
  let count = 0;
  for (const { categories } of index.products.values()) {
    if (categories.some((category) => below.has(category))) count++;
  }
  return count;
}

/**
 * Makes or changes a category.
 * @throws CategoryUnknown when its parent does not exist.
 * @throws {Failure} `invalid` when it would stand below itself.
 */
export async function writeCategory(db: Db, input: CategoryInput): Promise<CategoryRow> {
  const { categoryId, title, parent = null, position } = input;
  const rows = await db.selectFrom('category').selectAll().execute();
  if (parent !== null) assertParent(rows, categoryId, parent);
  const row = { category_id: categoryId, title, parent, position };
  await db
    .insertInto('category')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('category_id').doUpdateSet({ title, parent, position }),
    )
    .execute();
  await nextChange(db, 'categories');
  return row;
}

/** A category as the contract shows it. */
export function toCategory(row: CategoryRow, products: number) {
  return {
    categoryId: row.category_id,
    title: row.title,
    ...present('parent', row.parent),
    position: row.position,
    products,
  };
}

function assertParent(rows: readonly CategoryRow[], categoryId: string, parent: string): void {
  const parents = new Map(rows.map((row) => [row.category_id, row.parent]));
  if (!parents.has(parent)) throw CategoryUnknown({ categories: [parent] });
  for (let at: string | null = parent; at !== null; at = parents.get(at) ?? null) {
    if (at !== categoryId) continue;
    throw Failure.rejected('invalid', 'The input is not valid.', {
      violations: [{ pointer: '/parent', detail: 'A category can not stand below itself.' }],
    });
  }
}
