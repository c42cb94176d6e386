import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import { MARKS } from './marks.ts';
import type { Operation } from './operation.ts';
import { fieldOf, looksLikePage, pageProblem } from './page.ts';
import { routeProblem } from './route.ts';
import { mapSchema, reachableTypes } from './schema-bounds.ts';
import type { Field, JsonSchema } from './shape.ts';
import { isScalar, resolveShape } from './walk.ts';

/** Reports what is wrong between an operation's route and its fields. */
export function checkRoute(operation: Operation, api: Api, report: Report): void {
  const place = `operations.${operation.name}`;
  const problem = routeProblem(operation.http);
  if (problem !== undefined) {
    report(`${place}.http`, problem);
    return;
  }
  checkMethod(operation, place, report);
  checkPathParameters(operation, api, report);
  checkQuery(operation, api, report);
  checkOwner(operation, api, report);
  checkRaw(operation, api, report);
  if (looksLikePage(operation, api)) {
    const wrong = pageProblem(operation, api);
    if (wrong !== undefined) report(`${place}.input`, wrong);
  }
}

/** RFC 9110 §9.2.1 and §9.2.2: what the method promises, the effect must keep. */
function checkMethod({ http, effect }: Operation, place: string, report: Report): void {
  const { method } = http;
  if (method === 'GET' && effect !== 'safe') {
    report(`${place}.http`, `GET promises a safe operation, and this one is ${effect}.`);
  }
  if (effect === 'safe' && method !== 'GET' && method !== 'POST') {
    report(`${place}.http`, `a safe operation is a GET, or a POST if its input needs a body.`);
  }
  if (effect === 'unsafe' && (method === 'PUT' || method === 'DELETE')) {
    report(`${place}.http`, `${method} promises that repeating it is harmless; use POST.`);
  }
}

function checkPathParameters(operation: Operation, api: Api, report: Report): void {
  const place = `operations.${operation.name}`;
  for (const name of operation.http.parameters) {
    const field = fieldOf(operation.input.shape, name);
    if (field === undefined) {
      report(`${place}.http`, `the path names {${name}}, which is not a field of the input.`);
    } else if (!field.required || !isScalar(field.shape, api.types)) {
      report(`${place}.input.${name}`, 'a path parameter is required and a single value.');
    }
  }
}

/** The fields of an input that REST takes from the query, since the request has no body. */
export function queryFields({ http, input }: Operation): readonly Field[] {
  if (http.method !== 'GET' && http.method !== 'DELETE') return [];
  return input.shape.fields.filter(
    ({ name, version }) => !http.parameters.includes(name) && version !== true,
  );
}

function checkQuery(operation: Operation, { types }: Api, report: Report): void {
  for (const field of queryFields(operation)) {
    const shape = resolveShape(field.shape, types);
    const values = shape.kind === 'array' && shape.nullable !== true ? shape.items : shape;
    if (isScalar(values, types)) continue;
    report(
      `operations.${operation.name}.input.${field.name}`,
      `${operation.http.method} has no body, and a query holds only single values and lists of ` +
        'them, none of them null; use POST.',
    );
  }
}

function checkOwner(operation: Operation, api: Api, report: Report): void {
  const { name, exposure, owner, input } = operation;
  if (owner !== undefined || (exposure !== 'public' && exposure !== 'partner')) return;
  if (!carriesId(input.schema, api)) return;
  report(
    `operations.${name}`,
    "the input carries an id(…), so say whose the thing is: owner: 'subject', 'consumer', " +
      "'tenant' or 'shared'.",
  );
}

function carriesId(schema: JsonSchema, { types }: Api): boolean {
  const schemas = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, type.schema]),
  );
  const all = [
    schema,
    ...[...reachableTypes([schema], schemas)].map((name) => schemas[name] ?? {}),
  ];
  let found = false;
  for (const one of all) {
    mapSchema(one, (part) => {
      found ||= part[MARKS.id] !== undefined;
      return part;
    });
  }
  return found;
}

/** RFC 9110 §5.6.2: the characters of a field name. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function checkRaw(operation: Operation, { types }: Api, report: Report): void {
  const { raw, http, input, name } = operation;
  if (raw === undefined) return;
  const place = `operations.${name}.raw`;
  if (http.method !== 'POST' && http.method !== 'PUT') {
    report(place, `${http.method} has no body that could be taken as bytes.`);
  }
  const body = fieldOf(input.shape, raw.body);
  const shape = body === undefined ? undefined : resolveShape(body.shape, types);
  if (shape?.kind !== 'string' || shape.format !== 'binary') {
    report(place, `"${raw.body}" is not a binary field (z.base64()) of the input.`);
  }
  for (const [field, header] of Object.entries(raw.headers)) {
    const target = fieldOf(input.shape, field);
    if (target === undefined || resolveShape(target.shape, types).kind !== 'string') {
      report(place, `"${field}" is not a string field of the input.`);
    }
    if (!HEADER_NAME.test(header)) report(place, `"${header}" is not the name of a header.`);
  }
  const filled = new Set([raw.body, ...Object.keys(raw.headers), ...http.parameters]);
  for (const field of input.shape.fields) {
    if (!field.required || filled.has(field.name)) continue;
    report(place, `nothing fills the required field "${field.name}".`);
  }
}
