import type { Api } from './api.ts';

import type { Shape, Type } from './shape.ts';

/** A structure of an API that is not part of a named type, with its place. */
export interface Rooted {
  readonly place: string;
  readonly type: Type;
}

/** Every type that stands in an API: inputs, outputs, errors' data, payloads, named types. */
export function rootsOf(api: Api): readonly Rooted[] {
  const roots: Rooted[] = [];
  for (const operation of Object.values(api.operations)) {
    const place = `operations.${operation.name}`;
    roots.push({ place: `${place}.input`, type: operation.input });
    if (operation.output) roots.push({ place: `${place}.output`, type: operation.output });
    for (const { name, data } of Object.values(operation.errors)) {
      if (data) roots.push({ place: `${place}.errors.${name}`, type: data });
    }
  }
  for (const event of Object.values(api.events)) {
    roots.push({ place: `events.${event.name}.payload`, type: event.payload });
  }
  for (const [name, type] of Object.entries(api.types)) {
    roots.push({ place: `types.${name}`, type });
  }
  return roots;
}

/** Visits a shape and those within it, not following references: named types are roots themselves. */
export function walkShape(
  shape: Shape,
  place: string,
  visit: (shape: Shape, place: string) => void,
): void {
  visit(shape, place);
  switch (shape.kind) {
    case 'object':
      for (const field of shape.fields) walkShape(field.shape, `${place}.${field.name}`, visit);
      break;
    case 'array':
      walkShape(shape.items, `${place}[]`, visit);
      break;
    case 'map':
      walkShape(shape.values, `${place}{}`, visit);
      break;
    case 'union':
      for (const branch of shape.branches) {
        // A named branch is visited as the named type.
        if (branch.name === undefined) walkShape(branch.shape, `${place}(${branch.value})`, visit);
      }
      break;
  }
}

/** A shape with its references followed; `nullable` where any of them is. */
export function resolveShape(shape: Shape, types: Api['types']): Shape {
  let current = shape;
  let nullable = shape.nullable === true;
  // A chain longer than the number of types is a circle.
  for (let steps = 0; steps <= Object.keys(types).length; steps++) {
    if (current.kind !== 'reference') return nullable ? { ...current, nullable } : current;
    const type = types[current.name];
    if (type === undefined) break;
    current = type.shape;
    nullable ||= current.nullable === true;
  }
  return { kind: 'any' };
}

/** Whether a value is one piece of text or number, as a path segment or a query value can hold. */
export function isScalar(shape: Shape, types: Api['types']): boolean {
  const { kind, nullable } = resolveShape(shape, types);
  return nullable !== true && ['string', 'integer', 'number', 'boolean'].includes(kind);
}
