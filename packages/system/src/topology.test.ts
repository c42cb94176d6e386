import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAddress, parseTopology, readTopology } from './topology.ts';

const monolith = {
  system: 'shop',
  gateway: { public: '127.0.0.1:8080', admin: '127.0.0.1:7400' },
  supervisor: false,
  groups: { shop: { gateway: true, services: ['*'] } },
  stores: { '*': { engine: 'sqlite' } },
};

describe('a topology', () => {
  it('is read as it is written', () => {
    assert.deepEqual(parseTopology(monolith, 'x.json'), monolith);
  });

  it('is refused with every mistake and its place', () => {
    const wrong = {
      ...monolith,
      gateway: { public: '8080', admin: '127.0.0.1:7400' },
      stores: { '*': { engine: 'oracle' } },
      replicas: 3,
    };
    assert.throws(
      () => parseTopology(wrong, 'x.json'),
      (problem: Error) =>
        /x\.json/.test(problem.message) &&
        /gateway\.public: must be host:port/.test(problem.message) &&
        /stores\.\*\.engine/.test(problem.message) &&
        /replicas/.test(problem.message),
    );
  });

  it('does not pretend to run what one process can not', () => {
    const two = { ...monolith, groups: { ...monolith.groups, more: monolith.groups.shop } };
    assert.throws(() => parseTopology(two, 'x.json'), /2 process groups/);
    const part = { ...monolith, groups: { shop: { gateway: true, services: ['cart'] } } };
    assert.throws(() => parseTopology(part, 'x.json'), /groups\.shop\.services/);
  });

  it('names the file that can not be read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'topology-'));
    const file = join(directory, 'broken.json');
    writeFileSync(file, '{ "system": ');
    assert.throws(() => readTopology(file), /Cannot read topology .*broken\.json/);
    assert.throws(() => readTopology(join(directory, 'none.json')), /none\.json/);
    rmSync(directory, { recursive: true });
  });

  it('takes IPv6 addresses in brackets', () => {
    assert.deepEqual(parseAddress('[::1]:80'), { host: '::1', port: 80 });
    assert.deepEqual(parseAddress('localhost:0'), { host: 'localhost', port: 0 });
    assert.throws(() => parseAddress('localhost:70000'), /65535/);
  });
});
