import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createCommitWatch } from './commit-watch.ts';
import type { Connection } from './connection.ts';

/** Longer than it takes to look once. */
const LOOK_MS = 60;

function createFixture() {
  const directory = mkdtempSync(join(tmpdir(), 'portico-commits-'));
  const file = join(directory, 'store.db');
  const other = new DatabaseSync(file);
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER) STRICT');
  const writing = new DatabaseSync(file);
  const state = { prepared: 0, problem: undefined as Error | undefined };
  const prepare = (sql: string) => {
    state.prepared++;
    const statement = writing.prepare(sql);
    const get = statement.get.bind(statement);
    return Object.assign(statement, {
      get: () => {
        if (state.problem) throw state.problem;
        return get();
      },
    });
  };
  const host = createSimulatedHost({ seed: 1 });
  const raw = { prepare } as unknown as DatabaseSync;
  const watch = createCommitWatch({ raw } as unknown as Connection, host);
  const heard = { count: 0 };
  return {
    ...{ state, host, watch, heard, writing },
    listen: () => watch.watch(() => heard.count++),
    commit: () => other.exec('INSERT INTO t VALUES (1)'),
    commitOwn: () => writing.exec('INSERT INTO t VALUES (1)'),
    end() {
      watch.stop();
      if (writing.isOpen) writing.close();
      other.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

test('tells of the commits of others, with one statement however often it looks', async () => {
  const { state, host, heard, listen, commit, end } = createFixture();
  listen();
  await host.advance(LOOK_MS);
  assert.equal(heard.count, 0);
  for (let n = 1; n <= 5; n++) {
    commit();
    await host.advance(LOOK_MS);
    assert.equal(heard.count, n);
  }
  assert.equal(state.prepared, 1);
  end();
});

test('finds no news in what its own connection commits', async () => {
  const { host, heard, listen, commit, commitOwn, end } = createFixture();
  listen();
  commitOwn();
  await host.advance(LOOK_MS);
  assert.equal(heard.count, 0);
  commitOwn();
  commit();
  commitOwn();
  await host.advance(LOOK_MS);
  assert.equal(heard.count, 1);
  end();
});

test('survives a store that cannot be read, and tells of what was committed meanwhile', async () => {
  const { state, host, heard, listen, commit, end } = createFixture();
  listen();
  state.problem = new Error('database is locked');
  commit();
  await host.advance(5 * LOOK_MS);
  assert.equal(heard.count, 0);
  state.problem = undefined;
  await host.advance(LOOK_MS);
  assert.equal(heard.count, 1);
  end();
});

test('survives a connection that was closed under it', async () => {
  const { host, heard, writing, listen, end } = createFixture();
  listen();
  writing.close();
  await host.advance(5 * LOOK_MS);
  assert.equal(heard.count, 0);
  end();
});
