import { Failure } from '@portico/contract';

/** How closely a media range names JSON; the closest one decides (RFC 9110 §12.5.1). */
const RANGES: Readonly<Record<string, number>> = {
  '*/*': 1,
  'application/*': 2,
  'application/json': 3,
};
const ZERO_WEIGHT = /;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i;

/**
 * Refuses a request whose `Accept` excludes JSON, the only form we have, before anything is done.
 *
 * @throws {Failure} `not-acceptable`.
 */
export function assertJsonAcceptable(accept: string | undefined): void {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return;
  let closest = 0;
  let accepted = false;
  for (const range of accept.split(',')) {
    const semicolon = range.indexOf(';');
    const name = (semicolon < 0 ? range : range.slice(0, semicolon)).trim().toLowerCase();
    const closeness = Object.hasOwn(RANGES, name) ? (RANGES[name] ?? 0) : 0;
    if (closeness <= closest) continue;
    closest = closeness;
    accepted = semicolon < 0 || !ZERO_WEIGHT.test(range.slice(semicolon));
  }
  if (accepted || accept.trim() === '') return;
  throw Failure.rejected('not-acceptable', 'Answers come as application/json only.');
}
