import type { Shape, Type } from '@portico/contract';

const NAME_START = /[A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff]/;
const NAME_PART = /[-.\dA-Z_a-z\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u1fff]/;
const PLAIN_NAME = new RegExp(`^${NAME_START.source}${NAME_PART.source}*$`);

/**
 * The XML name (NCName, Namespaces in XML §3) for a name of the contract. Most are one already; of
 * others each character that XML forbids is written `_xHHHH_`, the escape of ISO 9075-14, and so is
 * the underscore of a name that looks like such an escape. Different names stay different.
 */
export function toXmlName(name: string): string {
  if (PLAIN_NAME.test(name) && !name.includes('_x')) return name;
  let result = '';
  for (let index = 0; index < name.length; index += 1) {
    const character = name.charAt(index);
    const allowed = index === 0 ? NAME_START.test(character) : NAME_PART.test(character);
    const looksEscaped = /^_x[\da-f]{4}_/i.test(name.slice(index, index + 7));
    result += allowed && !looksEscaped ? character : escapeCodeUnit(character);
  }
  return result === '' ? '_x_' : result;
}

function escapeCodeUnit(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}

/**
 * Hands out names that stay apart for importers too: `wsimport` stops where two names become one
 * class, that is after folding case and separators.
 */
export interface NameAllocator {
  /** `preferred` in XML form, or that with the first free number behind it. */
  allocate(preferred: string): string;
}

/** An allocator of its own; `taken` are names it never hands out. */
export function createNameAllocator(): NameAllocator {
  const folded = new Set<string>();
  return {
    allocate(preferred) {
      const name = toXmlName(preferred);
      let candidate = name;
      for (let number = 2; folded.has(foldName(candidate)); number += 1) {
        candidate = `${name}${number}`;
      }
      folded.add(foldName(candidate));
      return candidate;
    },
  };
}

function foldName(name: string): string {
  return name.replace(/[-._·]/g, '').toLowerCase();
}

/** `orderLines` and `order-lines` → `OrderLines`: how names of types are put together. */
export function toPascalCase(name: string): string {
  return name.replace(/(?:^|[^\p{L}\p{N}]+)(\p{L}|\p{N}|$)/gu, (_match, first: string) =>
    first.toUpperCase(),
  );
}

/** The named types of an API, as {@link Shape} references find them. */
export type NamedTypes = Readonly<Record<string, Type>>;

/** A shape with references followed, and whether `null` is one of its values. */
export interface ResolvedShape {
  readonly shape: Exclude<Shape, { kind: 'reference' }>;
  readonly nullable: boolean;
}

/**
 * Follows references to the shape behind them.
 *
 * @throws {Error} when a type is missing or refers to itself alone; `api` refuses both.
 */
export function resolveShape(shape: Shape, types: NamedTypes): ResolvedShape {
  let current = shape;
  let nullable = shape.nullable === true;
  const seen = new Set<string>();
  while (current.kind === 'reference') {
    const target = types[current.name];
    if (target === undefined || seen.has(current.name)) {
      throw new Error(`The named type "${current.name}" has no structure.`);
    }
    seen.add(current.name);
    current = target.shape;
    nullable ||= current.nullable === true;
  }
  return { shape: current, nullable };
}
