import type { Shape, Type } from '@portico/contract';
import { setOwn } from '../copy-json.ts';

/** The named types of an API. */
type Types = Readonly<Record<string, Type>>;

/** As deep as values may be; what is deeper is refused by the copier. */
const DEPTH_MAX = 100;

/**
 * A value without the fields that `shape` does not know. A consumer may be older than its producer: a
 * field that was added since is none of its business, and never an error.
 */
export function dropUnknown(value: unknown, shape: Shape, types: Types): unknown {
  return drop(value, shape, { types, depth: 0 });
}

interface Place {
  readonly types: Types;
  readonly depth: number;
}

function drop(value: unknown, shape: Shape, place: Place): unknown {
  if (typeof value !== 'object' || value === null || place.depth >= DEPTH_MAX) return value;
  const inner = { types: place.types, depth: place.depth + 1 };
  switch (shape.kind) {
    case 'reference': {
      const type = Object.hasOwn(place.types, shape.name) ? place.types[shape.name] : undefined;
      return type ? drop(value, type.shape, inner) : value;
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => drop(item, shape.items, inner)) : value;
    case 'map':
      return mapMembers(value, () => shape.values, inner);
    case 'object': {
      const fields = new Map(shape.fields.map((field) => [field.name, field.shape]));
      return mapMembers(value, (name) => fields.get(name), inner);
    }
    case 'union': {
      const tag = Reflect.get(value, shape.tag);
      const branch = shape.branches.find((one) => one.value === tag);
      return branch ? drop(value, branch.shape, inner) : value;
    }
    default:
      return value;
  }
}

function mapMembers(
  value: object,
  shapeOf: (name: string) => Shape | undefined,
  place: Place,
): unknown {
  if (Array.isArray(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const shape = shapeOf(name);
    if (shape) setOwn(kept, name, drop(member, shape, place));
  }
  return kept;
}
