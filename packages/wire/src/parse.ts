import { ProtocolError } from './protocol-error.ts';

/** Longest name, version or hash that is taken from another process. */
const NAME_MAX = 256;

/** Whether a value is a plain object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON in these bytes. @throws {ProtocolError} when it is none, or no object. */
export function parseObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ProtocolError(`${what} is no JSON.`, { cause });
  }
  if (!isRecord(value)) throw new ProtocolError(`${what} is no object.`);
  return value;
}

/** @throws {ProtocolError} when `value` is no text of 1 to 256 characters. */
export function parseName(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= NAME_MAX) return value;
  throw new ProtocolError(`"${what}" is no text of 1 to ${NAME_MAX} characters.`);
}

/** @throws {ProtocolError} when `value` is no text of at most `lengthMax` characters. */
export function parseText(value: unknown, what: string, lengthMax: number): string {
  if (typeof value === 'string' && value.length <= lengthMax) return value;
  throw new ProtocolError(`"${what}" is no text of at most ${lengthMax} characters.`);
}

/** @throws {ProtocolError} when `value` is no whole number between `least` and `most`. */
export function parseInteger(
  value: unknown,
  what: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) {
    return Number(value);
  }
  throw new ProtocolError(`"${what}" is no whole number from ${least} to ${most}.`);
}
