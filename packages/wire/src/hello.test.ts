import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inventory, InventoryV2 } from './fixtures.ts';
import { chooseVersion, encodeProof, parseHello, parseProof, parseWelcome } from './hello.ts';
import { describeUses, matchOperations, numberOperations } from './operation-table.ts';
import { ProtocolError } from './protocol-error.ts';

const common = {
  system: 'shop',
  group: 'orders',
  replica: 'orders-1',
  release: 'r1',
  process: 'orders-1',
  grant: 'signed',
  frameMax: 4 << 20,
  nonce: Buffer.alloc(32, 7).toString('base64url'),
};
const hello = { ...common, versions: [1], uses: describeUses([Inventory]) };
const { table } = numberOperations([Inventory]);
const welcome = { ...common, version: 1, services: table, maxInFlight: 256 };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('greetings', () => {
  it('come out as they went in', () => {
    assert.deepEqual(parseHello(bytes(hello)), hello);
    assert.deepEqual(parseWelcome(bytes(welcome)), welcome);
    assert.deepEqual(parseProof(encodeProof(Buffer.from('proof'))), Buffer.from('proof'));
  });

  it('with anything missing or of another kind are a breach of the protocol', () => {
    for (const field of Object.keys(hello)) {
      for (const value of [undefined, null, 7.5, {}, [{}], 'x'.repeat(20_000)]) {
        if (field === 'uses' && JSON.stringify(value) === '{}') continue;
        const changed = bytes({ ...hello, [field]: value });
        assert.throws(() => parseHello(changed), ProtocolError, `${field} ${value}`);
      }
    }
    for (const field of ['version', 'services', 'maxInFlight']) {
      const changed = bytes({ ...welcome, [field]: null });
      assert.throws(() => parseWelcome(changed), ProtocolError, field);
    }
    for (const text of ['', '7', '[]', '{', 'null', '"x"']) {
      assert.throws(() => parseHello(Buffer.from(text)), ProtocolError);
      assert.throws(() => parseProof(Buffer.from(text)), ProtocolError);
    }
  });

  it('agree on the highest version that both have', () => {
    assert.equal(chooseVersion([7, 1, 0]), 1);
    assert.throws(() => chooseVersion([2, 3]), /No common version/);
    assert.throws(() => chooseVersion([]), ProtocolError);
  });
});

describe('the table of operations', () => {
  it('gives the caller the numbers of the operations that it knows', () => {
    const numbers = matchOperations([Inventory], table);
    assert.deepEqual([...numbers.keys()].toSorted(), [
      'inventory.getStock',
      'inventory.nextChange',
      'inventory.reserve',
    ]);
    assert.equal(new Set(numbers.values()).size, 3);
  });

  it('holds nothing for callers of another major version', () => {
    assert.equal(matchOperations([InventoryV2], table).size, 0);
  });

  it('cannot be fooled with inherited names', () => {
    const strange = { ...table, inventory: { version: '1.0.0', hash: 'h', operations: {} } };
    assert.equal(matchOperations([Inventory], strange).size, 0);
    assert.equal(matchOperations([Inventory], {}).size, 0);
  });
});
