import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import type { Operation } from './operation.ts';
import { fieldOf } from './page.ts';
import { isScalar } from './walk.ts';

/** Reports operations that name other operations wrongly. */
export function checkReferences(operation: Operation, api: Api, report: Report): void {
  checkCreates(operation, api, report);
  checkUndoes(operation, api, report);
  checkDeprecation(operation, api, report);
}

const find = (api: Api, name: string): Operation | undefined =>
  Object.hasOwn(api.operations, name) ? api.operations[name] : undefined;

function checkCreates(operation: Operation, api: Api, report: Report): void {
  const { creates, effect, output } = operation;
  if (creates === undefined) return;
  const place = `operations.${operation.name}.creates`;
  const reader = find(api, creates);
  if (reader === undefined) {
    report(place, `"${creates}" is not an operation of this API.`);
    return;
  }
  if (effect === 'safe') report(place, 'a safe operation makes nothing.');
  if (reader.effect !== 'safe' || reader.http.method !== 'GET') {
    report(place, `"${creates}" does not read with GET, so it can't be a Location.`);
  }
  for (const parameter of reader.http.parameters) {
    const field = output === undefined ? undefined : fieldOf(output.shape, parameter);
    if (field?.required === true && isScalar(field.shape, api.types)) continue;
    report(place, `the output has no field "${parameter}" to fill "${reader.http.path}" with.`);
  }
}

function checkUndoes(operation: Operation, api: Api, report: Report): void {
  const { undoes, effect } = operation;
  if (undoes === undefined) return;
  const place = `operations.${operation.name}.undoes`;
  if (find(api, undoes)?.effect !== 'keyed') {
    report(place, `"${undoes}" is not a keyed operation of this API.`);
  }
  if (effect !== 'keyed' && effect !== 'idempotent') {
    report(place, 'an undo is repeated until it works, so it is keyed or idempotent.');
  }
}

function checkDeprecation(operation: Operation, api: Api, report: Report): void {
  const { deprecated, name } = operation;
  if (deprecated === undefined) return;
  const place = `operations.${name}.deprecated`;
  const { since, sunset, use } = deprecated;
  for (const date of sunset === undefined ? [since] : [since, sunset]) {
    if (!isDate(date)) report(place, `"${String(date)}" is not a date like "2026-07-31".`);
  }
  if (sunset !== undefined && sunset < since) report(place, 'the sunset comes before the notice.');
  if (use !== undefined && (use === name || find(api, use) === undefined)) {
    report(place, `"${use}" is not another operation of this API.`);
  }
}

/** RFC 3339 §5.6 `full-date`, one that the calendar has. */
function isDate(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
