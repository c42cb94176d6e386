import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import { checkPermissions } from './rules-operation.ts';
import type { Field, ObjectShape } from './shape.ts';
import { isScalar, resolveShape, rootsOf, walkShape } from './walk.ts';

/** The same limits as those of the ids that the host makes. */
const ID_PREFIX = /^[a-z][a-z0-9]{0,15}$/;

/** Reports marks that stand where they mean nothing. */
export function checkFields(api: Api, report: Report): void {
  for (const { place, type } of rootsOf(api)) {
    walkShape(type.shape, place, (shape, where) => {
      if (shape.kind === 'array' && shape.uniqueItems && !isScalar(shape.items, api.types)) {
        // Comparing whole values takes the square of their number, and validators stumble over
        // members such as `valueOf`.
        report(where, 'only lists of single values can be told to hold each of them once.');
      }
      if (shape.kind !== 'object') return;
      for (const field of shape.fields) checkMarks(field, where, { api, report });
    });
  }
  for (const { name, input, output } of Object.values(api.operations)) {
    checkVersions(input.shape, `operations.${name}.input`, report);
    if (output) checkVersions(output.shape, `operations.${name}.output`, report);
  }
}

function checkMarks(
  field: Field,
  within: string,
  { api, report }: { readonly api: Api; readonly report: Report },
): void {
  const place = `${within}.${field.name}`;
  const { kind, nullable } = resolveShape(field.shape, api.types);
  if (field.id !== undefined && (!ID_PREFIX.test(field.id) || kind !== 'string')) {
    report(place, `id("${field.id}") marks a string, with 1 to 16 lower-case letters and digits.`);
  }
  if (field.access !== undefined) {
    checkPermissions(field.access, place, report);
    if (field.required) {
      report(place, 'a field with access() is optional: it is absent for callers without it.');
    }
  }
  if (field.version === true && (nullable === true || !['string', 'integer'].includes(kind))) {
    report(place, 'version() marks a string or an integer.');
  }
}

function checkVersions(shape: ObjectShape, place: string, report: Report): void {
  const marked = shape.fields.filter(({ version }) => version === true);
  if (marked.length < 2) return;
  const names = marked.map(({ name }) => name).join(', ');
  report(place, `only one field is the version, and here are ${names}.`);
}
