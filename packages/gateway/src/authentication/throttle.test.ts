import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { createThrottle } from './throttle.ts';

const isLimited = (throttle: ReturnType<typeof createThrottle>, network: string) => {
  try {
    throttle.check(() => network);
    return false;
  } catch (error) {
    assert.ok(
      error instanceof Failure && error.class === 'OVERLOADED' && error.code === 'rate-limited',
    );
    assert.ok((error.details.retryAfterMs ?? 0) > 0);
    return true;
  }
};

test('the 20th failure of a network within a minute closes it for the rest of that minute', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const throttle = createThrottle(host.clock);
  for (let failure = 1; failure <= 20; failure++) {
    assert.equal(isLimited(throttle, 'a'), false, `before failure ${failure}`);
    throttle.fail('a');
  }
  assert.equal(isLimited(throttle, 'a'), true);
  assert.equal(isLimited(throttle, 'b'), false);
  await host.advance(59_999);
  assert.equal(isLimited(throttle, 'a'), true);
  await host.advance(1);
  assert.equal(isLimited(throttle, 'a'), false);
});

test('memory stays bounded, whoever fails', () => {
  const throttle = createThrottle(createSimulatedHost({ seed: 1 }).clock);
  for (let failure = 0; failure < 20; failure++) throttle.fail('first');
  for (let network = 0; network < 10_000; network++) throttle.fail(`n${network}`);
  assert.equal(isLimited(throttle, 'first'), false, 'the oldest network is forgotten');
});
