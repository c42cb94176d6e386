import { api, error, id, operation, version } from '@portico/contract';
import * as z from 'zod';

const NoteId = z
  .string()
  .regex(/^note_[0-9a-z]{26}$/)
  .meta(id('note'));

const Money = z
  .object({
    amount: z.int().min(-1_000_000_000_000).max(1_000_000_000_000),
    currency: z.enum(['EUR', 'JPY']),
  })
  .meta({ id: 'Money' });

const Note = z
  .object({ noteId: NoteId, text: z.string().max(200), version: z.int32().meta(version()) })
  .meta({ id: 'Note' });

const Shape = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), radius: z.number().min(0) }).meta({ id: 'Circle' }),
    z.object({ kind: z.literal('square'), side: z.int32().min(0) }).meta({ id: 'Square' }),
  ])
  .meta({ id: 'Figure' });

interface Tree {
  label: string;
  children: Tree[];
}
const Tree: z.ZodType<Tree> = z
  .object({
    label: z.string().max(20),
    get children() {
      return z.array(Tree).max(10);
    },
  })
  .meta({ id: 'Tree' });

/** Every kind of value that a contract can name. */
export const Everything = z
  .object({
    text: z.string().max(100),
    small: z.int32(),
    large: z.int(),
    ratio: z.number(),
    yes: z.boolean(),
    when: z.iso.datetime({ offset: true }),
    day: z.iso.date(),
    bytes: z.base64().max(1_000),
    choice: z.enum(['red', 'green', 'dark blue']),
    list: z.array(z.string().max(20)).max(10),
    matrix: z.array(z.array(z.int32()).max(5)).max(5),
    prices: z.record(z.string().max(20), Money),
    figure: Shape,
    tree: Tree,
    anything: z.unknown(),
    optional: z.string().max(20).optional(),
    nullable: z.string().max(20).nullable(),
    both: z.string().max(20).nullable().optional(),
  })
  .meta({ id: 'Everything' });

export const NoSuchNote = error({ status: 404, summary: 'There is no such note.' });
export const Conflict = error({
  status: 409,
  summary: 'Somebody else was faster.',
  data: z.object({ current: z.int32(), prices: z.array(Money).max(5) }),
});

/** What the conformance suite calls: every way an operation can behave. */
export const Conformance = api('conformance', {
  version: '1.2.0',
  summary: 'Every way an operation can behave, for the conformance suite.',
  operations: {
    echo: operation({
      summary: 'Answers with what it was given.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      input: z.object({ value: Everything }),
      output: z.object({ value: Everything }),
    }),
    ping: operation({
      summary: 'Takes nothing, answers with nothing.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
    }),
    fail: operation({
      summary: 'Ends as it is told to.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      input: z.object({ how: z.enum(['conflict', 'bug', 'undeclared', 'invalid-output']) }),
      output: z.object({ text: z.string().max(10) }),
      errors: { Conflict },
    }),
    whoAmI: operation({
      summary: 'Who calls.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'safe',
      http: 'GET /me',
      output: z.object({ subject: z.string().max(200), permissions: z.array(z.string()).max(100) }),
    }),
    addNote: operation({
      summary: 'Adds a note, once per key.',
      exposure: 'public',
      access: 'notes:write',
      effect: 'keyed',
      http: 'POST /notes',
      creates: 'getNote',
      input: z.object({ text: z.string().min(1).max(200), fail: z.boolean().optional() }),
      output: Note,
      errors: { Conflict },
    }),
    getNote: operation({
      summary: 'One note of the caller.',
      exposure: 'public',
      access: 'notes:read',
      owner: 'subject',
      effect: 'safe',
      http: 'GET /notes/{noteId}',
      input: z.object({ noteId: NoteId }),
      output: Note,
    }),
    listNotes: operation({
      summary: "The caller's notes, page by page.",
      exposure: 'public',
      access: 'notes:read',
      effect: 'safe',
      http: 'GET /notes',
      input: z.object({
        limit: z.int32().min(1).max(50).optional(),
        cursor: z.string().max(200).optional(),
      }),
      output: z.object({ items: z.array(Note).max(50), next: z.string().max(200).optional() }),
    }),
    updateNote: operation({
      summary: 'Changes a note that has not changed since it was read.',
      exposure: 'public',
      access: 'notes:write',
      owner: 'subject',
      effect: 'idempotent',
      http: 'PUT /notes/{noteId}',
      input: z.object({
        noteId: NoteId,
        version: z.int32().meta(version()),
        text: z.string().max(200),
      }),
      output: Note,
    }),
    wait: operation({
      summary: 'Answers after some time, unless the call ends before.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      timeoutMs: 300,
      input: z.object({ ms: z.int32().min(0).max(10_000), mark: z.string().max(40) }),
    }),
    seen: operation({
      summary: 'How a call of `wait` ended in the service.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /seen/{mark}',
      input: z.object({ mark: z.string().max(40) }),
      output: z.object({ outcome: z.enum(['unknown', 'running', 'finished', 'aborted']) }),
    }),
    old: operation({
      summary: 'Still there, not for long.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /old',
      deprecated: { since: '2026-01-01', sunset: '2027-01-01', use: 'ping' },
      output: z.object({ ok: z.boolean() }),
    }),
    forPartners: operation({
      summary: 'Only with a consumer credential.',
      exposure: 'partner',
      access: 'notes:read',
      effect: 'safe',
      http: 'GET /partners',
      output: z.object({ ok: z.boolean() }),
    }),
    getKeys: operation({
      summary: 'The keys that the callers of the suite are signed with.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /keys',
      output: z.object({ keys: z.array(z.record(z.string().max(20), z.string().max(200))).max(5) }),
    }),
    hidden: operation({ summary: 'Internal: other services only.', effect: 'safe' }),
  },
});
