/** Escapes that mean the same to JavaScript and to XML Schema (XSD part 2 appendix F). */
const SAME_ESCAPES = new Set([...'\\|.-^?*+{}()[]nrt']);

/** Escapes that XML Schema reads more widely (`\d` is any Unicode digit), as JavaScript means them. */
const RANGES: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_' };

/**
 * A JSON Schema pattern (ECMA-262) as an XML Schema one, or `undefined` where the two languages
 * differ: then the facet is left out, and the validator still checks it. Only patterns anchored at
 * both ends are translated, since XML Schema's always are; look-around, back references, word
 * boundaries, lazy quantifiers, `\s` and Unicode escapes are not.
 */
export function toXsdPattern(pattern: string): string | undefined {
  if (!pattern.startsWith('^') || !/[^\\]\$$/.test(pattern)) return undefined;
  const inner = pattern.slice(1, -1);
  let result = '';
  let depth = 0;
  for (let index = 0; index < inner.length; ) {
    const part = readPart(inner, index);
    if (part === undefined) return undefined;
    if (part.xsd === '(') depth += 1;
    if (part.xsd === ')') depth -= 1;
    // `^a|b$` is anchored at one end each.
    if (part.xsd === '|' && depth === 0) return undefined;
    result += part.xsd;
    index += part.length;
  }
  return result;
}

interface Part {
  readonly xsd: string;
  readonly length: number;
}

function readPart(pattern: string, index: number): Part | undefined {
  const rest = pattern.slice(index);
  const character = rest.charAt(0);
  if (character === '\\') return readEscape(rest);
  if (character === '[') return readClass(rest);
  if (rest.startsWith('(?:')) return { xsd: '(', length: 3 };
  if (rest.startsWith('(?') || '^$]}'.includes(character)) return undefined;
  if (character === '{') return readQuantifier(rest, /^\{\d+(?:,\d*)?\}/.exec(rest)?.[0]);
  if ('*+?'.includes(character)) return readQuantifier(rest, character);
  return { xsd: character, length: 1 };
}

function readQuantifier(rest: string, text: string | undefined): Part | undefined {
  // A question mark behind a quantifier makes it lazy; a plus would be no pattern at all.
  if (text === undefined || /^[?+*]/.test(rest.slice(text.length))) return undefined;
  return { xsd: text, length: text.length };
}

function readEscape(rest: string): Part | undefined {
  const character = rest.charAt(1);
  const range = RANGES[character];
  if (range !== undefined) return { xsd: `[${range}]`, length: 2 };
  const xsd = toXsdEscape(character);
  return xsd === undefined ? undefined : { xsd, length: 2 };
}

function toXsdEscape(character: string): string | undefined {
  if (SAME_ESCAPES.has(character) && character !== '') return `\\${character}`;
  return /^[/"'#%&,:;<=>@_`~! ]$/.test(character) ? character : undefined;
}

function readClass(rest: string): Part | undefined {
  let xsd = '[';
  let index = 1;
  if (rest.charAt(index) === '^') {
    xsd += '^';
    index += 1;
  }
  const start = index;
  while (index < rest.length && rest.charAt(index) !== ']') {
    const part = readClassPart(rest, index, start);
    if (part === undefined) return undefined;
    xsd += part.xsd;
    index += part.length;
  }
  // An empty class matches nothing in JavaScript and is no class in XML Schema.
  return index === start || index >= rest.length
    ? undefined
    : { xsd: `${xsd}]`, length: index + 1 };
}

function readClassPart(rest: string, index: number, start: number): Part | undefined {
  const character = rest.charAt(index);
  if (character === '\\') {
    const escaped = rest.charAt(index + 1);
    const xsd = RANGES[escaped] ?? toXsdEscape(escaped);
    return xsd === undefined ? undefined : { xsd, length: 2 };
  }
  if (character === '[' || character === '^') return { xsd: `\\${character}`, length: 1 };
  // A hyphen at an end is itself; escaped it is so for every reader.
  const literal = character === '-' && (index === start || rest.charAt(index + 1) === ']');
  return { xsd: literal ? '\\-' : character, length: 1 };
}
