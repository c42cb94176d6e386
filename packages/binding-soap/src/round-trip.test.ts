import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '@portico/contract';
import * as fc from 'fast-check';
import { createEndpoint, envelope } from './fixtures/exchange.ts';
import { apisWithValues } from './fixtures/shapes.ts';
import { Shop } from './fixtures/shop.ts';

/** Answers with `value` and gives what the binding wrote. */
async function write(api: Api, value: unknown): Promise<string> {
  const endpoint = createEndpoint(api);
  const body = envelope('1.1', `<echo xmlns="${endpoint.namespace}"/>`);
  return (await endpoint.send({ body, dispatch: () => value })).text;
}

/** Sends a response back as a request and gives what the binding read. */
async function read(api: Api, text: string): Promise<unknown> {
  let input: unknown;
  const { text: reply } = await createEndpoint(api).send({
    body: text.replaceAll('echoResponse', 'echo'),
    dispatch: (_operation, given) => {
      input = given;
      return {};
    },
  });
  assert.doesNotMatch(reply, /Fault/, text);
  return input;
}

test('reads every value that it writes as the same value', async () => {
  await fc.assert(
    fc.asyncProperty(apisWithValues, async ({ api, value }) => {
      assert.deepEqual(await read(api, await write(api, value)), value);
    }),
    { numRuns: 400 },
  );
});

test('writes a WSDL for every shape, the same each time', async () => {
  await fc.assert(
    fc.asyncProperty(apisWithValues, async ({ api }) => {
      const describe = () => createEndpoint(api).send({ method: 'GET', query: 'wsdl' });
      const { text } = await describe();
      assert.match(text, /<\/wsdl:definitions>\n$/);
      assert.doesNotMatch(text, /undefined|"tns:"/);
      assert.equal((await describe()).text, text);
    }),
    { numRuns: 100 },
  );
});

const endpoint = createEndpoint(Shop as unknown as Api);
const VALID = envelope(
  '1.2',
  `<order xmlns="${endpoint.namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><lines><item><sku>a &amp; b</sku><quantity>1</quantity><note xsi:nil="true"/></item></lines><labels><entry><key>k</key><value>v</value></entry></labels><pay><card><number>1</number></card></pay></order>`,
  '<p:IdempotencyKey xmlns:p="urn:portico:soap:v1" s:mustUnderstand="true">k</p:IdempotencyKey>',
);

const SNIPPETS = [
  '<',
  '>',
  '"',
  '&',
  '/',
  '\0',
  '<x>',
  '</x>',
  '<![CDATA[',
  ']]>',
  '<!--',
  ' xmlns="u"',
  ' xsi:type="q:w"',
  ' xsi:nil="true"',
  '\ud800',
  '&#0;',
  'item',
];

test('answers an envelope with any snippet anywhere with a result or a fault of the sender', async () => {
  for (const snippet of SNIPPETS) {
    for (let at = 0; at <= VALID.length; at += 1) {
      const body = VALID.slice(0, at) + snippet + VALID.slice(at);
      const { text } = await endpoint.send({ body, dispatch: () => ({ id: '1', lines: [] }) });
      assert.doesNotMatch(text, /<code>internal/, body);
    }
  }
});

test('answers mutated envelopes with a result or a fault of the sender, never with a failure of ours', async () => {
  const mutation = fc.record({
    at: fc.nat(VALID.length),
    remove: fc.nat(30),
    insert: fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ unit: 'binary', maxLength: 4 })),
  });
  const whole = await endpoint.send({ body: VALID, dispatch: () => ({ id: '1', lines: [] }) });
  assert.equal(whole.reply.status, 200);
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
      let body = VALID;
      for (const { at, remove, insert } of mutations) {
        body = body.slice(0, at) + insert + body.slice(at + remove);
      }
      const { text } = await endpoint.send({ body, dispatch: () => ({ id: '1', lines: [] }) });
      assert.doesNotMatch(text, /<code>internal/, body);
    }),
    { numRuns: 1_000 },
  );
});

test('takes time linear in the message, whatever white space and brackets it holds', async () => {
  const size = 400_000;
  const bodies = [
    `<order xmlns="${endpoint.namespace}"><lines><item><quantity>1${' '.repeat(size)}2</quantity></item></lines></order>`,
    `<order xmlns="${endpoint.namespace}"><lines><item><quantity>${'0'.repeat(size)}x</quantity></item></lines></order>`,
    `<order xmlns="${endpoint.namespace}">${' '.repeat(size)}x${' '.repeat(size)}</order>`,
  ];
  for (const body of bodies) {
    const before = process.cpuUsage();
    const { text } = await endpoint.send({ body: envelope('1.1', body) });
    const { user, system } = process.cpuUsage(before);
    assert.match(text, /<code>invalid/);
    // Quadratic time would be minutes.
    assert.ok((user + system) / 1_000 < 3_000);
  }
});
