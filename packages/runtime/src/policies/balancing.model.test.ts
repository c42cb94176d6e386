import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import type { Replica } from '@portico/service/spi';
import { callFrom, Stock } from './fixtures.ts';
import {
  createFailingServer,
  createModelServer,
  failedShare,
  openLoop,
  percentile,
} from './fixtures-model.ts';
import { PeakEwma } from './peak-ewma.ts';
import { createRemoteCaller } from './remote-caller.ts';

const { read, ring } = Stock.operations;
const NO_EJECTION = { failuresInRow: Number.POSITIVE_INFINITY, failureShare: 2 };

/** Ten servers that take 10 ms, one of them ten times slower, at half of what they can do together. */
function startSlow() {
  const host = createSimulatedHost({ seed: 11 });
  const servers = Array.from({ length: 10 }, (_, index) =>
    createModelServer(host, `r${index}`, index === 0 ? 100 : 10),
  );
  return { host, replicas: servers.map(({ replica }) => replica) };
}

/** Four servers, one of which fails every call within a millisecond. */
function startFailing() {
  const host = createSimulatedHost({ seed: 12 });
  const replicas: Replica[] = Array.from(
    { length: 3 },
    (_, index) => createModelServer(host, `r${index}`, 10).replica,
  );
  replicas.push(createFailingServer(host, 'failing', 1));
  return { host, replicas };
}

const LOAD = { perSecond: 450, seconds: 12 };

describe('balancing, modelled', () => {
  it('goes around a replica that is ten times slower; taking turns does not', async () => {
    const ours = startSlow();
    const caller = createRemoteCaller({
      ...{ host: ours.host, service: 'stock', replicas: () => ours.replicas },
    });
    const balanced = await openLoop(ours.host, LOAD, () =>
      caller.call(read, {}, callFrom(ours.host)),
    );
    const others = startSlow();
    let turn = 0;
    const inTurn = await openLoop(others.host, LOAD, () => {
      const replica = others.replicas[turn++ % others.replicas.length] as Replica;
      return replica.call(read, {}, callFrom(others.host));
    });
    assert(percentile(balanced, 99) < 150, `${percentile(balanced, 99)}`);
    assert.equal(failedShare(balanced), 0);
    assert(percentile(inTurn, 99) > 2_000, `${percentile(inTurn, 99)}`);
  });

  it('is not drawn to a replica that fails fast, and ejects it; a plain average is drawn to it', async () => {
    const shares: number[] = [];
    for (const ejection of [{}, NO_EJECTION]) {
      const { host, replicas } = startFailing();
      const caller = createRemoteCaller({
        ...{ host, service: 'stock', replicas: () => replicas, policies: { ejection } },
      });
      const load = { perSecond: 150, seconds: 40 };
      shares.push(
        failedShare(await openLoop(host, load, () => caller.call(ring, {}, callFrom(host)))),
      );
    }
    const [ejecting, counting] = shares;
    assert(ejecting !== undefined && ejecting < 0.01, `with ejection ${ejecting}`);
    assert(counting !== undefined && counting < 0.1, `without ejection ${counting}`);
    const drawn = await drawnTo();
    assert(drawn > 0.3, `drawn to it ${drawn}`);
  });

  it('begins with a new replica slowly, though it looks best', async () => {
    const host = createSimulatedHost({ seed: 13 });
    const old = [1, 2, 3].map((index) => createModelServer(host, `old-${index}`, 10));
    const young = createModelServer(host, 'young', 5);
    const replicas = old.map(({ replica }) => replica);
    const caller = createRemoteCaller({ host, service: 'stock', replicas: () => replicas });
    const call = () => caller.call(read, {}, callFrom(host));
    await openLoop(host, { perSecond: 100, seconds: 12 }, call);
    replicas.push(young.replica);
    const perSecond: number[] = [];
    for (let second = 0; second < 12; second++) {
      const before = young.done;
      const end = host.clock.monotonic() + 1000;
      while (host.clock.monotonic() < end) {
        void call();
        await host.advance(10);
      }
      perSecond.push(young.done - before);
    }
    const [first = 0] = perSecond;
    const last = perSecond.at(-1) ?? 0;
    assert(first < 12 && last > 35, perSecond.join(' '));
    assert((perSecond[5] ?? 0) > first && (perSecond[5] ?? 0) < last, perSecond.join(' '));
  });
});

/** What becomes of calls where a failure counts as a quick answer: two choices, the lower average wins. */
async function drawnTo(): Promise<number> {
  const { host, replicas } = startFailing();
  const latencies = new Map(replicas.map((replica) => [replica, new PeakEwma(10_000)]));
  const cost = (replica: Replica) =>
    (latencies.get(replica)?.at(host.clock.monotonic()) ?? 0) * (replica.inFlight + 1);
  const draw = () => replicas[Math.floor(host.random.float() * replicas.length)] as Replica;
  const calls = await openLoop(host, { perSecond: 150, seconds: 40 }, async () => {
    const [one, other] = [draw(), draw()];
    const chosen = cost(one) <= cost(other) ? one : other;
    const from = host.clock.monotonic();
    try {
      return await chosen.call(ring, {}, callFrom(host));
    } finally {
      const now = host.clock.monotonic();
      latencies.get(chosen)?.add(now - from, now);
    }
  });
  return failedShare(calls);
}
