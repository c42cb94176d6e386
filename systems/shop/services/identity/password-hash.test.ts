import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashPassword, verifyPassword } from './password-hash.ts';

const cheap = { costLog2: 10, blockSize: 8, parallelization: 1 };
const salt = new Uint8Array(16).fill(7);

describe('password hashes', () => {
  it('accept the password they were made of and no other', async () => {
    const hash = await hashPassword('correct horse battery', cheap, salt);
    assert.match(hash, /^\$scrypt\$ln=10,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    const right = await verifyPassword('correct horse battery', hash, cheap);
    assert.deepEqual(right, { correct: true, outdated: false });
    assert.equal((await verifyPassword('correct horse batterx', hash, cheap)).correct, false);
    assert.equal((await verifyPassword('', hash, cheap)).correct, false);
  });

  it('are of the same password however Unicode writes it', async () => {
    const hash = await hashPassword('Zoë’s ﬁsh pond', cheap, salt);
    assert.equal((await verifyPassword('Zoe\u0308’s fish pond', hash, cheap)).correct, true);
  });

  it('say when they were made at another cost', async () => {
    const hash = await hashPassword('correct horse battery', cheap, salt);
    const dearer = { ...cheap, costLog2: 11 };
    assert.equal((await verifyPassword('correct horse battery', hash, dearer)).outdated, true);
    assert.equal((await verifyPassword('wrong', hash, dearer)).outdated, false);
  });

  it('refuse every password where there is no hash', async () => {
    assert.equal((await verifyPassword('anything', undefined, cheap)).correct, false);
    assert.equal((await verifyPassword('anything', null, cheap)).correct, false);
  });

  it('can be made at the default cost', async () => {
    const cost = { costLog2: 15, blockSize: 8, parallelization: 3 };
    const hash = await hashPassword('correct horse battery', cost, salt);
    assert.equal((await verifyPassword('correct horse battery', hash, cost)).correct, true);
  });
});
