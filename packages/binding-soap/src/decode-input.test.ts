import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api, Field } from '@portico/contract';
import { createEndpoint, envelope } from './fixtures/exchange.ts';
import { apiOf } from './fixtures/shapes.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const XSD = 'http://www.w3.org/2001/XMLSchema';
const field = (name: string, shape: Field['shape'], required = true): Field => ({
  name,
  shape,
  required,
});

/** The value read from `content`, or the violations as `pointer: detail`. */
async function decode(api: Api, content: string): Promise<unknown> {
  const endpoint = createEndpoint(api);
  const body = `<echo xmlns="${endpoint.namespace}" xmlns:t="${endpoint.namespace}" xmlns:i="${XSI}" xmlns:x="${XSD}">${content}</echo>`;
  let input: unknown;
  const { text } = await endpoint.send({
    body: envelope('1.1', body),
    dispatch: (_operation, given) => {
      input = given;
      return {};
    },
  });
  const violations = [...text.matchAll(/<pointer>([^<]*)<\/pointer><detail>([^<]*)/g)];
  return violations.length > 0
    ? violations.map(([, pointer, detail]) => `${pointer}: ${detail}`)
    : input;
}

const api = apiOf([
  field('a', { kind: 'string', nullable: true }, false),
  field('n', { kind: 'integer', width: 'int64' }, false),
  field(
    'list',
    { kind: 'array', items: { kind: 'string', nullable: true }, nullable: true },
    false,
  ),
  field('map', { kind: 'map', values: { kind: 'integer', width: 'int32' } }, false),
  field('tree', { kind: 'reference', name: 'Tree' }, false),
  field('__proto__', { kind: 'string' }, false),
]);

test('takes elements in any order and keeps absent, null and empty apart', async () => {
  assert.deepEqual(await decode(api, ''), {});
  assert.deepEqual(await decode(api, '<n>1</n><a/>'), { n: 1, a: '' });
  assert.deepEqual(await decode(api, '<a i:nil="1"/><list/>'), { a: null, list: [] });
  assert.deepEqual(await decode(api, '<list i:nil="true"/>'), { list: null });
  assert.deepEqual(await decode(api, '<list><item i:nil="true"/><item i:nil="false"/></list>'), {
    list: [null, ''],
  });
});

test('treats prototype names as data', async () => {
  const read = await decode(
    api,
    '<__proto__>x</__proto__><map><entry><key>__proto__</key><value>1</value></entry></map>',
  );
  assert.deepEqual(Object.keys(read as object), ['__proto__', 'map']);
  assert.deepEqual(Object.entries((read as { map: object }).map), [['__proto__', 1]]);
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
});

test('refuses nil where null is no value, and content in a nil element', async () => {
  assert.deepEqual(await decode(api, '<n i:nil="true"/>'), ['/n: Must not be nil.']);
  assert.deepEqual(await decode(api, '<a i:nil="true">x</a>'), [
    '/a: Expected nothing, for the element is nil.',
  ]);
  assert.deepEqual(await decode(api, '<map><entry i:nil="true"/></map>'), [
    '/map/0: Must not be nil.',
  ]);
  assert.deepEqual(await decode(api, '<a i:nil="maybe"/>'), [
    '/a: The attribute xsi:nil is neither true nor false.',
  ]);
});

test('takes xsi:type when it names the declared type or one derived from it', async () => {
  assert.deepEqual(await decode(api, '<a i:type="x:string">s</a><n i:type="x:int">1</n>'), {
    a: 's',
    n: 1,
  });
  assert.deepEqual(await decode(api, '<tree i:type="t:Tree"><label>l</label></tree>'), {
    tree: { label: 'l' },
  });
  assert.deepEqual(await decode(api, '<n i:type="x:string">1</n>'), [
    '/n: The type x:string is not the declared one.',
  ]);
  assert.deepEqual(await decode(api, '<tree i:type="t:Other"><label>l</label></tree>'), [
    '/tree: The type t:Other is not the declared one.',
  ]);
});

test('refuses unknown attributes, unknown elements, other namespaces and stray text', async () => {
  assert.deepEqual(await decode(api, '<a id="1">x</a>'), [
    '/a: The attribute id is not known here.',
  ]);
  assert.deepEqual(await decode(api, '<b><c>1</c></b>'), ['/b: Is not known here.']);
  assert.deepEqual(await decode(api, '<a xmlns="">x</a>'), [
    '/a: Is in no namespace; expected urn:portico:test:random:v1.',
  ]);
  assert.deepEqual(await decode(api, '<list>x<item>y</item></list>'), [
    '/list: Has text between its elements.',
  ]);
  assert.deepEqual(await decode(api, '<a>x<b>y</b>z</a>'), [
    '/a: Has the element b, but expected text.',
  ]);
  assert.deepEqual(await decode(api, '<a i:schemaLocation="u u.xsd">x</a>'), { a: 'x' });
});

test('refuses what is repeated', async () => {
  assert.deepEqual(await decode(api, '<n>1</n><n>2</n>'), ['/n: Is given more than once.']);
  const entry = '<entry><key>k</key><value>1</value></entry>';
  assert.deepEqual(await decode(api, `<map>${entry}${entry}</map>`), [
    '/map/k: Is given more than once.',
  ]);
});

test('points into the value, with keys of maps and places in lists', async () => {
  const problems = await decode(
    api,
    '<list><item/><thing/></list><map><entry><key>a/b</key><value>x</value></entry><entry><value>1</value></entry></map><tree><label>l</label><children><item><label>a</label></item><item><labl/></item></children></tree>',
  );
  assert.deepEqual(
    (problems as string[]).map((line) => line.split(': ')[0]),
    ['/list/thing', '/map/a~1b/value', '/map/1', '/tree/children/1/labl'],
  );
});

test('wants exactly one branch of a choice', async () => {
  const tag = (value: string) => field('kind', { kind: 'string', values: [value] });
  const union = apiOf([
    field('pay', {
      kind: 'union',
      tag: 'kind',
      branches: [
        {
          value: 'card',
          shape: { kind: 'object', fields: [tag('card'), field('no', { kind: 'string' })] },
        },
        { value: 'cash', shape: { kind: 'object', fields: [tag('cash')] } },
      ],
    }),
  ]);
  assert.deepEqual(await decode(union, '<pay><card><no>1</no></card></pay>'), {
    pay: { kind: 'card', no: '1' },
  });
  assert.deepEqual(await decode(union, '<pay/>'), ['/pay: Needs exactly one of: card, cash.']);
  assert.deepEqual(await decode(union, '<pay><cash/><card/></pay>'), [
    '/pay: Is a second choice where one is made.',
  ]);
  assert.deepEqual(await decode(union, '<pay><gold/></pay>'), [
    '/pay/gold: Is not known here.',
    '/pay: Needs exactly one of: card, cash.',
  ]);
  assert.deepEqual(await decode(union, '<pay><card><no>1</no><kind>cash</kind></card></pay>'), [
    '/pay/kind: Is not known here.',
  ]);
});
