// Knows the WSDL and nothing else: node client.mjs WSDL 1|2 PATH-TO-SOAP
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [wsdl, version, judges] = process.argv.slice(2);
const soap = createRequire(pathToFileURL(judges))('soap');
const client = await soap.createClientAsync(wsdl, { forceSoap12Headers: version === '2' });
const port = client.InteropService[`InteropServiceSoap1${version}`];
const call = (name, input) =>
  new Promise((resolve, reject) => {
    port[name](input, (problem, result) => (problem ? reject(problem) : resolve(result)));
  });
const fault = async (name, input) => {
  try {
    await call(name, input);
    return { none: true };
  } catch (problem) {
    const found = problem.root?.Envelope?.Body?.Fault ?? { missing: String(problem) };
    return {
      code: found.faultcode ?? found.Code?.Value,
      text: found.faultstring ?? found.Reason?.Text,
      detail: found.detail ?? found.Detail,
    };
  }
};
const full = {
  text: ' a <b> & "c" \u00e4\u20ac\u{1f600}\nnext ',
  flag: true,
  small: -7,
  large: '9007199254740991',
  ratio: 0.1,
  price: '12345678901234567890.50',
  instant: '2026-01-31T12:00:00.250+02:00',
  day: '2026-01-31',
  bytes: Buffer.from([0, 1, 2, 3, 255]).toString('base64'),
  color: 'dark green',
  code: 'AB-12',
  anything: JSON.stringify({ a: [1, null, 'x'] }),
  words: { item: ['one', '', 'three'] },
  addresses: { item: [{ street: 'S1', city: 'C1' }, { street: 'S2' }] },
  counts: {
    entry: [
      { key: 'a', value: 1 },
      { key: 'b c', value: 2 },
    ],
  },
  method: { card: { number: '4242', cents: 100 } },
  tree: { label: 'root', children: { item: [{ label: 'leaf' }] } },
  nested: { on: false, list: { item: [1, 2, 3] } },
  maybe: 'here',
  nothing: 'not null',
  either: 5,
  holes: { item: ['x', null] },
};
const sparse = {
  text: '',
  flag: false,
  small: 0,
  large: '-9007199254740991',
  ratio: -1.5e-7,
  price: '0.1',
  instant: '2026-01-31T12:00:00Z',
  day: '1999-12-31',
  bytes: '',
  color: 'red',
  code: 'ZZ-0',
  anything: '"text"',
  words: {},
  addresses: { item: [{ street: 'only' }] },
  counts: {},
  method: { transfer: {} },
  tree: { label: 'x' },
  nested: { on: true, list: {} },
  nothing: null,
};
const results = { full: await call('echo', full), sparse: await call('echo', sparse) };
results.nulled = (await call('echo', { ...full, either: null })).either;
results.touch = await call('touch', {});
for (const how of ['OutOfStock', 'Gone', 'invalid', 'bug']) {
  results[how] = await fault('fail', { how });
}
results.keyMissing = await fault('submit', { note: 'n' });
client.addSoapHeader({ IdempotencyKey: 'key-1' }, '', 'k', 'urn:portico:soap:v1');
client.clearSoapHeaders();
client.addSoapHeader('<IdempotencyKey xmlns="urn:portico:soap:v1">key-1</IdempotencyKey>');
results.submit = await call('submit', { note: 'n' });
client.clearSoapHeaders();
client.setSecurity(new soap.WSSecurity('me', 'open sesame', { hasNonce: true }));
await call('touch', {});
client.setSecurity(new soap.WSSecurity('me', 'wrong'));
results.wrongPassword = await fault('touch', {});
console.log(JSON.stringify(results));
