import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure, type FailureClass } from '@portico/contract';
import { decodeFailure, decodeProtocolError, encodeFailure } from './failure-code.ts';
import { getStock, OutOfStock, reserve } from './fixtures.ts';
import { ProtocolError } from './protocol-error.ts';

function carry(failure: Failure, operation = reserve as never): Failure {
  const { classNumber, json } = encodeFailure(failure);
  return decodeFailure(classNumber, Buffer.from(json), operation);
}

describe('failures over the wire', () => {
  it('keep class, code, message and what a caller may know', () => {
    const classes: FailureClass[] = ['REFUSED', 'OVERLOADED', 'DEADLINE', 'UNAVAILABLE', 'BUG'];
    for (const failureClass of [...classes, 'CANCELLED', 'REJECTED'] as const) {
      const details = {
        retryAfterMs: 20,
        started: false,
        incident: 'i-1',
        reason: 'key-expired',
        permissions: ['orders:read'],
        allow: ['GET'],
        status: 409,
        violations: [{ pointer: '/sku', detail: 'is required' }],
      };
      const carried = carry(new Failure(failureClass, 'some-code', 'Why.', details));
      assert.equal(carried.class, failureClass);
      assert.equal(carried.code, 'some-code');
      assert.equal(carried.message, 'Why.');
      assert.deepEqual(carried.details, details);
    }
  });

  it('that the contract declares are known by their definition', () => {
    const thrown = OutOfStock({ sku: 'a' });
    const details = { ...thrown.details, name: 'OutOfStock' };
    const carried = carry(new Failure('APP', 'OutOfStock', thrown.message, details));
    assert.ok(OutOfStock.is(carried));
    assert.deepEqual(carried.details.data, { sku: 'a' });
    assert.equal(carried.details.status, 409);
  });

  it('that the caller does not declare keep their name, and no definition', () => {
    const failure = new Failure('APP', 'OutOfStock', 'None.', { name: 'OutOfStock' });
    const carried = carry(failure, getStock as never);
    assert.equal(carried.details.name, 'OutOfStock');
    assert.equal(carried.details.definition, undefined);
    const inherited = new Failure('APP', 'x', 'Odd.', { name: 'constructor' });
    assert.equal(carry(inherited).details.definition, undefined);
  });

  it('leave causes and definitions in their process', () => {
    const { json } = encodeFailure(
      new Failure('BUG', 'internal', 'No.', { cause: new Error('secret'), definition: OutOfStock }),
    );
    assert.deepEqual(JSON.parse(json), { code: 'internal', message: 'No.' });
  });

  it('never say NOT_SENT: that is what a caller knows of its own connection', () => {
    assert.equal(carry(new Failure('NOT_SENT', 'not-sent', 'No.')).class, 'UNAVAILABLE');
  });

  it('that are none are a breach of the protocol', () => {
    for (const json of [
      '',
      '[]',
      '{}',
      '{"code":1,"message":"x"}',
      '{"code":"x"}',
      'null',
      '\xff',
    ]) {
      const payload = Buffer.from(json, 'latin1');
      assert.throws(() => decodeFailure(8, payload, reserve as never), ProtocolError, json);
    }
    const whole = Buffer.from('{"code":"x","message":"y"}');
    for (const number of [0, 9, 255]) {
      assert.throws(() => decodeFailure(number, whole, reserve as never), ProtocolError);
    }
  });

  it('that end a connection are read whatever they hold', () => {
    for (const payload of ['', '\0', '\0\0', '\0\0{}', '\0\0{"message":3}']) {
      assert.match(decodeProtocolError(Buffer.from(payload)), /reason given/);
    }
  });
});
