import type { StringFormat } from './shape.ts';

/** A decimal number in its canonical form: no exponent, no plus sign, no superfluous leading zero. */
export const DECIMAL_PATTERN = '^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$';

/** The values of the JSON Schema keyword `format` that are kept. `binary` is `contentEncoding: base64`. */
const FORMATS: ReadonlySet<string> = new Set<Exclude<StringFormat, 'binary'>>([
  'date-time',
  'date',
  'time',
  'duration',
  'decimal',
  'uuid',
  'email',
  'uri',
]);

/** Whether `format` is one that every binding can express. */
export function isStringFormat(format: unknown): format is Exclude<StringFormat, 'binary'> {
  return typeof format === 'string' && FORMATS.has(format);
}

// What Zod 4 writes beside a format. They say what the format says, in hundreds of characters.
const DATE =
  '(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|' +
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|' +
  '(?:02)-(?:0[1-9]|1\\d|2[0-8])))';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?';
const HEX = '[0-9a-fA-F]';

const IMPLIED: { readonly [F in StringFormat]?: readonly string[] } = {
  date: [`^${DATE}$`],
  'date-time': [
    `^${DATE}T(?:${TIME}(?:Z))$`,
    `^${DATE}T(?:${TIME}(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$`,
  ],
  duration: [
    '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?' +
      '(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$',
  ],
  decimal: [DECIMAL_PATTERN],
  email: [
    "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@" +
      '(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$',
  ],
  uuid: [
    `^(${HEX}{8}-${HEX}{4}-[1-8]${HEX}{3}-[89abAB]${HEX}{3}-${HEX}{12}|` +
      '00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
    `^(${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12})$`,
  ],
  binary: ['^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$'],
};

/**
 * Whether a pattern says no more than the format beside it, so that documents can do without. Only
 * patterns known to be implied are; any other is kept, because dropping it would widen the type.
 */
export function isImpliedPattern(format: StringFormat, pattern: unknown): boolean {
  return IMPLIED[format]?.some((known) => known === pattern) ?? false;
}
