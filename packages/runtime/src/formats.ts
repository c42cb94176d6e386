import type { StringFormat } from '@portico/contract';
import { fullFormats } from 'ajv-formats/dist/formats.js';

/** Digits only, so that no decimal ever passes through a double (`xsd:decimal` without `+` and exponent). */
const DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;
/** RFC 3339 §5.6 with its letters in upper case and no space for the `T`, as ISO 8601 and XSD have it. */
const DATE_TIME = /^[0-9-]{10}T[0-9:.]{8,}(?:Z|[+-][0-9]{2}:[0-9]{2})$/;
/** RFC 9562 §4 without the `urn:uuid:` that some accept. */
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Base 64 with padding (RFC 4648 §4). */
const BASE_64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Tells whether a string has a format. */
export type FormatCheck = (value: string) => boolean;

const isDateTime = toCheck(fullFormats['date-time']);

/**
 * What each format of a contract means, for the compiled copier and for Ajv alike: both must give the
 * same verdict. Dates and times are ISO 8601 as RFC 3339 profiles it; a `time` may lack its zone, as
 * `xsd:time` may.
 */
export const formats: Readonly<Record<StringFormat, FormatCheck>> = {
  'date-time': (value) => DATE_TIME.test(value) && isDateTime(value),
  date: toCheck(fullFormats.date),
  time: toCheck(fullFormats['iso-time']),
  duration: toCheck(fullFormats.duration),
  uuid: (value) => UUID.test(value),
  email: toCheck(fullFormats.email),
  uri: toCheck(fullFormats.uri),
  decimal: (value) => DECIMAL.test(value),
  binary: (value) => BASE_64.test(value),
};

function toCheck(format: unknown): FormatCheck {
  if (format instanceof RegExp) return (value) => format.test(value);
  if (typeof format === 'function') return format as FormatCheck;
  const { validate } = format as { readonly validate: unknown };
  return toCheck(validate);
}
