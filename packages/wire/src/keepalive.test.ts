import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createKeepalive, LOOK_MS } from './keepalive.ts';

/** Looks every 250 ms; `answers` says when the other side is heard, `busy` when it should be. */
async function watch(
  forMs: number,
  {
    busy,
    heardAt = () => false,
  }: { busy: (at: number) => boolean; heardAt?: (at: number) => boolean },
) {
  const host = createSimulatedHost({ seed: 1 });
  const keepalive = createKeepalive(host.clock.monotonic());
  const pings: number[] = [];
  let suspectAt: number | undefined;
  let deadAt: number | undefined;
  for (let at = LOOK_MS; at <= forMs; at += LOOK_MS) {
    await host.advance(LOOK_MS);
    if (heardAt(at)) keepalive.heard();
    const { finding, ping } = keepalive.look(host.clock.monotonic(), busy(at));
    if (ping) pings.push(at);
    if (finding !== 'fine') suspectAt ??= at;
    if (finding === 'dead') {
      deadAt = at;
      break;
    }
  }
  return { pings, suspectAt, deadAt };
}

describe('keepalive', () => {
  it('asks after 250 ms with calls in flight, suspects after 750 ms, gives up after 3 s', async () => {
    const { pings, suspectAt, deadAt } = await watch(5_000, { busy: () => true });
    assert.equal(pings[0], 250);
    // The first look finds out that something is expected.
    assert.equal(suspectAt, LOOK_MS + 750);
    assert.equal(deadAt, LOOK_MS + 3_000);
  });

  it('asks an idle connection after 10 s, and counts silence from there', async () => {
    const { pings, suspectAt, deadAt } = await watch(20_000, { busy: () => false });
    assert.deepEqual(pings, [10_000]);
    assert.equal(suspectAt, 10_750);
    assert.equal(deadAt, 13_000);
  });

  it('asks nothing while answers come', async () => {
    const { pings, suspectAt } = await watch(30_000, { busy: () => true, heardAt: () => true });
    assert.deepEqual(pings, []);
    assert.equal(suspectAt, undefined);
  });

  it('asks an idle connection again and again, as long as it answers', async () => {
    const { pings, suspectAt } = await watch(35_000, {
      busy: () => false,
      heardAt: (at) => at % 10_250 === 0,
    });
    assert.deepEqual(pings, [10_000, 20_250, 30_500]);
    assert.equal(suspectAt, undefined);
  });

  it('does not hold silence of its idle time against the other side', async () => {
    const { suspectAt } = await watch(9_500, { busy: (at) => at >= 9_000 });
    assert.equal(suspectAt, undefined);
  });

  it('is not suspicious any more once something is heard', () => {
    const keepalive = createKeepalive(0);
    for (let at = 250; at <= 1_000; at += 250) keepalive.look(at, true);
    keepalive.heard();
    assert.equal(keepalive.look(1_250, true).finding, 'fine');
  });

  it('takes a long stop of its own process for no more than two looks', () => {
    const keepalive = createKeepalive(0);
    keepalive.look(250, true);
    assert.notEqual(keepalive.look(60_000, true).finding, 'dead');
  });
});
