import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { findVersionProblem, isCompatible } from './change.ts';
import { compare } from './compare.ts';
import { error } from './error.ts';
import { event } from './event.ts';
import { apiWith, someApi, someOperation } from './fixtures.ts';
import { access, id, version } from './marks.ts';

type Spec = Parameters<typeof apiWith>[0];

/** Each change as `severity direction place`. */
const summarize = (before: Parameters<typeof compare>[0], after: typeof before) =>
  compare(before, after).map((change) => `${change.severity} ${change.direction} ${change.place}`);

const changed = (before: Spec, after: Spec) => summarize(apiWith(before), apiWith(after));

describe('operations', () => {
  const both = { one: someOperation(), two: someOperation() };

  test('may come and not go', () => {
    const [small, large] = [
      someApi({ operations: { one: both.one } }),
      someApi({ operations: both }),
    ];
    assert.deepEqual(summarize(small, large), ['compatible operation operations.two']);
    assert.deepEqual(summarize(large, small), ['breaking operation operations.two']);
  });

  test('are compared within one API only', () => {
    const other = { ...someApi(), name: 'other' };
    assert.deepEqual(summarize(someApi(), other), ['breaking api name']);
  });

  test('keep their route, but may name its parameter as its field is named', () => {
    const moved = changed({ http: 'POST /a' }, { http: 'POST /b' });
    assert.deepEqual(moved, ['breaking operation operations.act.http']);
    const route = (name: string): Spec => ({
      http: `POST /a/{${name}}`,
      input: z.object({ [name]: z.string() }),
    });
    assert.deepEqual(changed(route('a'), route('b')), [
      'breaking request operations.act.input.a',
      'breaking request operations.act.input.b',
    ]);
  });

  test('may become easier to repeat, not harder', () => {
    const effect = (name: 'safe' | 'idempotent' | 'keyed' | 'unsafe'): Spec => ({ effect: name });
    const place = 'operation operations.act.effect';
    assert.deepEqual(changed(effect('unsafe'), effect('idempotent')), [`compatible ${place}`]);
    assert.deepEqual(changed(effect('idempotent'), effect('safe')), [`compatible ${place}`]);
    assert.deepEqual(changed(effect('idempotent'), effect('unsafe')), [`breaking ${place}`]);
    assert.deepEqual(changed(effect('unsafe'), effect('keyed')), [`breaking ${place}`]);
    assert.deepEqual(changed(effect('keyed'), effect('idempotent')), [`breaking ${place}`]);
  });

  test('keep to answering with something or with nothing', () => {
    const output = z.object({});
    const place = 'breaking response operations.act.output';
    assert.deepEqual(changed({}, { output }), [place]);
    assert.deepEqual(changed({ output }, {}), [place]);
  });

  test('keep their status and the way their body is read', () => {
    const read = someOperation({ effect: 'safe', http: 'GET /things' });
    const made = (creates?: string) =>
      someApi({ operations: { read, act: someOperation(creates ? { creates } : {}) } });
    assert.deepEqual(summarize(made(), made('read')), ['breaking response operations.act.creates']);
    const input = z.object({ body: z.base64(), a: z.string().optional() });
    const raw = { body: 'body', headers: {} };
    const named = { body: 'body', headers: { a: 'X-A' } };
    const place = 'breaking request operations.act.raw';
    assert.deepEqual(changed({ input, raw }, { input, raw: named }), [place]);
    assert.deepEqual(changed({ input, raw }, { input }), [place]);
  });

  test('take bodies as large as before', () => {
    const place = 'request operations.act.maxBytes';
    assert.deepEqual(changed({}, { maxBytes: 1000 }), [`breaking ${place}`]);
    assert.deepEqual(changed({ maxBytes: 1000 }, {}), [`compatible ${place}`]);
    assert.deepEqual(changed({}, { maxBytes: 1024 * 1024 }), []);
  });

  test('note what nobody is refused for', () => {
    const after = {
      timeoutMs: 100,
      cost: 5,
      waits: true,
      criticality: 'batch',
      deprecated: { since: '2026-01-01' },
    } as const;
    const changes = changed({}, after);
    assert.equal(changes.length, 5);
    for (const change of changes) assert.match(change, /^note operation operations\.act\./);
  });
});

describe('access', () => {
  const callers = (access?: string | readonly string[], exposure = 'internal') =>
    apiWith({ exposure, ...(access === undefined ? {} : { access }) } as Spec);

  test('may be lowered and not raised', () => {
    const order = [undefined, 'signedIn', ['a:b'], ['a:b', 'c:d']];
    for (const [at, wider] of order.entries()) {
      for (const narrower of order.slice(at + 1)) {
        const place = 'access operations.act.access';
        const raised = summarize(callers(wider), callers(narrower));
        assert.deepEqual(raised, [`breaking ${place}`]);
        const lowered = summarize(callers(narrower), callers(wider));
        assert.deepEqual(lowered, [`compatible ${place}`]);
      }
    }
    assert.deepEqual(summarize(callers(['a:b', 'c:d']), callers(['c:d', 'a:b'])), []);
    assert.deepEqual(summarize(callers('a:b'), callers('a:c')), [
      'breaking access operations.act.access',
    ]);
  });

  test('from outside may be opened and not closed', () => {
    const seen = (exposure: string) => callers('anyone', exposure);
    const place = 'access operations.act.exposure';
    for (const [from, to] of [
      ['internal', 'public'],
      ['internal', 'partner'],
      ['internal', 'admin'],
      ['partner', 'public'],
    ] as const) {
      assert.deepEqual(summarize(seen(from), seen(to)), [`compatible ${place}`]);
      assert.deepEqual(summarize(seen(to), seen(from)), [`breaking ${place}`]);
    }
    assert.deepEqual(summarize(seen('admin'), seen('public')), [`breaking ${place}`]);
    assert.deepEqual(summarize(seen('public'), seen('admin')), [`breaking ${place}`]);
  });

  test('by ownership may be widened to all', () => {
    const place = 'access operations.act.owner';
    assert.deepEqual(changed({ owner: 'subject' }, { owner: 'shared' }), [`compatible ${place}`]);
    assert.deepEqual(changed({ owner: 'shared' }, { owner: 'subject' }), [`breaking ${place}`]);
    assert.deepEqual(changed({}, { owner: 'subject' }), [`breaking ${place}`]);
  });

  test('to fields may be lowered and not raised', () => {
    const output = (...names: readonly string[]) => {
      const margin = z.int().optional();
      const marked = names.length === 0 ? margin : margin.meta(access(...names));
      return { output: z.object({ margin: marked }) };
    };
    const place = 'access operations.act.output.margin';
    assert.deepEqual(changed(output(), output('a:b')), [`breaking ${place}`]);
    assert.deepEqual(changed(output('a:b'), output()), [`compatible ${place}`]);
    assert.deepEqual(changed(output('a:b'), output('a:b', 'c:d')), [`breaking ${place}`]);
  });
});

describe('errors and events', () => {
  const Missing = error({ status: 404, summary: 'x' });
  const Gone = error({ status: 410, summary: 'x' });
  const Detailed = error({ status: 404, summary: 'x', data: z.object({ sku: z.string() }) });
  const of = (errors: Spec['errors']): Spec => ({ errors: errors ?? {} });

  test('errors stay, with their status and their data', () => {
    const place = 'operations.act.errors';
    assert.deepEqual(changed(of({ Missing }), of({})), [`breaking error ${place}.Missing`]);
    assert.deepEqual(changed(of({}), of({ Missing })), [`note error ${place}.Missing`]);
    assert.deepEqual(changed(of({ Missing }), of({ Missing: Gone })), [
      `breaking error ${place}.Missing`,
    ]);
    assert.deepEqual(changed(of({ Missing }), of({ Missing: Detailed })), [
      `compatible error ${place}.Missing`,
    ]);
    assert.deepEqual(changed(of({ Missing: Detailed }), of({ Missing })), [
      `breaking error ${place}.Missing`,
    ]);
    const optional = z.object({ sku: z.string().optional() });
    const Vague = error({ status: 404, summary: 'x', data: optional });
    assert.deepEqual(changed(of({ Missing: Detailed }), of({ Missing: Vague })), [
      `breaking error ${place}.Missing.data.sku`,
    ]);
  });

  test('events stay, with their key and their payload', () => {
    const payload = z.object({ sku: z.string(), region: z.string() });
    const events = (key: string, of: z.ZodType = payload, retainDays = 1) =>
      someApi({ events: { SoldOut: event({ summary: 'x', key, payload: of, retainDays }) } });
    const before = events('sku');
    assert.deepEqual(summarize(before, someApi()), ['breaking event events.SoldOut']);
    assert.deepEqual(summarize(someApi(), before), ['compatible event events.SoldOut']);
    assert.deepEqual(summarize(before, events('region')), ['breaking event events.SoldOut.key']);
    const longer = events('sku', payload, 2);
    assert.deepEqual(summarize(before, longer), ['note event events.SoldOut.retainDays']);
    const less = events('sku', z.object({ sku: z.string() }));
    assert.deepEqual(summarize(before, less), ['breaking event events.SoldOut.payload.region']);
  });
});

describe('types', () => {
  const takes = (field: z.ZodType): Spec => ({ input: z.object({ field }) });
  const gives = (field: z.ZodType): Spec => ({ output: z.object({ field }) });

  test('a request may only widen, an answer only narrow', () => {
    const pairs: readonly (readonly [what: string, narrow: z.ZodType, wide: z.ZodType])[] = [
      ['length', z.string().max(5), z.string().max(6)],
      ['least length', z.string().min(2), z.string().min(1)],
      ['pattern', z.string().regex(/^a$/), z.string()],
      ['format', z.iso.datetime().max(9), z.string().max(9)],
      ['values', z.enum(['a', 'b']), z.enum(['a', 'b', 'c'])],
      ['values to text', z.enum(['a', 'b']), z.string().max(9)],
      ['null', z.string(), z.string().nullable()],
      ['range', z.int().min(1).max(5), z.int().min(0).max(5)],
      ['divisor', z.int().multipleOf(4), z.int().multipleOf(2)],
      ['whole numbers', z.int().min(1).max(2), z.number().min(0)],
      ['exclusive bounds', z.number().gt(1), z.number().min(1)],
      ['items', z.array(z.string()).max(2), z.array(z.string()).max(3)],
      ['least items', z.array(z.string()).min(1).max(3), z.array(z.string()).max(3)],
      ['uniqueness', z.array(z.string()).meta({ uniqueItems: true }), z.array(z.string())],
      ['keys', z.record(z.string().max(3), z.int()), z.record(z.string().max(4), z.int())],
      ['held values', z.record(z.string(), z.int()), z.record(z.string(), z.int().nullable())],
    ];
    for (const [what, narrow, wide] of pairs) {
      const severities = (before: Spec, after: Spec) =>
        new Set(changed(before, after).map((change) => change.split(' ')[0]));
      assert.deepEqual(severities(takes(narrow), takes(wide)), new Set(['compatible']), what);
      assert.deepEqual(severities(gives(wide), gives(narrow)), new Set(['compatible']), what);
      assert.ok(severities(takes(wide), takes(narrow)).has('breaking'), what);
      assert.ok(severities(gives(narrow), gives(wide)).has('breaking'), what);
    }
  });

  test('a kind is never another, even where JSON would not mind', () => {
    for (const [one, other] of [
      [z.string(), z.unknown()],
      [z.object({ a: z.string() }), z.record(z.string(), z.string())],
      [z.string(), z.int()],
    ] as const) {
      assert.deepEqual(changed(takes(one), takes(other)).at(-1)?.split(' ')[0], 'breaking');
      assert.deepEqual(changed(gives(other), gives(one)).at(-1)?.split(' ')[0], 'breaking');
    }
  });

  test('fields come and go by direction', () => {
    const small = z.object({ a: z.string() });
    const optional = small.extend({ b: z.string().optional() });
    const required = small.extend({ b: z.string() });
    const input = 'request operations.act.input.b';
    const output = 'response operations.act.output.b';
    assert.deepEqual(changed({ input: small }, { input: optional }), [`compatible ${input}`]);
    assert.deepEqual(changed({ input: small }, { input: required }), [`breaking ${input}`]);
    assert.deepEqual(changed({ input: optional }, { input: small }), [`breaking ${input}`]);
    assert.deepEqual(changed({ input: optional }, { input: required }), [`breaking ${input}`]);
    assert.deepEqual(changed({ input: required }, { input: optional }), [`compatible ${input}`]);
    assert.deepEqual(changed({ output: small }, { output: required }), [`compatible ${output}`]);
    assert.deepEqual(changed({ output: required }, { output: small }), [`breaking ${output}`]);
    assert.deepEqual(changed({ output: optional }, { output: small }), [`note ${output}`]);
    assert.deepEqual(changed({ output: required }, { output: optional }), [`breaking ${output}`]);
    assert.deepEqual(changed({ output: optional }, { output: required }), [`compatible ${output}`]);
  });

  test('branches of a union come and go by direction', () => {
    const branch = (kind: string) => z.object({ kind: z.literal(kind), n: z.int() });
    const two = z.discriminatedUnion('kind', [branch('a'), branch('b')]);
    const three = z.discriminatedUnion('kind', [branch('a'), branch('b'), branch('c')]);
    const [input, output] = ['request operations.act.input', 'response operations.act.output'];
    assert.deepEqual(changed(takes(two), takes(three)), [`compatible ${input}.field(c)`]);
    assert.deepEqual(changed(takes(three), takes(two)), [`breaking ${input}.field(c)`]);
    assert.deepEqual(changed(gives(two), gives(three)), [`breaking ${output}.field(c)`]);
    assert.deepEqual(changed(gives(three), gives(two)), [`compatible ${output}.field(c)`]);
    const [x, y] = ['a', 'b'].map((tag) => z.object({ tag: z.literal(tag) }));
    if (x === undefined || y === undefined) return;
    const other = z.discriminatedUnion('tag', [x, y]);
    assert.deepEqual(changed(gives(two), gives(other)), [`breaking ${output}.field`]);
  });

  test('a named type is reported once per direction, in its own place', () => {
    const money = (limit: number) => {
      const Money = z.object({ note: z.string().max(limit) }).meta({ id: 'Money' });
      const all = { a: Money, b: z.array(Money) };
      return { input: z.object(all), output: z.object(all) };
    };
    assert.deepEqual(changed(money(5), money(6)), [
      'compatible request types.Money.note',
      'breaking response types.Money.note',
    ]);
  });

  test('a type that contains itself is compared to the end', () => {
    const tree = (limit: number) => {
      const Tree = z
        .object({
          note: z.string().max(limit),
          get children() {
            return z.array(Tree).max(3).optional();
          },
        })
        .meta({ id: 'Tree' });
      return { output: z.object({ root: Tree }) };
    };
    assert.deepEqual(changed(tree(5), tree(6)), ['breaking response types.Tree.note']);
    assert.deepEqual(changed(tree(5), tree(5)), []);
  });

  test('marks change what REST does with a field', () => {
    const plain = z.object({ revision: z.int(), ref: z.string() });
    const marked = plain.extend({ revision: z.int().meta(version()) });
    const [input, output] = ['operations.act.input', 'operations.act.output'];
    assert.deepEqual(changed({ input: plain }, { input: marked }), [
      `breaking request ${input}.revision`,
    ]);
    assert.deepEqual(changed({ output: plain }, { output: marked }), [
      `compatible response ${output}.revision`,
    ]);
    assert.deepEqual(changed({ output: marked }, { output: plain }), [
      `breaking response ${output}.revision`,
    ]);
    const identified = plain.extend({ ref: z.string().meta(id('ord')) });
    assert.deepEqual(changed({ output: plain }, { output: identified }), [
      `note response ${output}.ref`,
    ]);
  });
});

describe('SOAP', () => {
  test('a new element in an answer stops strict clients, in a request nobody', () => {
    const small = z.object({ a: z.string() });
    const large = z.object({ a: z.string(), b: z.string().optional() });
    const [answer] = compare(apiWith({ output: small }), apiWith({ output: large }));
    assert.equal(answer?.severity, 'compatible');
    assert.match(answer.soap ?? '', /strict zeep, gSOAP/);
    const [request] = compare(apiWith({ input: small }), apiWith({ input: large }));
    assert.equal(request?.soap, undefined);
  });

  test('so does another order of the elements', () => {
    const one = z.object({ a: z.string(), b: z.string() });
    const other = z.object({ b: z.string(), a: z.string() });
    const [answer] = compare(apiWith({ output: one }), apiWith({ output: other }));
    assert.equal(answer?.severity, 'note');
    assert.match(answer.soap ?? '', /strict zeep/);
    assert.deepEqual(compare(apiWith({ input: one }), apiWith({ input: other })), []);
  });
});

describe('the version number', () => {
  const at = (version: string, operations = {}) => someApi({ version, operations });
  const one = { act: someOperation() };
  const problem = (before: ReturnType<typeof at>, after: typeof before) =>
    findVersionProblem(before, after, compare(before, after));

  test('is a new major one where something breaks', () => {
    const before = at('1.2.0', one);
    const same = at('1.3.0');
    assert.equal(isCompatible(compare(before, same)), false);
    assert.match(
      problem(before, same) ?? '',
      /"sample" 1\.3\.0 has 1 breaking change since 1\.2\.0/,
    );
    assert.equal(problem(before, at('2.0.0')), undefined);
    assert.match(problem(at('0.1.0', one), at('0.2.0')) ?? '', /needs the major version 1/);
  });

  test('may stay where nothing breaks, and never goes back', () => {
    const before = at('1.2.0');
    const after = at('1.2.0', one);
    assert.equal(isCompatible(compare(before, after)), true);
    assert.equal(problem(before, after), undefined);
    assert.match(problem(at('2.0.0'), at('1.0.0')) ?? '', /goes back from 2\.0\.0 to 1\.0\.0/);
  });
});
