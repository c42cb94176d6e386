import { compareText } from '../../text.ts';

/** What one variant says of itself, by the names of its attributes. */
export interface AttributedVariant {
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

/** Conditions by the name of an attribute: values are alternatives, names must all hold. */
export type Conditions = ReadonlyMap<string, ReadonlySet<string>>;

/** A page has room for so many; the rest says little. */
const FACETS_MAX = 30;
const VALUES_MAX = 100;

/** `colour:brass` read as a condition. */
export function parseConditions(facets: readonly string[]): Conditions {
  const conditions = new Map<string, Set<string>>();
  for (const facet of facets) {
    const colon = facet.indexOf(':');
    const name = facet.slice(0, colon);
    const values = conditions.get(name) ?? new Set();
    conditions.set(name, values.add(facet.slice(colon + 1)));
  }
  return conditions;
}

/** Whether one variant fulfils all conditions; those of the name `except` are left aside. */
export function fulfils(
  variant: AttributedVariant,
  conditions: Conditions,
  except?: string,
): boolean {
  for (const [name, values] of conditions) {
    if (name === except) continue;
    if (!variant.attributes.some((each) => each.name === name && values.has(each.value))) {
      return false;
    }
  }
  return true;
}

/**
 * Facets over the variants of each product that fits apart from its facets. A product counts for a value
 * when one of its variants has it and fulfils the conditions of all other facets. A facet with a single
 * value tells nothing and is left out, unless it was asked for.
 */
export function countFacets(
  products: readonly (readonly AttributedVariant[])[],
  conditions: Conditions,
) {
  const counts = new Map<string, Map<string, number>>();
  for (const variants of products) {
    for (const [name, values] of valuesOf(variants, conditions)) {
      const ofName = counts.get(name) ?? new Map<string, number>();
      for (const value of values) ofName.set(value, (ofName.get(value) ?? 0) + 1);
      counts.set(name, ofName);
    }
  }
  return [...counts]
    .filter(([name, values]) => values.size > 1 || conditions.has(name))
    .map(([name, values]) => ({ name, values: sortValues(values), weight: sum(values) }))
    .sort((a, b) => b.weight - a.weight || compareText(a.name, b.name))
    .slice(0, FACETS_MAX)
    .map(({ name, values }) => ({ name, values }));
}

function valuesOf(variants: readonly AttributedVariant[], conditions: Conditions) {
  const found = new Map<string, Set<string>>();
  for (const variant of variants) {
    for (const { name, value } of variant.attributes) {
      if (!fulfils(variant, conditions, name)) continue;
      const values = found.get(name) ?? new Set();
      found.set(name, values.add(value));
    }
  }
  return found;
}

function sortValues(values: ReadonlyMap<string, number>) {
  return [...values]
    .map(([value, products]) => ({ value, products }))
    .sort((a, b) => b.products - a.products || compareText(a.value, b.value))
    .slice(0, VALUES_MAX);
}

function sum(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((left, right) => left + right, 0);
}
