import type { Failure } from '@portico/contract';
import { NAMESPACES } from './namespaces.ts';
import { escapeText, type XmlElement } from './xml-writer.ts';

/** What the `Problem` of a fault tells. */
export interface ProblemSource {
  readonly failure: Failure;
  /** Stable, for machines: `invalid`, `key-missing`, a declared error's name. */
  readonly code: string;
  readonly requestId: string;
}

/** The last element of every fault's detail: the same facts as a REST problem has (RFC 9457). */
export function writeProblem({ failure, code, requestId }: ProblemSource): string {
  const { details } = failure;
  const incident = failure.class === 'BUG' ? (details.incident ?? requestId) : undefined;
  const violations = (details.violations ?? []).map(
    ({ pointer, detail }) =>
      `<violation>${writeText('pointer', pointer)}${writeText('detail', detail)}</violation>`,
  );
  const parts = [
    writeText('code', code),
    writeText('requestId', requestId),
    writeText('reason', details.reason),
    writeText('incident', incident),
    writeText('retryAfterMs', details.retryAfterMs?.toString()),
    ...(details.permissions ?? []).map((permission) => writeText('permission', permission)),
    ...violations,
  ];
  return `<Problem xmlns="${NAMESPACES.portico}">${parts.join('')}</Problem>`;
}

function writeText(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeText(text)}</${name}>`;
}

/** The schema of what all APIs share: `Problem`, and the `IdempotencyKey` header of keyed operations. */
export const SHARED_SCHEMA: XmlElement = {
  name: 'xsd:schema',
  attributes: { targetNamespace: NAMESPACES.portico, elementFormDefault: 'qualified' },
  content: [
    {
      name: 'xsd:element',
      attributes: { name: 'Problem', type: 'portico:Problem' },
      content: [documentation('What went wrong, for machines; in the detail of every fault.')],
    },
    complexType('Problem', [
      member('code', 'xsd:string'),
      member('requestId', 'xsd:string'),
      member('reason', 'xsd:string', { minOccurs: 0 }),
      member('incident', 'xsd:string', { minOccurs: 0 }),
      member('retryAfterMs', 'xsd:long', { minOccurs: 0 }),
      member('permission', 'xsd:string', { minOccurs: 0, maxOccurs: 'unbounded' }),
      member('violation', 'portico:Violation', { minOccurs: 0, maxOccurs: 'unbounded' }),
    ]),
    complexType('Violation', [member('pointer', 'xsd:string'), member('detail', 'xsd:string')]),
    {
      name: 'xsd:element',
      attributes: { name: 'IdempotencyKey', type: 'xsd:string' },
      content: [documentation('The same key makes a repeated call count once.')],
    },
  ],
};

/** A sequence of elements under a name. */
export function complexType(
  name: string | undefined,
  content: readonly (XmlElement | undefined)[],
): XmlElement {
  return {
    name: 'xsd:complexType',
    attributes: { name },
    content: [{ name: 'xsd:sequence', content }],
  };
}

/** A sentence for readers of the document; nothing for an empty one. */
export function documentation(text: string | undefined): XmlElement | undefined {
  if (text === undefined || text === '') return undefined;
  return { name: 'xsd:annotation', content: [{ name: 'xsd:documentation', content: text }] };
}

function member(
  name: string,
  type: string,
  occurs: { readonly minOccurs?: 0; readonly maxOccurs?: 'unbounded' } = {},
): XmlElement {
  return { name: 'xsd:element', attributes: { name, type, ...occurs } };
}
