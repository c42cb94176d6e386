import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureClass, type FailureDetails, type Operation } from '@portico/contract';
import { CLASSES, LIMIT_CODES, REJECTIONS, toReply } from './error-map.ts';

const context = { requestId: 'req 1', challenges: ['Bearer realm="test"'] };

function problemOf(failure: Failure, operation?: Operation) {
  const reply = toReply(failure, { ...context, operation });
  return { reply, problem: JSON.parse(String(reply.body)) as Record<string, unknown> };
}

function failing(failureClass: FailureClass, details?: FailureDetails): Failure {
  return new Failure(failureClass, failureClass.toLowerCase(), 'host 10.0.0.5 hung up', details);
}

function operation(effect: Operation['effect']): Operation {
  const declared = { name: 'OutOfStock', status: 409, summary: 'Not enough.', data: undefined };
  return { api: 'inventory', name: 'reserve', effect, errors: { OutOfStock: declared } } as never;
}

test('gives every rejection the status of the table', () => {
  const statuses = {
    unauthenticated: 401,
    forbidden: 403,
    malformed: 400,
    invalid: 400,
    'unknown-operation': 404,
    'not-found': 404,
    'method-not-allowed': 405,
    'not-acceptable': 406,
    'unsupported-media-type': 415,
    'precondition-missing': 428,
    'precondition-failed': 412,
    'key-missing': 400,
    'key-in-flight': 409,
    'key-mismatch': 422,
    'too-large': 413,
    'headers-too-large': 431,
    'too-slow': 408,
    'target-too-long': 414,
  };
  const mapped = Object.entries(REJECTIONS).map(([code, kind]) => [code, kind.status]);
  assert.deepEqual(Object.fromEntries(mapped), statuses);
  for (const [code, status] of Object.entries(statuses)) {
    const { reply, problem } = problemOf(new Failure('REJECTED', code, 'Because.'));
    assert.equal(reply.status, status);
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.deepEqual(problem, {
      type: `urn:portico:problem:${code}`,
      title: REJECTIONS[code as keyof typeof REJECTIONS].title,
      status,
      detail: 'Because.',
      instance: 'urn:portico:request:req%201',
      code,
    });
  }
});

test('treats a rejection it has never heard of as the caller’s fault', () => {
  const { reply } = problemOf(new Failure('REJECTED', 'constructor', 'Because.'));
  assert.equal(reply.status, 400);
});

test('gives every class its status, and shows no message that tells about our insides', () => {
  const statuses = Object.fromEntries(
    Object.keys(CLASSES).map((one) => [one, problemOf(failing(one as FailureClass)).reply.status]),
  );
  assert.deepEqual(statuses, {
    NOT_SENT: 503,
    REFUSED: 503,
    OVERLOADED: 503,
    DEADLINE: 504,
    UNAVAILABLE: 503,
    CANCELLED: 499,
    BUG: 500,
  });
  for (const one of ['NOT_SENT', 'REFUSED', 'DEADLINE', 'UNAVAILABLE', 'BUG'] as const) {
    assert.doesNotMatch(String(problemOf(failing(one)).reply.body), /10\.0\.0\.5/);
  }
});

test('says that the outcome is unknown only where the effect may not be repeated', () => {
  for (const effect of ['safe', 'idempotent', 'keyed'] as const) {
    assert.equal(problemOf(failing('UNAVAILABLE'), operation(effect)).reply.status, 503);
  }
  const { reply, problem } = problemOf(failing('UNAVAILABLE'), operation('unsafe'));
  assert.equal(reply.status, 500);
  assert.equal(problem.code, 'outcome-unknown');
  assert.equal(reply.headers['retry-after'], undefined);
});

test('tells a consumer’s own limit from our load, and rounds the wait up', () => {
  for (const code of LIMIT_CODES) {
    const failure = new Failure('OVERLOADED', code, 'Too fast.', { retryAfterMs: 1_001 });
    const { reply } = problemOf(failure);
    assert.equal(reply.status, 429);
    assert.equal(reply.headers['retry-after'], '2');
  }
  const shed = problemOf(new Failure('OVERLOADED', 'overloaded', 'Busy.', { retryAfterMs: 1 }));
  assert.equal(shed.reply.status, 503);
  assert.equal(shed.reply.headers['retry-after'], '1');
  assert.equal(problemOf(failing('OVERLOADED')).reply.headers['retry-after'], undefined);
  assert.equal(problemOf(failing('REFUSED')).reply.headers['retry-after'], '1');
});

test('challenges on 401, names permissions on 403 and methods on 405', () => {
  const missing = problemOf(Failure.rejected('unauthenticated', 'Who are you?'));
  assert.deepEqual(missing.reply.headers['www-authenticate'], context.challenges);
  const permissions = ['orders:write'];
  const forbidden = problemOf(Failure.rejected('forbidden', 'No.', { permissions }));
  assert.deepEqual(forbidden.problem.permissions, permissions);
  const allow = ['GET', 'HEAD', 'OPTIONS'];
  const method = problemOf(Failure.rejected('method-not-allowed', 'No.', { allow }));
  assert.equal(method.reply.headers.allow, 'GET, HEAD, OPTIONS');
});

test('lists violations with pointers, and nothing else of them', () => {
  const violation = {
    pointer: '/lines/0/quantity',
    detail: 'Must be at least 1.',
    value: 'secret',
  };
  const { problem } = problemOf(Failure.rejected('invalid', 'Wrong.', { violations: [violation] }));
  assert.deepEqual(problem.errors, [{ pointer: violation.pointer, detail: violation.detail }]);
});

test('gives declared errors their status, their name and their data as members', () => {
  const data = { sku: 'A1', status: 'sold-out', code: 7, left: 0 };
  const failure = new Failure('APP', 'app', 'Only 0 left.', { name: 'OutOfStock', data });
  const { reply, problem } = problemOf(failure, operation('keyed'));
  assert.equal(reply.status, 409);
  assert.deepEqual(problem, {
    type: 'urn:portico:problem:inventory:OutOfStock',
    title: 'Not enough.',
    status: 409,
    detail: 'Only 0 left.',
    instance: 'urn:portico:request:req%201',
    code: 'OutOfStock',
    sku: 'A1',
    left: 0,
  });
});

test('carries data that is no object in a member of its own, and no prototype', () => {
  const list = new Failure('APP', 'app', 'No.', { name: 'OutOfStock', data: ['a'] });
  assert.deepEqual(problemOf(list, operation('keyed')).problem.data, ['a']);
  const data = JSON.parse('{"__proto__":{"title":"forged"},"a":1}');
  const poisoned = new Failure('APP', 'app', 'No.', { name: 'OutOfStock', data });
  const { problem } = problemOf(poisoned, operation('keyed'));
  assert.equal(problem.title, 'Not enough.');
  assert.equal(problem.a, 1);
});

test('gives a bug its incident, or the request’s id', () => {
  assert.equal(problemOf(failing('BUG', { incident: 'inc_1' })).problem.incident, 'inc_1');
  assert.equal(problemOf(failing('BUG')).problem.incident, 'req 1');
});

test('tells a stable code for each class, not the words of whoever failed', () => {
  const full = new Failure('OVERLOADED', 'store-full', 'The disk of the store is full.');
  const { reply, problem } = problemOf(full);
  assert.equal(problem.code, 'overloaded');
  assert.doesNotMatch(String(reply.body), /store|disk/);
});

test('tells the reason that may be told', () => {
  const details = { reason: 'key-expired' };
  const { problem } = problemOf(Failure.rejected('unauthenticated', 'Expired.', details));
  assert.equal(problem.code, 'unauthenticated');
  assert.equal(problem.reason, 'key-expired');
});

test('leaves challenges to the gateway, which knows what came, unless it has its own', () => {
  const reply = toReply(Failure.rejected('unauthenticated', 'Who?'), { requestId: 'r' });
  assert.equal(reply.headers['www-authenticate'], undefined);
});
