import type { Field, ObjectShape, Shape, Type, Violation } from '@portico/contract';
import type { Caller } from '@portico/service';
import { missingPermissions } from './permissions.ts';
import { pointTo, VIOLATIONS_MAX } from './violations.ts';

/** The fields of a type that not every caller may see or send (the mark `access`). */
export interface FieldAccess {
  /** Removes from `value`, which is a copy already, what `caller` may not see. */
  hide(value: unknown, caller: Caller): void;
  /** The fields in `value` that `caller` may not send: to them, these fields do not exist. */
  refusals(value: unknown, caller: Caller): readonly Violation[];
}

type Types = Readonly<Record<string, Type>>;
type Members = Record<string, unknown>;
/** Gets each marked field that is present and that the caller lacks the permission for. */
type Visit = (owner: Members, field: Field, pointer: string) => void;

/** `undefined` for types without marked fields, which are nearly all: their calls pay nothing. */
export function createFieldAccess(shape: Shape, types: Types): FieldAccess | undefined {
  if (!isMarked(shape, types, new Set())) return undefined;
  return {
    hide(value, caller) {
      const visit: Visit = (owner, field) => void delete owner[field.name];
      walk(shape, value, { types, caller, visit, pointer: '' });
    },
    refusals(value, caller) {
      const found: Violation[] = [];
      const visit: Visit = (_owner, _field, pointer) => {
        if (found.length < VIOLATIONS_MAX) found.push({ pointer, detail: 'is not known.' });
      };
      walk(shape, value, { types, caller, visit, pointer: '' });
      return found;
    },
  };
}

function isMarked(shape: Shape, types: Types, seen: Set<string>): boolean {
  switch (shape.kind) {
    case 'object':
      return shape.fields.some(
        (field) => field.access !== undefined || isMarked(field.shape, types, seen),
      );
    case 'array':
      return isMarked(shape.items, types, seen);
    case 'map':
      return isMarked(shape.values, types, seen);
    case 'union':
      return shape.branches.some((branch) => isMarked(branch.shape, types, seen));
    case 'reference': {
      if (seen.has(shape.name)) return false;
      seen.add(shape.name);
      const named = types[shape.name];
      return named !== undefined && isMarked(named.shape, types, seen);
    }
    default:
      return false;
  }
}

interface Walk {
  readonly types: Types;
  readonly caller: Caller;
  readonly visit: Visit;
  readonly pointer: string;
}

/** Goes through a value that fits its shape. */
function walk(shape: Shape, value: unknown, at: Walk): void {
  if (typeof value !== 'object' || value === null) return;
  const members = value as Members;
  switch (shape.kind) {
    case 'object':
      walkFields(shape, members, at);
      break;
    case 'array':
    case 'map': {
      const inner = shape.kind === 'array' ? shape.items : shape.values;
      for (const [name, item] of Object.entries(members)) {
        walk(inner, item, { ...at, pointer: pointTo(at.pointer, name) });
      }
      break;
    }
    case 'union': {
      const branch = shape.branches.find((candidate) => candidate.value === members[shape.tag]);
      if (branch) walkFields(branch.shape, members, at);
      break;
    }
    case 'reference': {
      const named = at.types[shape.name];
      if (named) walk(named.shape, value, at);
      break;
    }
    default:
      break;
  }
}

function walkFields({ fields }: ObjectShape, members: Members, at: Walk): void {
  for (const field of fields) {
    if (!Object.hasOwn(members, field.name)) continue;
    const pointer = pointTo(at.pointer, field.name);
    const { access } = field;
    if (access && missingPermissions(access, at.caller).length > 0) {
      at.visit(members, field, pointer);
    } else {
      walk(field.shape, members[field.name], { ...at, pointer });
    }
  }
}
