import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { type LogLine, simulate } from './fixture.ts';

const notThere = () => new Failure('NOT_SENT', 'not-placed', 'No process with it is known yet.');
const warnings = (lines: readonly LogLine[]) => lines.filter(({ level }) => level === 'warn');

/** A log in another process, whose fetches end with `problem` until it is mended. */
function createElsewhere(sleep: (ms: number) => Promise<void>) {
  const state: { problem: Failure | undefined; asked: number } = { problem: notThere(), asked: 0 };
  const fetch = async ({ waitMs }: { readonly waitMs: number }) => {
    state.asked++;
    if (state.problem) throw state.problem;
    await sleep(waitMs);
    return { kind: 'events', logId: 'log', events: [], through: 0, head: 0 } as const;
  };
  return { state, eventSource: () => ({ fetch }) };
}

test('says nothing of a producer that is starting, and warns once of one that stays away', () =>
  simulate(async ({ host, start }) => {
    const { state, eventSource } = createElsewhere((ms) => host.timers.sleep(ms));
    const { lines } = await start({ eventSource });
    await host.advance(8_000);
    assert.ok(state.asked > 2);
    assert.deepEqual(warnings(lines), []);
    await host.advance(60_000);
    assert.equal(warnings(lines).length, 1);
    assert.match(warnings(lines)[0]?.message ?? '', /could not be fetched/);
    state.problem = undefined;
    await host.advance(20_000);
    assert.ok(lines.some(({ message }) => message === 'Events are followed again.'));
    // Well in between: the next absence has its own time.
    state.problem = notThere();
    await host.advance(15_000);
    assert.equal(warnings(lines).length, 1);
  }));

test('warns at once of a producer that was reached and failed', () =>
  simulate(async ({ host, start }) => {
    const { state, eventSource } = createElsewhere((ms) => host.timers.sleep(ms));
    state.problem = new Failure('UNAVAILABLE', 'unavailable', 'The connection was lost.');
    const { lines } = await start({ eventSource });
    await host.advance(2_000);
    assert.equal(warnings(lines).length, 1);
  }));
