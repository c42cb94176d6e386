import type { OpenTag } from './guard.ts';
import type { Reader } from './input-reader.ts';
import { BOOLEAN, collapse } from './lexical.ts';
import { NAMESPACES } from './namespaces.ts';

/** What the attributes of an element say about it. */
export interface ElementMark {
  readonly nil: boolean;
  /** Sentences about attributes that don't belong. */
  readonly problems: readonly string[];
}

/**
 * Reads `xsi:nil` and `xsi:type` (XSD part 1 §2.6). A type is accepted when it is the declared one,
 * `schemaLocation` is ignored, every other attribute is a problem: our types have none.
 */
export function toElementMark(
  tag: OpenTag,
  reader: Reader,
  resolve: (prefix: string) => string | undefined,
): ElementMark {
  const problems: string[] = [];
  let nil = false;
  for (const { uri, local, name, value } of Object.values(tag.attributes)) {
    if (uri === NAMESPACES.xmlns) continue;
    if (uri !== NAMESPACES.xsi) {
      problems.push(`The attribute ${name} is not known here.`);
    } else if (local === 'nil') {
      const said = BOOLEAN.parse(value);
      nil = said === true;
      if (said === undefined) problems.push('The attribute xsi:nil is neither true nor false.');
      if (nil && !reader.nullable) problems.push('Must not be nil.');
    } else if (local === 'type') {
      if (!reader.typeNames.includes(toExpandedName(value, resolve))) {
        problems.push(`The type ${value} is not the declared one.`);
      }
    } else if (local !== 'schemaLocation' && local !== 'noNamespaceSchemaLocation') {
      problems.push(`The attribute ${name} is not known here.`);
    }
  }
  return { nil, problems };
}

/** A qualified name in a value to `{namespace}local`; prefixes count where the element opens. */
function toExpandedName(value: string, resolve: (prefix: string) => string | undefined): string {
  const name = collapse(value);
  const colon = name.indexOf(':');
  const uri = resolve(colon === -1 ? '' : name.slice(0, colon)) ?? '';
  return `{${uri}}${name.slice(colon + 1)}`;
}
