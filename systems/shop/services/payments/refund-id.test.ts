import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RefundId } from '../../contracts/common.ts';
import { toRefundId } from './refund-id.ts';

describe('the id of a refund', () => {
  it('is ours when we made it', () => {
    const ours = 'rfd_vbv15fq970ztck0eck7sn37k5e';
    assert.equal(toRefundId(ours), ours);
  });

  it('is made of the provider’s for what was given back there, always the same', () => {
    const made = toRefundId('re_3PqzX2');
    assert.equal(RefundId.parse(made), made);
    assert.equal(toRefundId('re_3PqzX2'), made);
    assert.notEqual(toRefundId('re_3PqzX3'), made);
  });
});
