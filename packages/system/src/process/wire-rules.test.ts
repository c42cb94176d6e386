import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Operator } from '@portico/administration';
import { api, event, operation } from '@portico/contract';
import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Peer } from '@portico/wire';
import * as z from 'zod';
import { Platform } from '../platform/platform-api.ts';
import { system } from '../system.ts';
import { TOOLS } from './own-groups.ts';
import { createWireRules } from './wire-rules.ts';

const Renamed = z.object({ sku: z.string() });

const Catalog = api('catalog', {
  version: '1.0.0',
  summary: 'Has things.',
  operations: {
    list: operation({ summary: 'Lists.', exposure: 'public', access: 'anyone', effect: 'safe' }),
    rename: operation({ summary: 'Renames.', effect: 'idempotent' }),
  },
  events: { Renamed: event({ summary: 'It has another name.', key: 'sku', payload: Renamed }) },
});

const Search = api('search', { version: '1.0.0', summary: 'Finds things.', operations: {} });

describe('the rules of who calls what over the wire', () => {
  const allows = createWireRules(createDemo());
  const { fetchEvents, readGauges, ...asked } = Platform.operations;

  it('let the operator alone ask processes what operators ask', () => {
    for (const one of Object.values(asked)) {
      assert.equal(allows(processOf(), 'operator', one), true, one.id);
      assert.equal(allows(processOf(), 'search', one), false, one.id);
      assert.equal(allows({ ...processOf(), gateway: true }, undefined, one), false, one.id);
      assert.equal(allows(tool(), 'operator', one), false, one.id);
    }
  });

  it('let those fetch events that hear some', () => {
    assert.equal(allows(processOf(), 'search', fetchEvents), true);
    assert.equal(allows(processOf(), 'catalog', fetchEvents), false);
    assert.equal(allows(processOf(), 'operator', fetchEvents), false);
    assert.equal(allows(tool(), 'search', fetchEvents), false);
  });

  it('let gateways alone gather figures', () => {
    assert.equal(allows({ ...processOf(), gateway: true }, 'portico', readGauges), true);
    assert.equal(allows({ ...processOf(), gateway: true }, 'search', readGauges), false);
    assert.equal(allows({ ...processOf(), gateway: true }, undefined, readGauges), false);
    assert.equal(allows(processOf(), 'portico', readGauges), false);
    assert.equal(allows(processOf(), 'operator', readGauges), false);
    assert.equal(allows(tool(), 'portico', readGauges), false);
  });

  it('let gateways call what is published, services what is in their `uses`, tools both', () => {
    const { rename, list } = Catalog.operations;
    const gateway = { ...processOf(), gateway: true };
    assert.equal(allows(gateway, undefined, list), true);
    assert.equal(allows(gateway, undefined, rename), false);
    assert.equal(allows(gateway, undefined, Operator.operations.getHealth), true);
    assert.equal(allows(processOf(), undefined, list), false);
    assert.equal(allows(processOf(), 'search', rename), true);
    assert.equal(allows(processOf(), 'catalog', rename), false);
    assert.equal(allows(tool(), 'catalog', rename), true);
  });
});

function createDemo() {
  const store = sqlStore<Record<never, never>>({ migrations: [] });
  const catalog = service(Catalog)({
    store,
    operations: { list() {}, rename() {} },
  });
  const search = service(Search)({
    uses: { catalog: Catalog },
    hears: { catalog: Catalog },
    store,
    operations: {},
    on: { catalog: { async Renamed() {} } },
  });
  return system({
    name: 'demo',
    services: [catalog, search],
    gateway: { issuers: [], roles: {} },
  });
}

function processOf(): Peer {
  return {
    system: 'demo',
    group: 'core',
    replica: 'core-1',
    release: '',
    services: ['catalog', 'search', 'operator'],
    gateway: false,
    mints: false,
  };
}

function tool(): Peer {
  return { ...processOf(), group: TOOLS, gateway: true, mints: true };
}
