import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createKey } from '@portico/gateway';
import { createHost } from '@portico/host';
import { system } from '@portico/system';
import { startTestSystem } from '@portico/testing';
import { cases } from './cases.ts';
import { Conformance } from './contract.ts';
import { createCredentials } from './credentials.ts';
import type { Driver } from './driver.ts';
import { createLocalDriver } from './local-driver.ts';
import { createRestDriver } from './rest-driver.ts';
import { createConformanceService } from './service.ts';
import { createSoapDriver } from './soap-driver.ts';

const ofTheListener = {
  'opens partner operations to consumers only':
    'exposure belongs to the listener; between services `uses` decides',
};
/** Cases that a binding can't show, with the reason. */
const gaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'in-process': ofTheListener,
  wire: ofTheListener,
};

const appKey = createKey(createHost().random, 'conformance_live_');
const credentials = await createCredentials(appKey.secret);
const app = {
  id: 'key_app',
  consumer: 'app',
  permissions: ['notes:read'],
  hash: appKey.stored.hash,
};

const definition = system({
  name: 'conformance',
  services: [createConformanceService(credentials.keys)],
  gateway: {
    issuers: [
      {
        issuer: credentials.issuer,
        audience: credentials.audience,
        keys: { kind: 'operation', operation: Conformance.operations.getKeys },
        roles: ['roles'],
      },
    ],
    roles: { writer: ['notes:*'], reader: ['notes:read'] },
  },
});
const { clock } = createHost();

for (const topology of ['monolith', 'split'] as const) {
  const directory = createDirectory();
  const running = await startTestSystem(definition, { directory, topology });
  const { origins, runtime } = running;
  const local = topology === 'monolith' ? 'in-process' : 'wire';
  const drivers: readonly Driver[] = [
    createRestDriver(origins.public, credentials),
    await createSoapDriver(origins.public, credentials, '1.1'),
    await createSoapDriver(origins.public, credentials, '1.2'),
    createLocalDriver(local, runtime, () => clock.monotonic()),
  ];
  after(async () => {
    await running.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const driver of drivers) describeConformance(driver, topology);
}

function describeConformance(driver: Driver, topology: string): void {
  describe(`conformance through ${driver.name}, ${topology}`, () => {
    for (const { name, run } of cases) {
      const reason = gaps[driver.name]?.[name];
      it(name, reason ? { skip: reason } : {}, () => run(driver));
    }
  });
}

/** Data for one system, which knows the key of the app. */
function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  writeFileSync(join(directory, 'keys.json'), JSON.stringify({ keys: [app] }), { mode: 0o600 });
  return directory;
}

describe('the conformance suite', () => {
  it('names no gap that is no case', () => {
    const names = new Set(cases.map((each) => each.name));
    for (const missing of Object.values(gaps)) {
      for (const name of Object.keys(missing)) assert.ok(names.has(name), name);
    }
  });
});
