import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLIENTS, type ForeignClient } from './clients.ts';
import { FULL, SPARSE } from './samples.ts';
import { type InteropServer, startInteropServer } from './server.ts';

let server: InteropServer;
before(async () => {
  server = await startInteropServer();
});
after(() => server.close());

/** What a client can't say in its own types, and so arrives as something else. */
const arrivals = {
  php: { full: {}, sparse: {} },
  // The same instants, as Python writes them.
  zeep: {
    full: { instant: '2026-01-31T12:00:00.250000+02:00' },
    sparse: { instant: '2026-01-31T12:00:00+00:00' },
  },
  // It knows no null in a list and writes an empty element.
  npmSoap: { full: { holes: ['x', ''] }, sparse: {} },
  // Its time is `time_t`: seconds in UTC. A null in a list is left out.
  gsoap: { full: { instant: '2026-01-31T10:00:00Z', holes: ['x'] }, sparse: {} },
};

type ClientName = keyof typeof CLIENTS;

for (const name of Object.keys(CLIENTS) as ClientName[]) {
  for (const version of ['1', '2'] as const) {
    const client: ForeignClient = CLIENTS[name];
    test(`${client.name} exchanges every type and every answer over SOAP 1.${version}`, async (t) => {
      const missing = await client.missing();
      if (missing !== undefined) {
        assert.notEqual(process.env.PORTICO_REQUIRE_SERVICES, '1', missing);
        t.skip(missing);
        return;
      }
      server.received.length = 0;
      const printed = await client.exchange(server.wsdl, version);
      assertArrived(name);
      if (name === 'gsoap') assertPrinted(printed, version);
      else assertAnswers(JSON.parse(printed), { name, version });
    });
  }
}

/** What the service got is what the contract says, whichever stack sent it. */
function assertArrived(name: ClientName): void {
  const calls = server.received;
  const echoes = calls.filter(({ operation }) => operation === 'echo').map(({ input }) => input);
  assert.deepEqual(echoes[0], { ...FULL, ...arrivals[name].full });
  assert.deepEqual(echoes[1], { ...SPARSE, ...arrivals[name].sparse });
  // gSOAP has no third state: its null of an optional element is an absent one.
  if (name !== 'gsoap') assert.equal((echoes[2] as typeof FULL).either, null);
  const submits = calls.filter(({ operation }) => operation === 'submit');
  assert.deepEqual(
    submits.map(({ key, input }) => [key, input]),
    [['key-1', { note: 'n' }]],
  );
  const users = calls.filter(({ username }) => username !== undefined);
  if (name !== 'gsoap')
    assert.deepEqual(
      users.map(({ username }) => username),
      ['me'],
    );
}

interface SeenFault {
  readonly code: string;
  readonly detail: { readonly [element: string]: unknown };
}

/** What the client's own types gave back to its caller. */
function assertAnswers(
  answers: Record<string, unknown>,
  { name, version }: { readonly name: ClientName; readonly version: '1' | '2' },
): void {
  const full = answers.full as Record<string, unknown>;
  // npm soap trims text.
  assert.equal(full.text, name === 'npmSoap' ? FULL.text.trim() : FULL.text);
  for (const field of [
    'flag',
    'small',
    'large',
    'ratio',
    'bytes',
    'color',
    'code',
    'maybe',
  ] as const) {
    assert.equal(full[field], FULL[field], field);
  }
  assert.deepEqual(JSON.parse(String(full.anything)), FULL.anything);
  assert.deepEqual((full.nested as { list: unknown }).list, { item: FULL.nested.list });
  assert.equal((full.counts as { entry: unknown[] }).entry.length, 2);
  assert.equal((answers.submit as { key: string }).key, 'key-1');
  const [sender, receiver] = version === '1' ? ['Client', 'Server'] : ['Sender', 'Receiver'];
  const fault = (which: string) => answers[which] as SeenFault;
  for (const which of ['OutOfStock', 'Gone', 'invalid', 'keyMissing']) {
    assert.match(fault(which).code, new RegExp(`:${sender}$`), which);
  }
  assert.match(fault('bug').code, new RegExp(`:${receiver}$`));
  const { sku, missing } = fault('OutOfStock').detail.OutOfStock as {
    sku: string;
    missing: unknown;
  };
  assert.deepEqual([sku, Number(missing)], ['ab<1>', 3]);
  assert.ok('Gone' in fault('Gone').detail);
  const problem = (which: string) => fault(which).detail.Problem as Record<string, unknown>;
  assert.equal(problem('invalid').code, 'invalid');
  assert.deepEqual([problem('invalid').violation].flat(), [
    { pointer: '/lines/0/sku', detail: 'Is too long.' },
  ]);
  assert.equal(problem('keyMissing').code, 'key-missing');
  assert.equal(problem('bug').incident, 'inc-1');
  assert.doesNotMatch(JSON.stringify(answers.bug), /secret/);
  const denied = version === '1' ? /FailedAuthentication$/ : /Sender$/;
  assert.match(fault('wrongPassword').code, denied);
}

/** gSOAP prints from its structures, one `name=value` per line. */
function assertPrinted(printed: string, version: '1' | '2'): void {
  const lines = new Set(printed.split('\n'));
  const sender = version === '1' ? 'Client' : 'Sender';
  const expected = [
    'full.large=9007199254740991',
    `full.price=${FULL.price}`,
    'full.instant=1769853600',
    'full.bytes=5',
    'full.color=1',
    'full.words.1=',
    'full.addresses.1=S2,-',
    'full.counts.b c=2',
    'full.card=4242',
    'full.leaf=leaf',
    'full.nothing=not null',
    'full.either=5',
    'sparse.ratio=-1.4999999999999999e-07',
    'sparse.transfer=-',
    'sparse.nested=1,0',
    'sparse.maybe=-',
    'sparse.nothing=null',
    'touch=done',
    `OutOfStock.code=SOAP-ENV:${sender}`,
    'OutOfStock.sku=ab<1>',
    'OutOfStock.missing=3',
    'Gone.gone=yes',
    'invalid.pointer=/lines/0/sku',
    'bug.text=The service failed unexpectedly.',
    'keyMissing.problem=key-missing',
    'submit=key-1',
  ];
  for (const line of expected) assert.ok(lines.has(line), `${line} is missing in:\n${printed}`);
}
