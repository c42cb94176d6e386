import type { Api } from './api.ts';
import { assemble, type EventSource, type OperationSource } from './assemble.ts';
import { CONTRACT_FORMAT } from './contract-json.ts';
import {
  type Members,
  readContract,
  readError,
  readEvent,
  readOperation,
} from './contract-members.ts';
import { DefinitionError, type Mistake, type Report } from './definition-error.ts';
import { isRecord } from './json.ts';
import { normalizeSchema } from './normal-schema.ts';
import { parseRoute } from './route.ts';
import { checkApi } from './rules.ts';
import type { JsonSchema } from './shape.ts';
import { resolveSchema, type Schemas } from './shape-reader.ts';

/**
 * Reads `contract.json` back into the value of an API, checking everything that `api` checks.
 *
 * @throws {DefinitionError} with every mistake, each with its place.
 */
export function parseContractJson(json: unknown): Api {
  const mistakes: Mistake[] = [];
  const report: Report = (place, problem) => void mistakes.push({ place, problem });
  const fail = (): DefinitionError => new DefinitionError('contract.json', mistakes);
  const contract = readContract(json, report);
  if (contract?.format !== CONTRACT_FORMAT) {
    report('format', `this version of Portico reads the format ${CONTRACT_FORMAT} only.`);
  }
  if (contract === undefined || mistakes.length > 0) throw fail();
  const { name, version, summary, description } = contract;
  const definitions = asRecord(contract.types);
  const types: Record<string, JsonSchema> = {};
  for (const [type, schema] of Object.entries(definitions)) {
    types[type] = normalizeSchema(schema, `types.${type}`, { definitions, report });
  }
  const reading: Parsing = { api: String(name), definitions, types, report };
  const operations = Object.entries(asRecord(contract.operations)).map(([key, operation]) =>
    toOperation(key, operation, reading),
  );
  const events = Object.entries(asRecord(contract.events)).map(([key, event]) =>
    toEvent(key, event, reading),
  );
  // A document with malformed parts would only be accused of what follows from them.
  if (mistakes.length > 0) throw fail();
  const api = assemble({
    name: String(name),
    version: String(version),
    summary: String(summary),
    ...(description === undefined ? {} : { description: String(description) }),
    operations: operations.filter((operation) => operation !== undefined),
    events: events.filter((event) => event !== undefined),
    types,
  });
  checkApi(api, { report, unread: new Set() });
  if (mistakes.length > 0) throw fail();
  return api;
}

interface Parsing {
  readonly api: string;
  readonly definitions: Members;
  readonly types: Schemas;
  readonly report: Report;
}

const asRecord = (value: unknown): Members => (isRecord(value) ? value : {});

function toOperation(name: string, json: unknown, parsing: Parsing): OperationSource | undefined {
  const place = `operations.${name}`;
  const members = readOperation(json, place, parsing.report);
  if (members === undefined) return undefined;
  const { input, output, errors, http, access, ...rest } = members;
  // The table of members has checked the type of each, and which are there.
  return {
    ...rest,
    api: parsing.api,
    name,
    id: `${parsing.api}.${name}`,
    access,
    http: parseRoute(String(http)),
    input: readObject(input, `${place}.input`, parsing),
    output: output === undefined ? undefined : readObject(output, `${place}.output`, parsing),
    errors: Object.entries(asRecord(errors)).map(([key, error]) => {
      const where = `${place}.errors.${key}`;
      const { status, summary, data } = readError(error, where, parsing.report) ?? {};
      return {
        name: key,
        status,
        summary,
        data: data === undefined ? undefined : readObject(data, `${where}.data`, parsing),
      };
    }),
  } as unknown as OperationSource;
}

function toEvent(name: string, json: unknown, parsing: Parsing): EventSource | undefined {
  const place = `events.${name}`;
  const members = readEvent(json, place, parsing.report);
  if (members === undefined) return undefined;
  const { payload, access, ...rest } = members;
  return {
    ...rest,
    api: parsing.api,
    name,
    id: `${parsing.api}.${name}`,
    access,
    payload: readObject(payload, `${place}.payload`, parsing),
  } as unknown as EventSource;
}

function readObject(json: unknown, place: string, parsing: Parsing): JsonSchema {
  const { definitions, report, types } = parsing;
  const schema = normalizeSchema(json, place, { definitions, report });
  const { type, properties } = resolveSchema(schema, types);
  if (type === 'object' && isRecord(properties)) return schema;
  report(place, 'this must be an object with named fields.');
  return { type: 'object', properties: {} };
}
