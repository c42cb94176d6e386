import type { Shape, Violation } from '@portico/contract';
import { toPointerSegment } from './guard-explain.ts';
import { resolveShape, type Types } from './parameters.ts';

interface Place {
  readonly pointer: string;
  readonly types: Types;
  readonly violations: Violation[];
}

/**
 * Whole numbers that lost digits when they were parsed, in fields that hold whole numbers: beyond
 * 2^53 − 1 a double has no place for each of them, and to round silently would change what was sent.
 */
export function findInexactIntegers(value: unknown, shape: Shape, types: Types): Violation[] {
  const violations: Violation[] = [];
  visit(value, shape, { pointer: '', types, violations });
  return violations;
}

function visit(value: unknown, shape: Shape, place: Place): void {
  const found = resolveShape(shape, place.types);
  if (found.kind === 'integer') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      const detail = 'Must lie between −(2^53 − 1) and 2^53 − 1.';
      place.violations.push({ pointer: place.pointer, detail });
    }
  } else if (Array.isArray(value)) {
    if (found.kind !== 'array') return;
    value.forEach((item, index) => {
      visit(item, found.items, below(place, String(index)));
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const inner = memberShape(found, name, value);
      if (inner) visit(member, inner, below(place, name));
    }
  }
}

function memberShape(shape: Shape, name: string, value: object): Shape | undefined {
  if (shape.kind === 'map') return shape.values;
  if (shape.kind === 'object') return shape.fields.find((field) => field.name === name)?.shape;
  if (shape.kind !== 'union') return undefined;
  const tag = (value as Record<string, unknown>)[shape.tag];
  const branch = shape.branches.find((one) => one.value === tag);
  return branch && memberShape(branch.shape, name, value);
}

function below(place: Place, name: string): Place {
  return { ...place, pointer: place.pointer + toPointerSegment(name) };
}
