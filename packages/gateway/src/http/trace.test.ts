import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTraceparent, parseTraceparent, toTrace } from './trace.ts';

const ID = '01a20494-1338-7107-85b2-04044c2a39db';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('a valid traceparent is continued by a span of our own', () => {
  const trace = toTrace(`00-${TRACE}-${SPAN}-01`, ID);
  assert.deepEqual(trace, { traceId: TRACE, spanId: '85b204044c2a39db', sampled: true });
  assert.equal(formatTraceparent(trace), `00-${TRACE}-85b204044c2a39db-01`);
});

test('later versions may say more, version 00 may not', () => {
  assert.ok(parseTraceparent(`01-${TRACE}-${SPAN}-00-more`));
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-00-more`), undefined);
});

test('an invalid or doubled traceparent begins a new trace, named by the request', () => {
  const bad = [
    undefined,
    '',
    'x',
    `ff-${TRACE}-${SPAN}-00`,
    `00-${'0'.repeat(32)}-${SPAN}-00`,
    `00-${TRACE}-${'0'.repeat(16)}-00`,
    `00-${TRACE.toUpperCase()}-${SPAN}-00`,
    `00-${TRACE}-${SPAN}-00, 00-${TRACE}-${SPAN}-00`,
    `00-${TRACE}-${SPAN}`,
  ];
  for (const header of bad) {
    assert.deepEqual(toTrace(header, ID), {
      traceId: ID.replaceAll('-', ''),
      spanId: '85b204044c2a39db',
      sampled: false,
    });
  }
});
