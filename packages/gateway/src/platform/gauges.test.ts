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

test('writes a histogram under one name, with its parts', () => {
  const samples = [
    { labels: { le: '0.1' }, value: 1, part: 'bucket' },
    { labels: { le: '+Inf' }, value: 2, part: 'bucket' },
    { labels: {}, value: 0.7, part: 'sum' },
    { labels: {}, value: 2, part: 'count' },
  ] as const;
  assert.equal(
    writeGauges([{ name: 'x_seconds', help: 'How long.', samples }]),
    [
      '# HELP x_seconds How long.',
      '# TYPE x_seconds histogram',
      'x_seconds_bucket{le="0.1"} 1',
      'x_seconds_bucket{le="+Inf"} 2',
      'x_seconds_sum 0.7',
      'x_seconds_count 2',
      '',
    ].join('\n'),
  );
});
