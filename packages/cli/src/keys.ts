import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Operator } from '@portico/administration';
import type { Api } from '@portico/contract';
import { createHost } from '@portico/host';
import {
  createConsumerKey,
  listConsumerKeys,
  revokeConsumerKey,
  type System,
} from '@portico/system';
import { type Command, UsageError } from './command.ts';
import { loadSystem } from './load-system.ts';

/** `portico keys`: keys of consumers, kept as hashes in `.portico/keys.json`. */
export const keys: Command = {
  usage:
    'keys create SYSTEM CONSUMER --permissions a:b,c:d | keys list | keys revoke ID  [--directory .portico]',
  summary:
    'Makes a key for an external app and shows it once; lists keys; ends one within a second.',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { permissions: { type: 'string' }, directory: { type: 'string' } },
    });
    const path = join(values.directory ?? '.portico', 'keys.json');
    const [action, ...rest] = positionals;
    if (action === 'create') return create(path, rest, values.permissions);
    if (action === 'list') return list(path);
    if (action === 'revoke' && rest[0]) {
      revokeConsumerKey(path, rest[0]);
      console.log(`${rest[0]} is revoked.`);
      return 0;
    }
    throw new UsageError('say create, list or revoke ID');
  },
};

async function create(path: string, [file, consumer]: string[], list?: string): Promise<number> {
  const system = await loadSystem(file);
  if (!consumer || !/^[a-z][a-z0-9-]{0,39}$/.test(consumer)) {
    throw new UsageError('name the consumer in kebab-case, such as erp');
  }
  const permissions = (list ?? '').split(',').filter((each) => each !== '');
  assertKnown(system, permissions);
  const { secret } = createConsumerKey(path, {
    system: system.name,
    consumer,
    permissions,
    host: createHost(),
  });
  console.error(`The key of "${consumer}"; it is not shown again:`);
  console.log(secret);
  return 0;
}

function assertKnown(system: System, permissions: readonly string[]): void {
  const apis: readonly Api[] = [...system.apis, Operator];
  const operations = apis.flatMap((api) => Object.values(api.operations));
  const known = new Set(
    operations.flatMap(({ access }) => (typeof access === 'object' ? access : [])),
  );
  const unknown = permissions.filter((permission) => !known.has(permission));
  if (permissions.length > 0 && unknown.length === 0) return;
  const names = [...known].toSorted().join(', ');
  const what =
    unknown.length > 0 ? `unknown permission ${unknown.join(', ')}` : '--permissions is missing';
  throw new UsageError(`${what}; ${system.name} has ${names}`);
}

function list(path: string): number {
  for (const key of listConsumerKeys(path)) {
    const permissions = key.permissions.join(',');
    console.log(
      `${key.id}  ${key.consumer}  ${key.hint}…  ${key.state}  ${permissions}  ${key.createdAt}`,
    );
  }
  return 0;
}
