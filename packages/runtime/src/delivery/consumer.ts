import { type Cursor, LEASE_AHEAD_MAX_MS, type OpenStore } from '@portico/store/spi';
import type { Placement } from '../placement.ts';
import type { EventSource } from './event-source.ts';
import type { Hearing } from './hearing.ts';
import { LanePuller } from './lane.ts';
import { transactFor } from './lane-context.ts';
import { createWaker } from './waker.ts';

/** The lease on the events of one consumer: one replica pulls at a time. */
const LEASE = 'events';
/** A holder that died is replaced after this. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
/** How often a replica without the lease looks whether it is free. */
const LOOK_MS = 1_000;

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
  const { host } = placement.around;
  const holder = host.ids.uuid();
  const waker = createWaker(host);
  const context = { store, host };
  let lanes: LanePuller[] = [];
  let heldUntil = Number.NEGATIVE_INFINITY;
  let stopped = false;
  const isActive = () => !stopped && host.clock.monotonic() < heldUntil;

  const claim = async () => {
    const now = host.clock.now();
    const until = now + LEASE_MS;
    if (heldUntil === Number.NEGATIVE_INFINITY) {
      const others = await store.deliveries.leases.heldUntil(LEASE);
      if (others !== undefined && others > now && others <= until + LEASE_AHEAD_MAX_MS) return;
    }
    const startedAt = host.clock.monotonic();
    const asked = { name: LEASE, holder, now, until };
    const isOurs = await transactFor(context, ({ deliveries }) => deliveries.leases.claim(asked));
    heldUntil = isOurs ? startedAt + LEASE_MS : Number.NEGATIVE_INFINITY;
  };
  const startLane = (hearing: Hearing, cursor: Cursor) => {
    const source = options.sourceOf(hearing.producer);
    if (!source) return;
    const { consumer, producer, generation } = cursor;
    const log = placement.log.child({ consumer, producer, generation });
    const own = lanes.filter((lane) => lane.cursor.producer === producer);
    const needed = () => Math.min(...[...own, lane].map(({ cursor: { pos } }) => pos));
    const { release } = options;
    const lane: LanePuller = new LanePuller({
      ...{ hearing, store, host, log, holder, release, isActive, cursor, source, needed },
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
        await claim();
        if (isActive()) await startLanes();
      } catch (problem) {
        placement.log.warn({ err: problem }, 'The lease on events could not be renewed.');
      }
      if (!stopped) await waker.pause(isActive() ? RENEW_MS : LOOK_MS);
    }
    await Promise.all(lanes.map(({ ended }) => ended));
    try {
      await transactFor(context, ({ deliveries }) => deliveries.leases.release(LEASE, holder));
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
