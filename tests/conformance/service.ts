import { Failure } from '@portico/contract';
import { parseCursor, service, toCursor } from '@portico/service';
import { sqlStore } from '@portico/store';
import { Conflict, Conformance, NoSuchNote } from './contract.ts';

interface Tables {
  note: { id: string; owner: string; text: string; version: number; position: number };
}

const store = sqlStore<Tables>({
  migrations: [
    {
      version: 1,
      name: 'notes',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE note (
          id TEXT PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL,
          version INTEGER NOT NULL, position INTEGER NOT NULL
        ) STRICT`,
      },
    },
  ],
});

type Outcome = 'running' | 'finished' | 'aborted';

/** The service behind the conformance contract; one per test run, because it remembers calls of `wait`. */
export function createConformanceService(keys: Record<string, string>[]) {
  const seen = new Map<string, Outcome>();
  return service(Conformance)({
    store,
    operations: {
      async echo({ value }) {
        return { value };
      },
      async ping() {},
      async fail({ how }) {
        if (how === 'conflict')
          throw Conflict({ current: 3, prices: [{ amount: 5, currency: 'EUR' }] });
        if (how === 'bug') throw new TypeError('secret detail of the inside');
        if (how === 'undeclared') throw NoSuchNote();
        return { text: 'longer than ten characters' };
      },
      async whoAmI(_input, { caller, subject }) {
        return { subject: subject(), permissions: [...caller.permissions].toSorted() };
      },
      async addNote({ text, fail }, { transaction, ids, subject }) {
        const owner = subject();
        const id = ids.prefixed('note');
        return transaction(async ({ db }) => {
          const { count } = await db
            .selectFrom('note')
            .select((column) => column.fn.countAll<number>().as('count'))
            .executeTakeFirstOrThrow();
          await db
            .insertInto('note')
            .values({ id, owner, text, version: 1, position: count + 1 })
            .execute();
          if (fail) throw Conflict({ current: count, prices: [] });
          return { noteId: id, text, version: 1 };
        });
      },
      async getNote({ noteId }, { store: db, owned }) {
        const row = await db
          .selectFrom('note')
          .selectAll()
          .where('id', '=', noteId)
          .executeTakeFirst();
        const note = owned(row, (found) => found.owner);
        return { noteId: note.id, text: note.text, version: note.version };
      },
      async listNotes({ limit = 20, cursor }, { store: db, subject }) {
        const after = cursor === undefined ? 0 : Number(parseCursor(cursor));
        const rows = await db
          .selectFrom('note')
          .selectAll()
          .where('owner', '=', subject())
          .where('position', '>', after)
          .orderBy('position')
          .limit(limit + 1)
          .execute();
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const items = page.map((row) => ({ noteId: row.id, text: row.text, version: row.version }));
        return rows.length > limit && last ? { items, next: toCursor(last.position) } : { items };
      },
      async updateNote({ noteId, version, text }, { transaction, owned }) {
        return transaction(async ({ db }) => {
          const row = await db
            .selectFrom('note')
            .selectAll()
            .where('id', '=', noteId)
            .executeTakeFirst();
          const note = owned(row, (found) => found.owner);
          if (note.version !== version) {
            throw Failure.rejected(
              'precondition-failed',
              `The note is at version ${note.version}.`,
            );
          }
          await db
            .updateTable('note')
            .set({ text, version: version + 1 })
            .where('id', '=', noteId)
            .execute();
          return { noteId, text, version: version + 1 };
        });
      },
      async wait({ ms, mark }, { timers, signal }) {
        seen.set(mark, 'running');
        try {
          await timers.sleep(ms, signal);
          seen.set(mark, 'finished');
        } catch {
          seen.set(mark, 'aborted');
        }
      },
      async seen({ mark }) {
        return { outcome: seen.get(mark) ?? 'unknown' };
      },
      async old() {
        return { ok: true };
      },
      async forPartners() {
        return { ok: true };
      },
      async getKeys() {
        return { keys };
      },
      async hidden() {},
    },
  });
}
