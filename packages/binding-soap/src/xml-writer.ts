/** Characters that XML 1.0 can't carry, not even as a reference (§2.2). */
const UNCARRIED = '\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff';

/** What must not stand in character data as it is; a carriage return would be read as a line feed. */
const MARKUP = new RegExp(`[&<>\\r${UNCARRIED}]`);
const EACH_ATTRIBUTE_MARKUP = new RegExp(`[&<>"\\t\\n\\r${UNCARRIED}]`, 'g');

const TAB = 0x09;
const LINE_FEED = 0x0a;
const AMPERSAND = 0x26;
const LESS = 0x3c;
const GREATER = 0x3e;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Character data (XML 1.0 §2.4). What XML 1.0 can't carry at all (most control characters, U+FFFE,
 * U+FFFF) becomes U+FFFD: a reply that nobody can parse would help nobody.
 */
export function escapeText(text: string): string {
  const first = text.search(MARKUP);
  if (first < 0) return text;
  // By hand: a replacing function costs three times as much.
  let escaped = '';
  let from = 0;
  for (let at = first; at < text.length; at++) {
    if (!isMarkup(text.charCodeAt(at))) continue;
    escaped += text.slice(from, at) + escapeCharacter(text.charAt(at));
    from = at + 1;
  }
  return escaped + text.slice(from);
}

/** The same characters as {@link MARKUP}. */
function isMarkup(code: number): boolean {
  if (code < 0x20) return code !== TAB && code !== LINE_FEED;
  return code === AMPERSAND || code === LESS || code === GREATER || code >= 0xfffe;
}

/** The value of an attribute between double quotes (XML 1.0 §3.3.3: white space is normalised unless escaped). */
export function escapeAttribute(value: string): string {
  return value.replace(EACH_ATTRIBUTE_MARKUP, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return ESCAPES[character] ?? '\ufffd';
}

/** Attributes as they stand in a tag; those that are `undefined` are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element of a document for people and tools (WSDL), one per line. Messages are compiled instead. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Attributes;
  /** Text, or elements; `undefined` ones are left out. */
  readonly content?: string | readonly (XmlElement | undefined)[] | undefined;
}

/** Writes an element and what is in it, indented by two spaces per level. */
export function writeElement({ name, attributes = {}, content }: XmlElement, indent = ''): string {
  let tag = `${indent}<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) tag += ` ${key}="${escapeAttribute(String(value))}"`;
  }
  if (typeof content === 'string') return `${tag}>${escapeText(content)}</${name}>\n`;
  const children = (content ?? []).filter((child) => child !== undefined);
  if (children.length === 0) return `${tag}/>\n`;
  const inner = children.map((child) => writeElement(child, `${indent}  `)).join('');
  return `${tag}>\n${inner}${indent}</${name}>\n`;
}
