import { createHmac, timingSafeEqual } from 'node:crypto';
import { Failure, type InputOf } from '@portico/contract';
import type { Timers } from '@portico/host';
import { type Service, service } from '@portico/service';
import { Control, type ControlTable, FOLLOW_WAIT_MS } from './control-api.ts';

/** A replica's report, its token already checked. */
export type ReplicaReport = Omit<InputOf<(typeof Control)['operations']['report']>, 'token'>;

/** The supervisor's end of the control connections. */
export interface ControlCentre {
  /** The service to be answered over the wire, on the control socket. */
  readonly service: Service;
  /** What a replica is given to prove that it was ordered. */
  tokenOf(replica: string): string;
  /** Whether a replica is there: it is waiting for news at this moment. */
  isFollowing(replica: string): boolean;
  /** The table that a replica has said it holds. */
  heldBy(replica: string): { readonly epoch: number; readonly generation: number } | undefined;
  /** Gives everybody a new table. */
  publish(table: ControlTable): void;
  /** Tells a replica to drain. */
  drain(replica: string): void;
  /** A replica has ended: its successor of the same name starts with nothing. */
  forget(replica: string): void;
}

/** What a control centre works with. */
export interface ControlOptions {
  /** Makes the tokens; the same for every supervisor of a system, so that replicas outlive them. */
  readonly secret: string;
  readonly timers: Timers;
  /** Called for every report. */
  report(report: ReplicaReport): void;
}

interface Follower {
  held?: { readonly epoch: number; readonly generation: number };
  draining: boolean;
  /** Ends its present wait. */
  wake?: () => void;
}

/** Answers replicas, and remembers what each of them holds. */
export function createControlCentre({ secret, timers, report }: ControlOptions): ControlCentre {
  const followers = new Map<string, Follower>();
  let table: ControlTable | undefined;
  const tokenOf = (replica: string) =>
    createHmac('sha256', secret).update(replica).digest('base64url');
  const followerOf = (replica: string): Follower => {
    const known = followers.get(replica) ?? { draining: false };
    followers.set(replica, known);
    return known;
  };
  const check = ({ replica, token }: { readonly replica: string; readonly token: string }) => {
    const [given, right] = [Buffer.from(token), Buffer.from(tokenOf(replica))];
    if (given.length === right.length && timingSafeEqual(given, right)) return;
    throw new Failure('REJECTED', 'forbidden', `"${replica}" was not started by this supervisor.`);
  };
  /** What is new for a replica; `undefined` when nothing is. */
  const newsFor = ({ held, draining }: Follower) => {
    const isNew = table !== undefined && (!held || isLater(table, held));
    if (!isNew && !draining) return undefined;
    return { ...(isNew && table ? { table: toOutput(table) } : {}), drain: draining };
  };

  const control = service(Control)({
    operations: {
      async report({ token, ...input }) {
        check({ replica: input.replica, token });
        report(input);
      },
      async follow({ replica, token, held }, { signal }) {
        check({ replica, token });
        const follower = followerOf(replica);
        // One wait each: an older one is of a connection that is gone.
        follower.wake?.();
        if (held) follower.held = held;
        const news = newsFor(follower);
        if (news) return news;
        await new Promise<void>((resolve) => {
          const wake = () => {
            timer.cancel();
            if (follower.wake === wake) delete follower.wake;
            resolve();
          };
          const timer = timers.after(FOLLOW_WAIT_MS, wake, { background: true });
          follower.wake = wake;
          signal.addEventListener('abort', wake, { once: true });
        });
        return newsFor(follower) ?? { drain: false };
      },
    },
  });
  return {
    service: control as unknown as Service,
    tokenOf,
    isFollowing: (replica) => followers.get(replica)?.wake !== undefined,
    heldBy: (replica) => followers.get(replica)?.held,
    publish(next) {
      table = next;
      for (const follower of followers.values()) follower.wake?.();
    },
    drain(replica) {
      const follower = followerOf(replica);
      follower.draining = true;
      follower.wake?.();
    },
    forget(replica) {
      followers.get(replica)?.wake?.();
      followers.delete(replica);
    },
  };
}

interface Position {
  readonly epoch: number;
  readonly generation: number;
}

const isLater = (one: Position, other: Position) =>
  one.epoch !== other.epoch ? one.epoch > other.epoch : one.generation > other.generation;

/** The table in the mutable form that handlers return. */
function toOutput({ epoch, generation, services }: ControlTable) {
  const copied = Object.entries(services).map(
    ([name, { version, endpoints }]) =>
      [name, { version, endpoints: endpoints.map((one) => ({ ...one })) }] as const,
  );
  return { epoch, generation, services: Object.fromEntries(copied) };
}
