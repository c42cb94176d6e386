import type { Cursor, OpenStore } from '@portico/store/spi';
import { createLeaseKeeper } from '../lease-keeper.ts';
import type { Placement } from '../placement.ts';
import type { EventSource } from './event-source.ts';
import type { Hearing } from './hearing.ts';
import { LanePuller } from './lane.ts';
import { transactFor } from './lane-context.ts';
import { createWaker } from './waker.ts';

/** The lease on the events of one consumer: one replica pulls at a time. */
const LEASE = 'events';

/** A service that hears events, at work in this process. */
export interface Consumer {
  readonly name: string;
  readonly store: OpenStore;
  readonly hearings: readonly Hearing[];
  /** What is pulled here at present; nothing while another replica has the lease. */
  lanes(): readonly LanePuller[];
  /** Something has changed in the store: look again. */
  wake(): void;
  /** Ends after the events under way; the lease is handed back. */
  stop(): Promise<void>;
}

/** What a consumer is started with. */
export interface ConsumerOptions {
  readonly placement: Placement;
  readonly store: OpenStore;
  readonly hearings: readonly Hearing[];
  readonly release: string;
  sourceOf(producer: string): EventSource | undefined;
}

/** Starts pulling the events that a service hears, as soon as it gets the lease. */
export function startConsumer(options: ConsumerOptions): Consumer {
  const { placement, store, hearings } = options;
  const { host, timings, holder } = placement.around;
  const waker = createWaker(host);
  const context = { store, host };
  let lanes: LanePuller[] = [];
  let stopped = false;
  const keeper = createLeaseKeeper({ name: LEASE, holder, store, host, timings });
  const isActive = () => !stopped && keeper.held !== undefined;

  const startLane = (hearing: Hearing, cursor: Cursor) => {
    const source = options.sourceOf(hearing.producer);
    if (!source) return;
    const { consumer, producer, generation } = cursor;
    const log = placement.log.child({ consumer, producer, generation });
    const own = lanes.filter((lane) => lane.cursor.producer === producer);
    const needed = () => Math.min(...[...own, lane].map(({ cursor: { pos } }) => pos));
    const { release } = options;
    const lane: LanePuller = new LanePuller({
      ...{ hearing, store, host, timings, log, holder, release, isActive, cursor, source, needed },
    });
    lanes.push(lane);
    lane.ended.then(() => {
      lanes = lanes.filter((one) => one !== lane);
    });
  };
  const startLanes = async () => {
    for (const hearing of hearings) {
      for (const cursor of await cursorsOf(context, hearing)) {
        const isSame = (lane: LanePuller) =>
          lane.cursor.producer === cursor.producer && lane.cursor.generation === cursor.generation;
        if (!lanes.some(isSame)) startLane(hearing, cursor);
      }
    }
  };
  const run = async () => {
    while (!stopped) {
      try {
        await keeper.keep();
        if (isActive()) await startLanes();
      } catch (problem) {
        placement.log.warn({ err: problem }, 'The lease on events could not be renewed.');
      }
      if (!stopped) await waker.pause(isActive() ? timings.leaseRenewMs : timings.leaseLookMs);
    }
    await Promise.all(lanes.map(({ ended }) => ended));
    try {
      await keeper.release();
    } catch (problem) {
      placement.log.warn({ err: problem }, 'The lease on events could not be handed back.');
    }
  };
  const ended = run();
  return {
    name: placement.name,
    store,
    hearings,
    lanes: () => lanes,
    wake() {
      waker.wake();
      for (const lane of lanes) lane.wake();
    },
    stop() {
      stopped = true;
      this.wake();
      return ended;
    },
  };
}

/** The generations of a hearing; the first is made when there is none. */
async function cursorsOf(
  context: { readonly store: OpenStore; readonly host: Placement['around']['host'] },
  { consumer, producer }: Hearing,
): Promise<readonly Cursor[]> {
  const { store, host } = context;
  const known = await store.deliveries.cursors.list(consumer, producer);
  if (known.length > 0) return known;
  const place = { logId: '', pos: 0, role: 'serving', startPos: 0, startAt: 0 } as const;
  const first: Cursor = { consumer, producer, generation: 1, ...place };
  await transactFor(context, ({ deliveries }) =>
    deliveries.cursors.create(first, host.clock.now()),
  );
  return [first];
}
