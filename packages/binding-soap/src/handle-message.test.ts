import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, Failure } from '@portico/contract';
import { createEndpoint, envelope, type Sent } from './fixtures/exchange.ts';
import { Shop } from './fixtures/shop.ts';

const endpoint = createEndpoint(Shop as unknown as Api);
const NS = endpoint.namespace;
const VERSIONS = ['1.1', '1.2'] as const;
const PORTICO = 'urn:portico:soap:v1';
const ORDER = `<order xmlns="${NS}"><lines/></order>`;
const answerOrder = () => ({ id: 'o1', lines: [] });

async function send(
  version: '1.1' | '1.2',
  body: string,
  sent: Sent & { readonly header?: string } = {},
) {
  const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
  const { reply, text } = await endpoint.send({
    ...sent,
    headers: { 'content-type': `${type}; charset=utf-8`, ...sent.headers },
    body: sent.body ?? envelope(version, body, sent.header),
  });
  const code = /<code>([^<]*)<\/code>/.exec(text)?.[1];
  const fault = /<faultcode[^>]*>([^<]*)|<soap:Value>([^<]*)/.exec(text);
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    code,
    fault: fault?.[1] ?? fault?.[2],
  };
}

test('answers in the version and media type of the envelope', async () => {
  for (const version of VERSIONS) {
    const seen: unknown[] = [];
    const { status, headers, text } = await send(
      version,
      `<order xmlns="${NS}"><lines><item><quantity> 2 </quantity><sku>a&amp;b</sku></item></lines></order>`,
      {
        dispatch: (operation, input) => {
          seen.push(operation.id, input);
          return { id: '<1>', lines: [{ sku: 'x', quantity: 1, note: null }] };
        },
      },
    );
    assert.equal(status, 200);
    assert.deepEqual(seen, ['shop.order', { lines: [{ quantity: 2, sku: 'a&b' }] }]);
    assert.match(
      String(headers['content-type']),
      version === '1.1' ? /^text\/xml/ : /^application\/soap\+xml/,
    );
    assert.ok(text.includes(`<orderResponse xmlns="${NS}"`), text);
    assert.ok(
      text.includes(
        '<id>&lt;1&gt;</id><lines><item><sku>x</sku><quantity>1</quantity><note xsi:nil="true"/></item></lines>',
      ),
      text,
    );
  }
});

test('lets the namespace of the envelope decide, not the content type', async () => {
  const { status, headers } = await send('1.2', ORDER, {
    headers: { 'content-type': 'text/xml' },
    dispatch: answerOrder,
  });
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /soap\+xml/);
});

test('checks HTTP credentials before it reads anything, and answers 401 with a fault', async () => {
  for (const version of VERSIONS) {
    const { status, headers, code, fault } = await send(version, 'not XML', {
      authenticate: () => {
        throw Failure.rejected('unauthenticated', 'Wrong key.');
      },
    });
    assert.deepEqual([status, code], [401, 'unauthenticated']);
    assert.equal(fault, version === '1.1' ? 'soap:Client' : 'soap:Sender');
    assert.ok(headers['www-authenticate']);
  }
});

test('refuses other media types with 415, MTOM included', async () => {
  for (const type of ['application/json', 'multipart/related; type="application/xop+xml"', '']) {
    const { status } = await send('1.1', ORDER, { headers: { 'content-type': type } });
    assert.equal(status, 415, type);
  }
  const { status } = await send('1.1', ORDER, {
    headers: { 'content-type': 'text/xml; charset=latin1' },
  });
  assert.equal(status, 415);
});

test('says VersionMismatch for an envelope of neither version, with the versions it speaks', async () => {
  const body = `<s:Envelope xmlns:s="urn:other"><s:Body>${ORDER}</s:Body></s:Envelope>`;
  const old = await send('1.1', '', { body });
  assert.deepEqual([old.status, old.fault], [500, 'soap:VersionMismatch']);
  const { status, fault, text } = await send('1.2', '', { body });
  assert.deepEqual([status, fault], [500, 'soap:VersionMismatch']);
  assert.match(
    text,
    /<soap:Upgrade><soap:SupportedEnvelope xmlns:v="http:\/\/www.w3.org\/2003\/05\/soap-envelope"/,
  );
});

test('refuses header blocks that must be understood and are not, and only those', async () => {
  const block = (attributes: string) => `<x:Route xmlns:x="urn:x" ${attributes}/>`;
  const next11 = 's:actor="http://schemas.xmlsoap.org/soap/actor/next"';
  const role12 = (name: string) => `s:role="http://www.w3.org/2003/05/soap-envelope/role/${name}"`;
  const cases: readonly (readonly ['1.1' | '1.2', string, boolean])[] = [
    ['1.1', 's:mustUnderstand="1"', true],
    ['1.1', `s:mustUnderstand="1" ${next11}`, true],
    ['1.1', 's:mustUnderstand="1" s:actor="urn:someone-else"', false],
    ['1.1', 's:mustUnderstand="0"', false],
    ['1.1', '', false],
    ['1.2', 's:mustUnderstand="true"', true],
    ['1.2', `s:mustUnderstand="1" ${role12('ultimateReceiver')}`, true],
    ['1.2', `s:mustUnderstand="true" ${role12('none')}`, false],
    ['1.2', 's:mustUnderstand="false"', false],
  ];
  for (const [version, attributes, refused] of cases) {
    const options = { header: block(attributes), dispatch: answerOrder };
    const { status, fault, text } = await send(version, ORDER, options);
    assert.equal(status, refused ? 500 : 200, attributes);
    if (refused) assert.equal(fault, 'soap:MustUnderstand');
    if (refused && version === '1.2') {
      assert.match(text, /<soap:NotUnderstood xmlns:n="urn:x" qname="n:Route"\/>/);
    }
  }
});

test('names an operation by the body alone, and refuses an action that contradicts it', async () => {
  const fine = [undefined, '', '""', `"${NS}#order"`, `${NS}#order`];
  for (const action of fine) {
    const headers = action === undefined ? {} : { soapaction: action };
    assert.equal(
      (await send('1.1', ORDER, { headers, dispatch: answerOrder })).status,
      200,
      action,
    );
  }
  const wrong = { soapaction: `"${NS}#refund"` };
  assert.equal(
    (await send('1.1', ORDER, { headers: wrong, dispatch: answerOrder })).code,
    'malformed',
  );
  const headers = { 'content-type': `application/soap+xml; action="${NS}#refund"` };
  const { status, code } = await send('1.2', ORDER, { headers, dispatch: answerOrder });
  assert.deepEqual([status, code], [400, 'malformed']);
  assert.equal((await send('1.1', `<nothing xmlns="${NS}"/>`)).code, 'unknown-operation');
  assert.equal((await send('1.1', '<order xmlns="urn:other"/>')).code, 'unknown-operation');
});

test('wants one body with one element, and nothing else in the envelope', async () => {
  const s = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"';
  const bodies = [
    `<s:Envelope ${s}/>`,
    `<s:Envelope ${s}><s:Body/></s:Envelope>`,
    `<s:Envelope ${s}><s:Body>${ORDER}${ORDER}</s:Body></s:Envelope>`,
    `<s:Envelope ${s}><s:Body>${ORDER}</s:Body><s:Body>${ORDER}</s:Body></s:Envelope>`,
    `<s:Envelope ${s}><s:Body>${ORDER}</s:Body><s:Header/></s:Envelope>`,
    `<s:Envelope ${s}><s:Body>text${ORDER}</s:Body></s:Envelope>`,
    `<s:Envelope ${s}><x/><s:Body>${ORDER}</s:Body></s:Envelope>`,
    '<a/>',
  ];
  for (const body of bodies)
    assert.equal((await send('1.1', '', { body })).code, 'malformed', body);
});

test('refuses an encodingStyle', async () => {
  const body = `<order xmlns="${NS}" s:encodingStyle="http://www.w3.org/2003/05/soap-encoding"><lines/></order>`;
  assert.equal((await send('1.2', body)).fault, 'soap:DataEncodingUnknown');
  assert.equal((await send('1.1', body.replace('2003/05', '2001/06'))).fault, 'soap:Client');
});

test('decides about permission before it tells anything about the input', async () => {
  const { code } = await send('1.1', `<order xmlns="${NS}"><unknown/></order>`, {
    admit: () => {
      throw Failure.rejected('forbidden', 'Needs orders:write.', { permissions: ['orders:write'] });
    },
  });
  assert.equal(code, 'forbidden');
});

test('names every misfit of the input with a pointer into the value', async () => {
  const body = `<order xmlns="${NS}"><lines><item><sku>a</sku><sku>b</sku><quantity>many</quantity></item><thing/></lines><extra>1</extra></order>`;
  const { status, code, text } = await send('1.2', body);
  assert.deepEqual([status, code], [400, 'invalid']);
  const pointers = [...text.matchAll(/<pointer>([^<]*)/g)].map(([, pointer]) => pointer);
  assert.deepEqual(pointers, ['/lines/0/sku', '/lines/0/quantity', '/lines/thing', '/extra']);
});

test('writes declared errors as elements of their own, with the status of their version', async () => {
  const fail = (name: string, status: number, data?: unknown) => () => {
    throw new Failure('APP', name, 'Sorry.', { name, status, data });
  };
  for (const version of VERSIONS) {
    const ours = await send(version, ORDER, { dispatch: fail('OutOfStock', 409, { sku: 'a<b' }) });
    assert.equal(ours.status, version === '1.1' ? 500 : 400);
    assert.match(
      ours.text,
      /<OutOfStock xmlns="[^"]+"[^>]*><sku>a&lt;b<\/sku><\/OutOfStock><Problem/,
    );
    const closed = await send(version, ORDER, { dispatch: fail('Closed', 503) });
    assert.deepEqual(
      [closed.status, closed.fault],
      [500, version === '1.1' ? 'soap:Server' : 'soap:Receiver'],
    );
    const undeclared = await send(version, ORDER, { dispatch: fail('Secret', 409, { a: 1 }) });
    assert.deepEqual([undeclared.status, undeclared.code], [500, 'internal']);
    assert.doesNotMatch(undeclared.text, /Sorry|Secret/);
  }
});

test('keeps what happened inside to itself', async () => {
  const { status, text, code } = await send('1.2', ORDER, {
    dispatch: () => {
      throw new Error('SELECT secret FROM table');
    },
  });
  assert.deepEqual([status, code], [500, 'internal']);
  assert.doesNotMatch(text, /secret/);
  assert.match(text, /<requestId>req-1<\/requestId>/);
});

test('says when to come back, and whose limit it was', async () => {
  const shed = (code: string) => () => {
    throw new Failure('OVERLOADED', code, 'Too much.', { retryAfterMs: 1_500 });
  };
  const limited = await send('1.2', ORDER, { admit: shed('quota-exceeded') });
  assert.deepEqual(
    [limited.status, limited.fault, limited.headers['retry-after']],
    [400, 'soap:Sender', '2'],
  );
  const overloaded = await send('1.2', ORDER, { dispatch: shed('overloaded') });
  assert.deepEqual([overloaded.status, overloaded.fault], [500, 'soap:Receiver']);
});

test('takes an idempotency key from HTTP or from the SOAP header', async () => {
  const refund = `<refund xmlns="${NS}"><id>1</id></refund>`;
  const block = (key: string) => `<IdempotencyKey xmlns="${PORTICO}">${key}</IdempotencyKey>`;
  const dispatch: Sent['dispatch'] = (_operation, _input, key) => ({ key });
  const keyOf = async (headers: Record<string, string>, header = '') => {
    const { text, code } = await send('1.1', refund, { headers, header, dispatch });
    return /<key>([^<]*)/.exec(text)?.[1] ?? code;
  };
  assert.equal(await keyOf({ 'idempotency-key': '"k 1"' }), 'k 1');
  assert.equal(await keyOf({ 'idempotency-key': 'k1' }), 'k1');
  assert.equal(await keyOf({}, block(' k1 ')), 'k1');
  assert.equal(await keyOf({ 'idempotency-key': 'k1' }, block('k1')), 'k1');
  assert.equal(await keyOf({ 'idempotency-key': 'k1' }, block('k2')), 'malformed');
  assert.equal(await keyOf({}, block('')), 'malformed');
  assert.equal(await keyOf({}), 'key-missing');
  assert.equal(await keyOf({}, block('k1') + block('k1')), 'malformed');
});

test('holds an operation to its own size although another may be larger', async () => {
  const upload = (size: number) =>
    `<upload xmlns="${NS}"><file>${'A'.repeat(size)}</file></upload>`;
  assert.equal((await send('1.1', upload(400), { dispatch: () => undefined })).status, 200);
  assert.equal((await send('1.1', upload(1_000))).code, 'too-large');
});

test('answers GET with the document for ?wsdl in any case, and with 405 otherwise', async () => {
  for (const query of ['wsdl', 'WSDL', 'wsdl=']) {
    const { reply, text } = await endpoint.send({ method: 'GET', query });
    assert.equal(reply.status, 200);
    assert.match(text, /location="http:\/\/127.0.0.1:8080\/soap\/shop\/v2"/);
  }
  const { reply } = await endpoint.send({ method: 'GET' });
  assert.deepEqual([reply.status, reply.headers.allow], [405, 'POST']);
});
