import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrationObstacles, rollbackObstacles, sagaObstacles } from './migration-gate.ts';

const migrations = [
  { version: 1, name: 'orders', kind: 'expand' },
  { version: 2, name: 'add note', kind: 'expand' },
  { version: 3, name: 'fill note', kind: 'backfill' },
  { version: 4, name: 'drop remark', kind: 'contract', requires: 2 },
] as const;

test('expanding and filling may run under anything that lives', () => {
  const live = [{ name: 'orders-0', schema: 1 }];
  const applied = { version: 1, oldest: 0 };
  assert.deepEqual(
    migrationObstacles({ service: 'orders', applied, migrations: migrations.slice(0, 3), live }),
    [],
  );
});

test('a contract migration waits for everybody who needs the old shape, the way back too', () => {
  const gate = { service: 'orders', applied: { version: 3, oldest: 0 }, migrations };
  const [obstacle = '', ...others] = migrationObstacles({
    ...gate,
    live: [
      { name: 'orders-0', schema: 1 },
      { name: 'orders-1', schema: 2 },
    ],
    rollback: { name: 'release 1.4.0', schema: 1 },
  });
  assert.match(
    obstacle,
    /migration 4 "drop remark" of orders shuts out orders-0 \(schema 1\), release 1\.4\.0/,
  );
  assert.deepEqual(others, []);
  const rollback = { name: 'release 1.5.0', schema: 2 };
  assert.deepEqual(migrationObstacles({ ...gate, live: [], rollback }), []);
  assert.deepEqual(
    migrationObstacles({
      ...gate,
      applied: { version: 4, oldest: 2 },
      live: [{ name: 'x', schema: 2 }],
    }),
    [],
  );
});

test('a store that has moved on refuses older code, as a release and as a way back', () => {
  const [obstacle = ''] = migrationObstacles({
    service: 'orders',
    applied: { version: 4, oldest: 2 },
    migrations: migrations.slice(0, 1),
    live: [],
  });
  assert.match(obstacle, /needs code for schema 2 at least; this release is for 1/);
  assert.deepEqual(rollbackObstacles([{ service: 'orders', oldest: 2, schema: 2 }]), []);
  assert.match(
    rollbackObstacles([{ service: 'orders', oldest: 2, schema: 1 }])[0] ?? '',
    /schema 2/,
  );
});

test('a saga under way keeps its definition', () => {
  const live = [
    { service: 'orders', type: 'checkout@1', count: 3 },
    { service: 'orders', type: 'checkout@2', count: 9 },
    { service: 'orders', type: 'refund@1', count: 0 },
  ];
  const [obstacle = '', ...others] = sagaObstacles(live, { orders: ['checkout@2'] });
  assert.match(obstacle, /orders no longer has saga checkout@1, and 3 of them are under way/);
  assert.deepEqual(others, []);
});
