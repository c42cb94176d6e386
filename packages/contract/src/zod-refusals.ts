const TRANSFORMED =
  'a transformation (transform, preprocess, pipe, codec, stringbool) is refused: values cross a ' +
  'contract unchanged.';
const DEFAULTED =
  'a default is refused: nothing applies it; make the field optional and choose the value in the ' +
  'handler.';
const NOTHING = 'undefined is not a value of JSON; make the field optional.';

/** Types of Zod that JSON Schema can't say, or would show as something else. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['transform', TRANSFORMED],
  ['pipe', TRANSFORMED],
  ['default', DEFAULTED],
  ['prefault', DEFAULTED],
  ['catch', 'catch is refused: an invalid value is an error of the caller.'],
  ['promise', 'a promise is refused: values cross a contract as data.'],
  ['success', 'z.success is refused: it yields something else than it accepts.'],
  ['custom', 'a custom check is refused: it is not in the JSON Schema, so nothing would check it.'],
  ['bigint', 'a bigint is not a value of JSON; use z.int(), or a string with the mark decimal().'],
  ['date', 'a Date is not a value of JSON; use z.iso.datetime().'],
  ['map', 'a Map is not a value of JSON; use z.record().'],
  ['set', 'a Set is not a value of JSON; use z.array().'],
  ['undefined', NOTHING],
  ['void', NOTHING],
  ['symbol', 'a symbol is not a value of JSON.'],
  ['nan', 'NaN is not a value of JSON.'],
  ['function', 'a function is not a value of JSON.'],
  ['file', 'a file is not a value of JSON; use z.base64().'],
]);

/** Why a type of Zod is refused, in a sentence, or nothing. */
export function refusedType(type: string): string | undefined {
  return TYPES.get(type);
}

/** Checks of Zod that its conversion to JSON Schema carries over. */
const CARRIED: ReadonlySet<unknown> = new Set([
  'greater_than',
  'less_than',
  'multiple_of',
  'number_format',
  'min_length',
  'max_length',
  'length_equals',
  'string_format',
]);

/** Why a check of Zod is refused, in a sentence, or nothing. */
export function refusedCheck(check: unknown): string | undefined {
  if (CARRIED.has(check)) return undefined;
  if (check === 'overwrite') {
    return 'trim, toLowerCase, normalize and the like are refused: values stay unchanged.';
  }
  return (
    'refine, superRefine and check are refused: they are not in the JSON Schema, so nothing would ' +
    'check them; check in the handler and declare an error.'
  );
}
