import type { Api, ObjectShape, Shape } from '@portico/contract';
import type { XmlElement } from './xml.ts';

/** Writes a value as the document/literal element `name`, as the contract's XML mapping says. */
export function toXml(api: Api, name: string, shape: Shape, value: unknown): string {
  if (value === null) return shape.kind === 'any' ? `<${name}>null</${name}>` : nil(name);
  return `<${name}>${content(api, shape, value)}</${name}>`;
}

const nil = (name: string) =>
  `<${name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`;

function content(api: Api, shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'reference':
      return content(api, resolve(api, shape), value);
    case 'any':
      return escapeText(JSON.stringify(value));
    case 'array':
      return Array.isArray(value)
        ? value.map((item) => toXml(api, 'item', shape.items, item)).join('')
        : escapeText(String(value));
    case 'map':
      return Object.entries(value as object)
        .map(
          ([key, item]) =>
            `<entry><key>${escapeText(key)}</key>${toXml(api, 'value', shape.values, item)}</entry>`,
        )
        .join('');
    case 'union': {
      // The element's name says which branch it is, so the tag itself is not written.
      const { [shape.tag]: tag, ...rest } = value as Record<string, unknown>;
      const branch = shape.branches.find((each) => each.value === tag);
      return branch ? toXml(api, branch.value, branch.shape, rest) : '';
    }
    case 'object':
      return fieldsXml(api, shape, value as Record<string, unknown>);
    default:
      return escapeText(String(value));
  }
}

function fieldsXml(api: Api, shape: ObjectShape, value: Record<string, unknown>): string {
  // Unknown fields are written too: the suite sends them on purpose.
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => {
      const field = shape.fields.find((each) => each.name === name);
      return field
        ? toXml(api, name, field.shape, item)
        : `<${name}>${escapeText(String(item))}</${name}>`;
    })
    .join('');
}

/** Reads an element as the value that the shape describes. */
export function fromXml(api: Api, shape: Shape, element: XmlElement): unknown {
  if (element.attributes.nil === 'true') return null;
  switch (shape.kind) {
    case 'reference':
      return fromXml(api, resolve(api, shape), element);
    case 'any':
      return JSON.parse(element.text);
    case 'array':
      return element.children.map((child) => fromXml(api, shape.items, child));
    case 'map':
      return Object.fromEntries(
        element.children.map((entry) => readEntry(api, shape.values, entry)),
      );
    case 'union': {
      const [child] = element.children;
      const branch = shape.branches.find((each) => each.value === child?.name);
      if (!child || !branch) throw new Error(`no branch in ${element.name}`);
      return { [shape.tag]: branch.value, ...(fromXml(api, branch.shape, child) as object) };
    }
    case 'object':
      return readFields(api, shape, element);
    case 'integer':
    case 'number':
      return Number(element.text);
    case 'boolean':
      return element.text === 'true';
    default:
      return element.text;
  }
}

function readFields(api: Api, shape: ObjectShape, element: XmlElement): Record<string, unknown> {
  return Object.fromEntries(
    element.children.map((child) => {
      const field = shape.fields.find((each) => each.name === child.name);
      if (!field) throw new Error(`unexpected element ${child.name} in ${element.name}`);
      return [field.name, fromXml(api, field.shape, child)];
    }),
  );
}

function readEntry(api: Api, values: Shape, entry: XmlElement): [string, unknown] {
  const [key, value] = entry.children;
  if (!key || !value) throw new Error('an entry without key and value');
  return [key.text, fromXml(api, values, value)];
}

function resolve(api: Api, shape: { readonly name: string }): Shape {
  const type = api.types[shape.name];
  if (!type) throw new Error(`no type ${shape.name}`);
  return type.shape;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}
