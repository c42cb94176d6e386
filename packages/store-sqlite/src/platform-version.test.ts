import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ACCOUNTS, PLATFORM_MIGRATIONS, reading, soon } from '@portico/store/spi';
import { inPlace } from './fixture.ts';

test('gives a store of an older release the tables of the platform that it has not', async () => {
  await inPlace(async (place) => {
    const before = await place.open([ACCOUNTS]);
    const event = { id: 'e1', topic: 'x.A', key: 'k', envelope: '{}' };
    await before.transaction((transaction) => transaction.append(event), soon(place));
    await before.close();
    const db = new DatabaseSync(join(place.directory, 'bank', 'store.db'));
    const first = PLATFORM_MIGRATIONS[0]?.up.sqlite ?? '';
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables) {
      const isLater = String(name).startsWith('portico_') && !first.includes(`${name} (`);
      if (isLater) db.exec(`DROP TABLE ${name}`);
    }
    db.exec("DELETE FROM portico_meta WHERE key = 'platform'");
    db.close();

    const after = await place.open([ACCOUNTS]);
    assert.deepEqual(await after.deliveries.cursors.list('a', 'b'), []);
    const page = await after.log.read({ topics: ['x.A'], after: 0, limit: 1 });
    assert.deepEqual(
      page.events.map(({ id }) => id),
      ['e1'],
    );
    const meta = await reading(after).selectFrom('portico_meta').selectAll().execute();
    const platform = meta.find(({ key }) => key === 'platform')?.value;
    assert.equal(platform, String(PLATFORM_MIGRATIONS.at(-1)?.version));
  });
});
