import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PERIOD_MAX_MS, PERIOD_MIN_MS, parsePeriod } from './period.ts';

describe('a period', () => {
  it('is a whole number and a unit', () => {
    assert.equal(parsePeriod('500ms'), 500);
    assert.equal(parsePeriod('30s'), 30_000);
    assert.equal(parsePeriod('5m'), 300_000);
    assert.equal(parsePeriod('1h'), 3_600_000);
    assert.equal(parsePeriod('24h'), PERIOD_MAX_MS);
  });

  it('is refused with what one looks like', () => {
    for (const text of ['', '30', 's', '1.5s', '-1s', '01s', '1 s', '1d', ' 1s', '1s\n', '1e3ms']) {
      assert.throws(() => parsePeriod(text), /is not a period: .* like '30s'/, text);
    }
    for (const text of ['99ms', '25h', '999999h']) {
      assert.throws(() => parsePeriod(text), /out of range: from '100ms' to '24h'/, text);
    }
  });

  it('never comes out beyond its bounds', () => {
    const property = fc.property(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h'), (count, unit) => {
      try {
        const periodMs = parsePeriod(`${count}${unit}`);
        assert.ok(periodMs >= PERIOD_MIN_MS && periodMs <= PERIOD_MAX_MS);
      } catch (problem) {
        assert.match(String(problem), /period/);
      }
    });
    fc.assert(property);
  });
});
