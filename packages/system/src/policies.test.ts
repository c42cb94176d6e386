import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { api, Failure, operation } from '@portico/contract';
import { service } from '@portico/service';
import * as z from 'zod';
import { createLog } from './log.ts';
import { startSplit } from './start-split.ts';
import { startSystem } from './start-system.ts';
import { system } from './system.ts';
import { parseTopology } from './topology.ts';

const Back = api('back', {
  version: '1.0.0',
  summary: 'Waits.',
  operations: { wait: operation({ summary: 'Waits.', effect: 'safe' }) },
});
const Front = api('front', {
  version: '1.0.0',
  summary: 'Asks the other twice at once.',
  operations: {
    askTwice: operation({
      ...{ summary: 'Asks.', exposure: 'public', access: 'anyone', effect: 'safe' },
      output: z.object({ codes: z.array(z.string()) }),
    }),
  },
});

const back = service(Back)({
  operations: { wait: () => new Promise<void>((resolve) => setImmediate(resolve)) },
});
const front = service(Front)({
  uses: { back: Back },
  operations: {
    async askTwice(_input, { uses }) {
      const both = await Promise.allSettled([uses.back.wait(), uses.back.wait()]);
      const codeOf = (one: PromiseSettledResult<void>) =>
        one.status === 'fulfilled' ? 'done' : Failure.from(one.reason).class;
      return { codes: both.map(codeOf) };
    },
  },
});
const pair = system({
  ...{ name: 'pair', services: [front, back] },
  gateway: { issuers: [], roles: {} },
});
const common = {
  system: 'pair',
  gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
  stores: { '*': { engine: 'sqlite' } },
};

describe('policies of a topology', () => {
  const directory = mkdtempSync(join(tmpdir(), 'policies-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const log = createLog({ level: 'silent' });
  const start = (name: string, file: object) => {
    const topology = parseTopology({ ...common, ...file }, 'of a test');
    const begin = topology.supervisor === false ? startSystem : startSplit;
    return begin(pair, { topology, log, directory: join(directory, name) });
  };

  it('are those of every process, but for what a group says of its own', async () => {
    const running = await start('split', {
      policies: { callee: { limit: { start: 16 } }, caller: { bulkhead: { inFlightMax: 1 } } },
      groups: {
        edge: { gateway: true },
        front: { services: ['front'] },
        back: { services: ['*'], policies: { callee: { limit: { start: 24, max: 48 } } } },
      },
    });
    try {
      const limits = ['front', 'back'].map(
        (name) => running.groups?.get(name)?.runtime.loads()[name]?.limit,
      );
      assert.deepEqual(limits, [16, 24]);
      const { codes } = await running.runtime.client(Front, 'front').askTwice();
      assert.deepEqual(codes.toSorted(), ['OVERLOADED', 'done']);
    } finally {
      await running.stop();
    }
  });

  it('are those of a single process, too', async () => {
    const running = await start('monolith', {
      ...{ supervisor: false, policies: { callee: { limit: { start: 16 } } } },
      groups: { all: { gateway: true, services: ['*'] } },
    });
    try {
      assert.equal(running.runtime.loads().back?.limit, 16);
    } finally {
      await running.stop();
    }
  });
});
