import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, hashInput } from './canonical-json.ts';

test('writes the example of RFC 8785 §3.2.2 as §3.2.4 has it', () => {
  const input = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`);
  const output = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
  assert.equal(canonicalJson(input), output);
});

test('sorts names by UTF-16 code units, as the example of RFC 8785 §3.2.3', () => {
  const input = JSON.parse(String.raw`{
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"
  }`);
  const names = Object.values(JSON.parse(canonicalJson(input).replace('"1":', '"one":')));
  assert.deepEqual(names, [
    ...['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis'],
    ...['Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh'],
  ]);
});

test('writes numbers as RFC 8785 appendix B', () => {
  const samples: readonly [bits: string, text: string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ];
  for (const [bits, text] of samples) {
    assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text, bits);
  }
});

test('is JSON that says the same', () => {
  const holds = (value: unknown) => {
    const plain = JSON.parse(JSON.stringify(value));
    assert.deepEqual(JSON.parse(canonicalJson(plain)), plain);
  };
  fc.assert(fc.property(fc.jsonValue(), holds));
});

test('does not depend on the order of members', () => {
  const member = fc.tuple(fc.string(), fc.jsonValue());
  const members = fc.uniqueArray(member, { selector: ([name]) => name });
  const shuffled = members.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  const holds = ([one, other]: [[string, unknown][], [string, unknown][]]) => {
    const a = { nested: Object.fromEntries(one) };
    const b = { nested: Object.fromEntries(other) };
    assert.equal(hashInput(a), hashInput(b));
  };
  fc.assert(fc.property(shuffled, holds));
});

test('tells different inputs apart', () => {
  const inputs = [undefined, null, '', 0, '0', [], {}, [[]], { a: 1 }, { a: '1' }, { a: [1] }];
  assert.equal(new Set(inputs.map(hashInput)).size, inputs.length);
  assert.equal(hashInput({ a: 1, b: undefined }), hashInput({ a: 1 }));
  assert.match(hashInput({}), /^[0-9a-f]{64}$/);
});

test('writes bytes as base 64 and dates as they write themselves', () => {
  const value = { bytes: new Uint8Array([1, 2, 255]), at: new Date(0) };
  assert.equal(canonicalJson(value), '{"at":"1970-01-01T00:00:00.000Z","bytes":"AQL/"}');
});

test('refuses what JSON can not say, with its place', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const refused: readonly [value: unknown, message: RegExp][] = [
    [{ a: [1, Number.NaN] }, /"\/a\/1": NaN/],
    [{ a: Number.POSITIVE_INFINITY }, /"\/a": Infinity/],
    [{ a: 'x\ud800' }, /"\/a": a lone surrogate/],
    [{ 'x\ud800': 1 }, /lone surrogate/],
    [1n, /"": a bigint/],
    [[() => {}], /"\/0": a function/],
    [cyclic, /nesting beyond 256/],
  ];
  for (const [value, message] of refused) {
    assert.throws(() => canonicalJson(value), { name: 'TypeError', message });
  }
});
