import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import { canonicalJson } from './json.ts';
import type { DeclaredError } from './operation.ts';
import type { ObjectShape, UnionShape } from './shape.ts';
import { rootsOf, walkShape } from './walk.ts';

/** Names that generators of classes take for one: `userId`, `userID`, `user_id`. */
function fold(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** Reports names that stop an importer of the WSDL (`wsimport` among them). */
export function checkNames(api: Api, report: Report): void {
  for (const { place, type } of rootsOf(api)) {
    walkShape(type.shape, place, (shape, where) => {
      if (shape.kind === 'object') checkFieldNames(shape, where, report);
      if (shape.kind === 'union') checkBranches(shape, where, report);
    });
  }
  checkGlobalNames(api, report);
  checkErrorNames(api, report);
}

function checkFieldNames({ fields }: ObjectShape, place: string, report: Report): void {
  const taken = new Map<string, string>();
  for (const { name } of fields) {
    const other = taken.get(fold(name));
    taken.set(fold(name), other ?? name);
    if (other === undefined) continue;
    report(`${place}.${name}`, `"${name}" and "${other}" become one name in generated classes.`);
  }
}

/** The local part of an XML name (Namespaces in XML 1.0 §3), without dots and letters beyond ASCII. */
const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

function checkBranches({ branches, tag }: UnionShape, place: string, report: Report): void {
  const taken = new Map<string, string>();
  for (const { value } of branches) {
    if (!ELEMENT_NAME.test(value)) {
      report(`${place}.${tag}`, `"${value}" can't name the element of a branch in XML.`);
    }
    const other = taken.get(fold(value));
    taken.set(fold(value), other ?? value);
    if (other === undefined) continue;
    report(`${place}.${tag}`, `"${value}" and "${other}" become one name in generated classes.`);
  }
}

/** Types, operations, their responses and errors all become classes of one package. */
function checkGlobalNames(api: Api, report: Report): void {
  const taken = new Map<string, string>();
  const add = (name: string, place: string) => {
    const other = taken.get(fold(name));
    taken.set(fold(name), other ?? place);
    if (other === undefined) return;
    report(place, `its class "${name}" would be the class of ${other} too; rename one of them.`);
  };
  for (const name of Object.keys(api.types)) add(name, `types.${name}`);
  for (const name of Object.keys(api.operations)) {
    add(name, `operations.${name}`);
    add(`${name}Response`, `operations.${name}`);
  }
  const errors = new Set(
    Object.values(api.operations).flatMap(({ errors }) => Object.keys(errors)),
  );
  for (const name of errors) add(name, `errors.${name}`);
}

/** An error is one element and one class, whichever operations declare it. */
function checkErrorNames(api: Api, report: Report): void {
  const first = new Map<string, { readonly error: DeclaredError; readonly operation: string }>();
  for (const { name: operation, errors } of Object.values(api.operations)) {
    for (const error of Object.values(errors)) {
      const known = first.get(error.name);
      if (known === undefined) {
        first.set(error.name, { error, operation });
      } else if (describe(known.error) !== describe(error)) {
        report(
          `operations.${operation}.errors.${error.name}`,
          `the operation "${known.operation}" declares another error of this name.`,
        );
      }
    }
  }
}

const describe = ({ status, data }: DeclaredError) => canonicalJson([status, data?.schema ?? null]);
