import { createHash } from 'node:crypto';

/** Deeper values are refused: contracts allow far less, and a cycle ends here with a clear error. */
const DEPTH_MAX = 256;

/**
 * `value` as JSON in the one canonical form of RFC 8785 (JCS): no whitespace, members sorted by UTF-16
 * code units, numbers and strings as ECMAScript writes them. Members that are `undefined` are left out.
 *
 * @throws {TypeError} naming the place of what JSON can't say: `NaN`, infinities, lone surrogates
 * (RFC 8785 §3.2.2.2), functions, bigints, nesting beyond 256.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '', 0);
}

/** SHA-256 of the canonical form, hex: what tells one input under an idempotency key from another. */
export function hashInput(value: unknown): string {
  return sha256(value === undefined ? '' : canonicalJson(value));
}

/** SHA-256 of a text's UTF-8 bytes, hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function write(value: unknown, pointer: string, depth: number): string {
  if (depth > DEPTH_MAX) throw refusal(pointer, `nesting beyond ${DEPTH_MAX} levels`);
  switch (typeof value) {
    case 'string':
      return writeString(value, pointer);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(pointer, String(value));
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return writeArray(value, pointer, depth);
      return writeObject(value, pointer, depth);
    default:
      throw refusal(pointer, `a ${typeof value}`);
  }
}

function writeString(text: string, pointer: string): string {
  if (!text.isWellFormed()) throw refusal(pointer, 'a lone surrogate');
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], pointer: string, depth: number): string {
  const written = Array.from(items, (item, index) => write(item, `${pointer}/${index}`, depth + 1));
  return `[${written.join(',')}]`;
}

function writeObject(object: object, pointer: string, depth: number): string {
  // What says itself how it stands in JSON, like a `Date`, is taken at its word.
  if ('toJSON' in object && typeof object.toJSON === 'function') {
    return write(object.toJSON(), pointer, depth + 1);
  }
  // Bytes are hashed as the base 64 they are on the wire, not as an object with a member per byte.
  if (object instanceof Uint8Array) return JSON.stringify(Buffer.from(object).toString('base64'));
  const written: string[] = [];
  // `<` compares strings by UTF-16 code units, as RFC 8785 §3.2.3 asks.
  for (const [name, member] of Object.entries(object).sort(byName)) {
    if (member === undefined) continue;
    const place = `${pointer}/${name}`;
    written.push(`${writeString(name, place)}:${write(member, place, depth + 1)}`);
  }
  return `{${written.join(',')}}`;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function refusal(pointer: string, what: string): TypeError {
  return new TypeError(`Not JSON at "${pointer}": ${what}.`);
}
