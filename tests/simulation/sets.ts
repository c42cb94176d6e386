import assert from 'node:assert/strict';
import { Failure } from '@portico/contract';
import type { Draw, Simulation, Workload } from '@portico/testing';
import { Sets, sets } from './sets-service.ts';

const CLIENTS_MAX = 5;
const THINK_MS = 60;
/** Requests that were repeated late have come and gone. */
const LATE_MS = 12_000;

/** What all clients know. */
interface Knowledge {
  readonly certain: Set<string>;
  /** Calls without an answer: there or not. */
  readonly possible: Set<string>;
  /** Refused, or never sent: not there. */
  readonly impossible: Set<string>;
}

/**
 * Clients add to one set and read it, by whichever replica. What was acknowledged is in each later read; what
 * was refused never is; nothing is there twice, or that nobody added.
 */
export const setsWorkload: Workload = {
  name: 'sets',
  create(draw, size) {
    const clients = draw.int(1, CLIENTS_MAX);
    const known: Knowledge = { certain: new Set(), possible: new Set(), impossible: new Set() };
    return {
      options: { system: { name: 'sets', services: [sets] } },
      async run(simulation) {
        const count = Math.ceil(size / clients);
        await Promise.all(
          Array.from({ length: clients }, (_, index) =>
            useSet(simulation, draw.fork(), { name: `c${index}`, count, known }),
          ),
        );
      },
      async check(simulation) {
        await simulation.sleep(LATE_MS);
        await read(simulation, known);
      },
    };
  },
};

interface Client {
  readonly name: string;
  readonly count: number;
  readonly known: Knowledge;
}

async function useSet(simulation: Simulation, draw: Draw, client: Client): Promise<void> {
  const { name, count, known } = client;
  const persistent = simulation.client(Sets, name, { persistent: true });
  const hasty = simulation.client(Sets, name);
  for (let n = 0; n < count; n++) {
    const element = `${name}-${n}`;
    if (draw.chance(0.5)) {
      known.possible.add(element);
      await persistent.add({ element });
      known.certain.add(element);
    } else {
      known.possible.add(element);
      try {
        await hasty.append({ element });
        known.certain.add(element);
      } catch (thrown) {
        if (isWithoutEffect(thrown)) known.impossible.add(element);
      }
    }
    if (draw.chance(0.4)) await read(simulation, known);
    await simulation.sleep(draw.delayMs(THINK_MS));
  }
}

/** Whether a failure says that nothing has happened (runtime.md, "Outcomes of a call"). */
function isWithoutEffect(thrown: unknown): boolean {
  if (!(thrown instanceof Failure)) throw thrown;
  const { started } = thrown.details;
  return (
    ['NOT_SENT', 'REFUSED', 'OVERLOADED', 'REJECTED'].includes(thrown.class) || started === false
  );
}

async function read(simulation: Simulation, known: Knowledge): Promise<void> {
  const before = [...known.certain];
  const client = simulation.client(Sets, 'reader', { persistent: true });
  const { elements } = await client.read(undefined);
  const found = new Set(elements);
  assert.equal(found.size, elements.length, 'no element is there twice');
  for (const element of before) assert(found.has(element), `${element} was acknowledged`);
  for (const element of found) {
    assert(known.possible.has(element), `${element} was added by somebody`);
    assert(!known.impossible.has(element), `${element} was refused`);
  }
}
