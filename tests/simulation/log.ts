import assert from 'node:assert/strict';
import { Failure } from '@portico/contract';
import type { Draw, Simulation, Workload } from '@portico/testing';
import { createMirror, Journal, journal, Mirror, type Mood } from './log-services.ts';

const CLIENTS_MAX = 3;
const KEYS_MAX = 4;
const THINK_MS = 100;
/** Events of one transaction. */
const ENTRIES_MAX = 3;
/** How long delivery may take after healing, retries, leases and operators included (20 min). */
const DELIVERED_MS = 20 * 60_000;
/** How often the operator looks at the dead letters: soon at first, then more and more rarely. */
const OPERATOR_MIN_MS = 300;
const OPERATOR_MAX_MS = 30_000;

/**
 * One service appends to logs by key and tells of it; the other hears. Its copy is the same in the end, key
 * by key: each event once and in order, whatever died, failed or was handed out twice. Only poison, which
 * the operator discards, is missing.
 */
export const logWorkload: Workload = {
  name: 'log',
  create(draw, size) {
    const mood: Mood = { failChance: 0 };
    const keys = draw.int(1, KEYS_MAX);
    const clients = draw.int(1, CLIENTS_MAX);
    const failChance = draw.pick([0, 0.05, 0.3]);
    const poisonChance = draw.pick([0, 0, 0.05]);
    return {
      options: { system: { name: 'log', services: [journal, createMirror(mood)] } },
      async run(simulation) {
        mood.failChance = failChance;
        const count = Math.ceil(size / clients);
        await Promise.all(
          Array.from({ length: clients }, (_, index) =>
            append(simulation, draw.fork(), { name: `c${index}`, count, keys, poisonChance }),
          ),
        );
        await simulation.sleep(draw.int(0, 5_000));
      },
      async check(simulation) {
        mood.failChance = 0;
        await checkMirror(simulation);
      },
    };
  },
};

interface Client {
  readonly name: string;
  readonly count: number;
  readonly keys: number;
  readonly poisonChance: number;
}

async function append(simulation: Simulation, draw: Draw, client: Client): Promise<void> {
  const { name, count, keys, poisonChance } = client;
  const { append } = simulation.client(Journal, name, { persistent: true });
  for (let n = 0; n < count; n++) {
    const entries = Array.from({ length: draw.int(1, ENTRIES_MAX) }, (_, index) => ({
      id: `${name}-${n}-${index}`,
      key: `k${draw.int(1, keys)}`,
      isPoison: draw.chance(poisonChance),
    }));
    const isRefused = draw.chance(0.15);
    try {
      await append({ entries, isRefused }, { key: `${name}-${n}` });
    } catch (thrown) {
      if (!isRefused || !(thrown instanceof Failure) || thrown.class !== 'APP') throw thrown;
    }
    await simulation.sleep(draw.delayMs(THINK_MS));
  }
}

async function checkMirror(simulation: Simulation): Promise<void> {
  const { host } = simulation;
  const source = simulation.client(Journal, 'checker', { persistent: true });
  const copy = simulation.client(Mirror, 'checker', { persistent: true });
  const endAt = host.clock.monotonic() + DELIVERED_MS;
  for (let pauseMs = OPERATOR_MIN_MS; ; pauseMs = Math.min(OPERATOR_MAX_MS, pauseMs * 2)) {
    // Late repetitions may still append what was refused to nobody, so it is read each time.
    const { entries } = await source.list(undefined);
    const mirrored = await copy.list(undefined);
    const expected = byKey(entries.filter(({ isPoison }) => !isPoison));
    const actual = byKey(mirrored.entries);
    if (host.clock.monotonic() < endAt) {
      assertBeginning(actual, expected);
      if (mirrored.entries.length < [...expected.values()].flat().length) {
        await decideOnLetters(simulation, entries);
        await simulation.sleep(pauseMs);
        continue;
      }
    }
    assert.deepEqual([...actual].sort(), [...expected].sort(), 'the copy, key by key');
    const heard = [...expected.values()].flat();
    const { acknowledged } = await source.list(undefined);
    assert.deepEqual(acknowledged.toSorted(), heard.toSorted(), 'one acknowledgement of each');
    return;
  }
}

function byKey(entries: readonly { readonly id: string; readonly key: string }[]) {
  const keys = new Map<string, string[]>();
  for (const { id, key } of entries) keys.set(key, [...(keys.get(key) ?? []), id]);
  return keys;
}

/** What has been heard so far is the beginning of what there is to hear. */
function assertBeginning(
  actual: ReadonlyMap<string, readonly string[]>,
  expected: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [key, ids] of actual) {
    assert.deepEqual(ids, expected.get(key)?.slice(0, ids.length), `the copy of ${key} so far`);
  }
}

/** The operator: poison is discarded, everything else is tried again. */
async function decideOnLetters(
  { nodes }: Simulation,
  entries: readonly { readonly id: string; readonly isPoison: boolean }[],
): Promise<void> {
  const events = nodes[0]?.runtime?.events;
  for (const { letter, envelope } of (await events?.list()) ?? []) {
    const { data } = JSON.parse(envelope) as { data: { id: string } };
    const isPoison = entries.some(({ id, isPoison }) => isPoison && id === data.id);
    const decision = { service: 'mirror', letter, by: 'operator' };
    await (isPoison ? events?.discard(decision) : events?.redrive(decision));
  }
}
