import { createHash } from 'node:crypto';
import { type Api, type Operation, toContractJson } from '@portico/contract';
import { isRecord, parseName } from './parse.ts';
import { ProtocolError } from './protocol-error.ts';

/** One API as its server announces it: operations have numbers for as long as the connection lasts. */
export interface ServedApi {
  readonly version: string;
  /** SHA-256 of the contract, so that two processes see whether they have the same. */
  readonly hash: string;
  readonly operations: Readonly<Record<string, number>>;
}

/** What is announced in the handshake, by API name. */
export type OperationTable = Readonly<Record<string, ServedApi>>;

/** An API as a caller of it has it. */
export interface UsedApi {
  readonly version: string;
  readonly hash: string;
}

/** Numbers are `u16`. */
const OPERATIONS_MAX = 0x1_0000;

/** The operations of a server: what it announces, and what its numbers mean. */
export interface ServedOperations {
  readonly table: OperationTable;
  /** The operation of each number. */
  readonly operations: readonly Operation[];
}

/** Numbers the operations of `apis`. @throws {RangeError} for more than 65,536. */
export function numberOperations(apis: readonly Api[]): ServedOperations {
  const operations: Operation[] = [];
  const table: Record<string, ServedApi> = {};
  for (const api of apis) {
    const numbers: Record<string, number> = {};
    for (const operation of Object.values(api.operations)) {
      numbers[operation.name] = operations.length;
      operations.push(operation);
    }
    table[api.name] = { version: api.version, hash: hashOf(api), operations: numbers };
  }
  if (operations.length > OPERATIONS_MAX) {
    throw new RangeError(
      `One process can serve ${OPERATIONS_MAX} operations, not ${operations.length}.`,
    );
  }
  return { table, operations };
}

/** What a dialler says of the APIs that it calls. */
export function describeUses(apis: readonly Api[]): Readonly<Record<string, UsedApi>> {
  return Object.fromEntries(
    apis.map((api) => [api.name, { version: api.version, hash: hashOf(api) }]),
  );
}

/** The operations of `uses` that `table` has in the same major version: id → number. */
export function matchOperations(
  uses: readonly Api[],
  table: OperationTable,
): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const api of uses) {
    const served = Object.hasOwn(table, api.name) ? table[api.name] : undefined;
    if (!served || majorOf(served.version) !== api.major) continue;
    for (const operation of Object.values(api.operations)) {
      if (!Object.hasOwn(served.operations, operation.name)) continue;
      numbers.set(operation.id, served.operations[operation.name] as number);
    }
  }
  return numbers;
}

/** @throws {ProtocolError} for anything that is no operation table. */
export function parseOperationTable(value: unknown): OperationTable {
  return Object.fromEntries(
    entriesOf(value, 'services').map(([name, api]) => {
      const { version, hash } = parseUsedApi(api);
      const operations = entriesOf(isRecord(api) ? api.operations : undefined, 'operations');
      const numbers = operations.map(([operation, number]) => [operation, parseU16(number)]);
      return [name, { version, hash, operations: Object.fromEntries(numbers) }];
    }),
  );
}

/** @throws {ProtocolError} for anything that does not say which APIs are used. */
export function parseUses(value: unknown): Readonly<Record<string, UsedApi>> {
  return Object.fromEntries(
    entriesOf(value, 'uses').map(([name, api]) => [name, parseUsedApi(api)]),
  );
}

function parseUsedApi(value: unknown): UsedApi {
  const { version, hash } = isRecord(value) ? value : {};
  return { version: parseName(version, 'version'), hash: parseName(hash, 'hash') };
}

function entriesOf(value: unknown, what: string): [string, unknown][] {
  if (!isRecord(value)) throw new ProtocolError(`"${what}" is no object.`);
  return Object.entries(value);
}

function parseU16(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) < OPERATIONS_MAX) {
    return Number(value);
  }
  throw new ProtocolError('The number of an operation is no u16.');
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** Contracts are defined in source code, in one order; the hash need not see through another one. */
function hashOf(api: Api): string {
  return createHash('sha256')
    .update(JSON.stringify(toContractJson(api)))
    .digest('hex');
}
