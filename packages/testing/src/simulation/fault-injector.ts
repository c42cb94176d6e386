import type { Host, Timer } from '@portico/host';
import type { Draw } from './draw.ts';
import type { Faults } from './faults.ts';
import type { Knobs } from './knobs.ts';
import type { SimulatedNode } from './node.ts';
import { drawStatementCrash, type StatementTrouble } from './statement-faults.ts';

/** A node, and what may go wrong with its statements. */
export interface TroubledNode {
  readonly node: SimulatedNode;
  readonly trouble: StatementTrouble;
}

/** Makes things go wrong on nodes, at times that are drawn. */
export interface FaultInjector {
  /** What is on: `{}` before the start and after the end. */
  readonly active: Faults;
  begin(): void;
  /** Nothing goes wrong any more, and what was wrong is right again; nodes may be down or stalled yet. */
  end(): void;
}

/** What an injector is made of. */
export interface FaultInjectorOptions {
  readonly world: Host;
  readonly draw: Draw;
  readonly faults: Faults;
  readonly knobs: Knobs;
  readonly nodes: readonly TroubledNode[];
  readonly note: (what: string) => void;
}

const FULL_MAX_MS = 2_000;
/** Beyond a lease of 10 s. */
const STALL_MAX_MS = 15_000;
const SLOW_MAX_MS = 5_000;
const SLOW_FACTORS = [10, 100];
/** Below the jumps of people who set a wrong year: outcomes are kept for a day by the wall clock. */
const JUMP_MAX_MS = 600_000;

/** An injector for `faults`. */
export function createFaultInjector(options: FaultInjectorOptions): FaultInjector {
  const { world, draw, faults, nodes, note } = options;
  const timers = new Set<Timer>();
  let active: Faults = {};
  const later = (delayMs: number, action: () => void) => {
    const timer = world.timers.after(
      delayMs,
      () => {
        timers.delete(timer);
        action();
      },
      { background: true },
    );
    timers.add(timer);
  };
  const each = (meanMs: number | undefined, act: (troubled: TroubledNode) => void) => {
    if (!meanMs) return;
    later(draw.delayMs(meanMs), () => {
      act(draw.pick(nodes));
      each(meanMs, act);
    });
  };
  const acts = createActs(options, later);
  return {
    get active() {
      return active;
    },
    begin() {
      active = faults;
      note(`faults ${JSON.stringify(faults)}`);
      each(faults.crashEveryMs, acts.crash);
      each(faults.statementCrashEveryMs, ({ trouble }) => {
        trouble.crash ??= drawStatementCrash(draw);
      });
      each(faults.fullDiskEveryMs, acts.fillDisk);
      each(faults.stallEveryMs, acts.stall);
      each(faults.slownessEveryMs, acts.slowDown);
      each(faults.clockJumpEveryMs, acts.jump);
    },
    end() {
      active = {};
      for (const timer of timers) timer.cancel();
      timers.clear();
      for (const { node, trouble } of nodes) {
        trouble.crash = undefined;
        trouble.fullUntil = 0;
        node.machine.latenessMs = options.knobs.latenessMs;
      }
      note('healed');
    },
  };
}

function createActs(
  { world, draw, knobs, note }: FaultInjectorOptions,
  later: (delayMs: number, action: () => void) => void,
) {
  return {
    crash({ node }: TroubledNode) {
      node.crash('at any moment');
    },
    fillDisk({ node, trouble }: TroubledNode) {
      note(`${node.name}: disk full`);
      trouble.fullUntil = world.clock.monotonic() + draw.int(1, FULL_MAX_MS);
    },
    stall({ node: { name, machine } }: TroubledNode) {
      const stallMs = draw.int(1, STALL_MAX_MS);
      note(`${name}: stall ${stallMs}`);
      machine.stalledUntil = world.clock.monotonic() + stallMs;
    },
    slowDown({ node: { name, machine } }: TroubledNode) {
      note(`${name}: slow`);
      machine.latenessMs = draw.pick(SLOW_FACTORS) * Math.max(1, knobs.latenessMs);
      later(draw.int(1, SLOW_MAX_MS), () => {
        machine.latenessMs = knobs.latenessMs;
      });
    },
    jump({ node: { name, machine } }: TroubledNode) {
      // From the true time, not from the last jump: somebody sets it right now and then.
      machine.offsetMs = draw.int(-JUMP_MAX_MS, JUMP_MAX_MS);
      note(`${name}: clock ${machine.offsetMs}`);
    },
  };
}
