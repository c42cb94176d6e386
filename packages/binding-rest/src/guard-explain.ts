import { Failure } from '@portico/contract';

/**
 * Looks at a JSON text again, with names and places, because the guard saw a sign of something that
 * `JSON.parse` hides. The text is valid JSON, of bounded depth. Returns when all of it was well.
 *
 * @throws {Failure} `malformed` (duplicate name, lone surrogate) or `invalid` (`-0`, no double),
 * with the JSON pointer (RFC 6901) of the first place.
 */
export function explainJson(text: string): void {
  readValue({ text, at: 0 }, '');
}

/** `name` as a segment of a JSON pointer (RFC 6901 §3). */
export function toPointerSegment(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

interface Reader {
  readonly text: string;
  at: number;
}

// Sticky, so that each matches at the reader's place only; `lastIndex` is set before every use.
const SPACE = /[\t\n\r ]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const LITERAL = /[-+.0-9A-Za-z]+/y;

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0] ?? '';
  reader.at += found.length;
  return found;
}

function readValue(reader: Reader, pointer: string): void {
  take(reader, SPACE);
  const first = reader.text[reader.at];
  if (first === '{') readMembers(reader, pointer);
  else if (first === '[') readElements(reader, pointer);
  else if (first === '"') readString(reader, pointer);
  else readLiteral(reader, pointer);
  take(reader, SPACE);
}

function readMembers(reader: Reader, pointer: string): void {
  const names = new Set<string>();
  reader.at++;
  take(reader, SPACE);
  while (reader.text[reader.at] !== '}') {
    take(reader, SPACE);
    const name = readString(reader, pointer);
    const place = pointer + toPointerSegment(name);
    if (names.has(name)) refuse('malformed', place, 'Is given more than once.');
    names.add(name);
    take(reader, SPACE);
    reader.at++;
    readValue(reader, place);
    if (reader.text[reader.at] === ',') reader.at++;
  }
  reader.at++;
}

function readElements(reader: Reader, pointer: string): void {
  reader.at++;
  take(reader, SPACE);
  for (let index = 0; reader.text[reader.at] !== ']'; index++) {
    readValue(reader, `${pointer}/${index}`);
    if (reader.text[reader.at] === ',') reader.at++;
  }
  reader.at++;
}

function readString(reader: Reader, pointer: string): string {
  const value = String(JSON.parse(take(reader, STRING)));
  if (!value.isWellFormed()) refuse('malformed', pointer, 'Holds half of a surrogate pair.');
  return value;
}

function readLiteral(reader: Reader, pointer: string): void {
  const literal = take(reader, LITERAL);
  if (literal === 'true' || literal === 'false' || literal === 'null') return;
  const number = Number(literal);
  if (!Number.isFinite(number)) refuse('invalid', pointer, 'Is larger than a number can be.');
  if (Object.is(number, -0)) refuse('invalid', pointer, 'Is a negative zero: send 0.');
}

function refuse(code: 'malformed' | 'invalid', pointer: string, detail: string): never {
  const message = code === 'malformed' ? 'The body is not acceptable JSON.' : 'A number is wrong.';
  throw Failure.rejected(code, message, { violations: [{ pointer, detail }] });
}
