import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeGauges } from './gauges.ts';

test('writes figures with their labels, escaped', () => {
  const labels = { service: 'a"b\\c\nd' };
  const text = writeGauges([
    { name: 'x', help: 'An x.', samples: [{ labels, value: 2 }] },
    { name: 'y_total', help: 'All y.', samples: [{ labels: {}, value: 0.5 }] },
  ]);
  assert.equal(
    text,
    [
      '# HELP x An x.',
      '# TYPE x gauge',
      'x{service="a\\"b\\\\c\\nd"} 2',
      '# HELP y_total All y.',
      '# TYPE y_total counter',
      'y_total 0.5',
      '',
    ].join('\n'),
  );
});
