import { Failure } from '@portico/contract';
import { BOOLEAN, collapse } from './lexical.ts';
import { NAMESPACES } from './namespaces.ts';
import { toNotUnderstood } from './protocol-failures.ts';
import type { SoapVersion } from './soap-version.ts';
import { attributeOf, type XmlNode } from './xml-node.ts';

/** The header blocks that mean something here. */
export interface UnderstoodBlocks {
  readonly security: XmlNode | undefined;
  readonly idempotencyKey: string | undefined;
}

/**
 * Picks our header blocks out of those that are for us, and refuses the message when one that must be
 * understood is not ours (SOAP 1.1 §4.2.3, SOAP 1.2 part 1 §2.4). Blocks for others are left alone.
 *
 * @throws {Failure} must-understand with the blocks' names; `malformed` for a block that comes twice.
 */
export function readHeaderBlocks(
  blocks: readonly XmlNode[],
  version: SoapVersion,
): UnderstoodBlocks {
  const ours = blocks.filter((block) => isForUs(block, version));
  const unknown = ours.filter((block) => !isUnderstood(block) && mustUnderstand(block, version));
  if (unknown.length > 0) throw toNotUnderstood(unknown);
  const key = single(ours, isIdempotencyKey);
  return {
    security: single(ours, isSecurity),
    idempotencyKey: key === undefined ? undefined : collapse(key.text),
  };
}

function isSecurity({ uri, local }: XmlNode): boolean {
  return uri === NAMESPACES.wsse && local === 'Security';
}

function isIdempotencyKey({ uri, local }: XmlNode): boolean {
  return uri === NAMESPACES.portico && local === 'IdempotencyKey';
}

function isUnderstood(block: XmlNode): boolean {
  return isSecurity(block) || isIdempotencyKey(block);
}

function isForUs(block: XmlNode, version: SoapVersion): boolean {
  const role = attributeOf(block, version.namespace, version.roleAttribute) ?? '';
  return version.ourRoles.includes(collapse(role));
}

function mustUnderstand(block: XmlNode, version: SoapVersion): boolean {
  const said = attributeOf(block, version.namespace, 'mustUnderstand');
  if (said === undefined) return false;
  const value = BOOLEAN.parse(said);
  if (typeof value === 'boolean') return value;
  const message = `The attribute mustUnderstand of ${block.local} is neither true nor false.`;
  throw Failure.rejected('malformed', message);
}

function single(
  blocks: readonly XmlNode[],
  matches: (block: XmlNode) => boolean,
): XmlNode | undefined {
  const [first, second] = blocks.filter(matches);
  if (second !== undefined) {
    throw Failure.rejected('malformed', `The header block ${second.local} is given twice.`);
  }
  return first;
}
