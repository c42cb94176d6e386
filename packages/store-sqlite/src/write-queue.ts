import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import { isBusy, toNeutralError } from './engine-error.ts';
import {
  type Result,
  SavepointStack,
  type TransactionControl,
  type WriteScope,
} from './savepoint-stack.ts';

/** Members of a group: more would make the first of them wait. */
const GROUP_MEMBERS_MAX = 64;
/** A group that is this old is committed, whoever waits to join. */
const GROUP_MS = 2;
/** A transaction holds up all others: one that is open for so long while it waits for something else fails. */
const OPEN_MAX_MS = 1_000;
/**
 * One that only runs statements may take longer, on a slow machine or a busy one, but not for as long as would
 * look as if the process were stuck.
 */
const WORK_MAX_MS = 3_000;
/** More waiting than this is seconds of work: refuse at once, so that callers can go elsewhere. */
const WAITING_MAX = 10_000;
/** Between two attempts to get the lock that another process holds: full jitter in this range. */
const RETRY_MIN_MS = 1;
const RETRY_MAX_MS = 20;

interface Member {
  readonly deadline: number;
  work(scope: WriteScope): Promise<unknown>;
  settle(result: Result): void;
}

/**
 * The way to the writing connection. Transactions run strictly one after another, all but the first of a
 * group in a savepoint;
 * those that wait while one runs join its COMMIT, which costs a flush of the disk whoever shares it.
 * Nobody learns of a result, good or bad, before that COMMIT: a refusal may rest on what another member
 * wrote.
 */
export class WriteQueue {
  readonly #connection: TransactionControl;
  readonly #host: Host;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #waiting: Member[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(connection: TransactionControl, host: Host, log: Pick<Logger, 'warn'>) {
    this.#connection = connection;
    this.#host = host;
    this.#log = log;
  }

  /** Runs `work` in a transaction; settles after its COMMIT. Failures as `OpenStore.transaction` says. */
  run<T>(work: (scope: WriteScope) => Promise<T>, deadline: number): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    if (deadline <= this.#host.clock.monotonic()) return Promise.reject(expired());
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(crowded());
    return new Promise<T>((resolve, reject) => {
      const settle = (result: Result) =>
        result.ok ? resolve(result.value as T) : reject(result.error);
      this.#waiting.push({ deadline, work, settle });
      this.#draining ??= this.#drain();
    });
  }

  /** Refuses what comes from now on, and resolves when what waits is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        if (await this.#begin()) await this.#runGroup();
      }
    } catch (error) {
      // Only a connection that is beyond use leads here; whoever waits must hear of it.
      this.#failAll(uncommitted(error));
    } finally {
      this.#draining = undefined;
    }
  }

  /** Gets the write lock; false when everybody who wanted it has run out of time. */
  async #begin(): Promise<boolean> {
    const { random, timers } = this.#host;
    for (;;) {
      try {
        this.#connection.control('BEGIN IMMEDIATE');
        return true;
      } catch (error) {
        if (!isBusy(error)) {
          this.#failAll(toNeutralError(error, 'BEGIN IMMEDIATE'));
          return false;
        }
      }
      await timers.sleep(RETRY_MIN_MS + random.float() * (RETRY_MAX_MS - RETRY_MIN_MS));
      this.#dropExpired();
      if (this.#waiting.length === 0) return false;
    }
  }

  async #runGroup(): Promise<void> {
    const { clock } = this.#host;
    const startedAt = clock.monotonic();
    const done: { member: Member; result: Result }[] = [];
    let turned = false;
    while (done.length < GROUP_MEMBERS_MAX) {
      const member = this.#waiting.shift();
      if (member) {
        if (member.deadline <= clock.monotonic()) member.settle({ ok: false, error: expired() });
        else {
          const isFirst = done.length === 0;
          done.push({ member, result: await this.#runMember(member, isFirst) });
        }
        if (!this.#connection.inTransaction) break;
        if (clock.monotonic() - startedAt >= GROUP_MS) break;
      } else if (turned) {
        break;
      } else {
        // Requests that have arrived but were not read yet may join. With none, this costs nothing.
        turned = true;
        await this.#turn();
      }
    }
    const culprit = this.#connection.inTransaction ? undefined : done.at(-1);
    const failure = this.#commit(done.some(({ result }) => result.ok));
    for (const each of done) {
      const own = !failure || (each === culprit && !each.result.ok);
      each.member.settle(own ? each.result : { ok: false, error: failure });
    }
  }

  #runMember(member: Member, isFirst: boolean): Promise<Result> {
    const { timers, clock } = this.#host;
    const startedAt = clock.monotonic();
    const tookMs = () => clock.monotonic() - startedAt;
    const findBreach = () => (tookMs() > WORK_MAX_MS ? tooMuch() : undefined);
    const stack = new SavepointStack(this.#connection, { isFirst, findBreach });
    return new Promise((resolve) => {
      const finish = (result: Result) => {
        if (stack.ended) return;
        timer.cancel();
        // What has ended is not undone for that: its caller would only send it again.
        if (tookMs() > OPEN_MAX_MS) {
          this.#log.warn({ tookMs: Math.round(tookMs()) }, 'slow transaction');
        }
        resolve(stack.end(result));
      };
      const timer = timers.after(OPEN_MAX_MS, () => finish({ ok: false, error: tooLong() }));
      startWork(member, stack).then(
        (value) => finish({ ok: true, value }),
        (error: unknown) => finish({ ok: false, error }),
      );
    });
  }

  /** Ends the transaction. Returns why it failed for all of its members, if it did. */
  #commit(changed: boolean): unknown {
    if (!this.#connection.inTransaction) return rolledBack();
    try {
      this.#connection.control(changed ? 'COMMIT' : 'ROLLBACK');
      return undefined;
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.control('ROLLBACK');
      const neutral = toNeutralError(error, 'COMMIT');
      return neutral instanceof Failure ? neutral : uncommitted(error);
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#host.timers.after(0, resolve));
  }

  #dropExpired(): void {
    const now = this.#host.clock.monotonic();
    const staying = this.#waiting.filter((member) => {
      if (member.deadline > now) return true;
      member.settle({ ok: false, error: busy() });
      return false;
    });
    this.#waiting.splice(0, this.#waiting.length, ...staying);
  }

  #failAll(error: unknown): void {
    for (const member of this.#waiting.splice(0)) member.settle({ ok: false, error });
  }
}

async function startWork(member: Member, stack: SavepointStack): Promise<unknown> {
  stack.begin();
  return await member.work(stack);
}

function expired(): Failure {
  const message = 'No time was left to begin the transaction.';
  return new Failure('DEADLINE', 'deadline', message, { started: false });
}

function busy(): Failure {
  const message = 'Another process held the store until the deadline.';
  return new Failure('OVERLOADED', 'store-busy', message);
}

function crowded(): Failure {
  const message = `More than ${WAITING_MAX} transactions wait for the store.`;
  return new Failure('OVERLOADED', 'store-busy', message);
}

function closed(): Failure {
  return new Failure('REFUSED', 'store-closed', 'The store is closed.');
}

function tooLong(): Failure {
  const message =
    `A transaction was open for more than ${OPEN_MAX_MS} ms, waiting for something else, and was rolled ` +
    'back. Read and call before it; hold only statements in it.';
  return new Failure('BUG', 'transaction-too-long', message);
}

function tooMuch(): Failure {
  const message = `A transaction ran statements for more than ${WORK_MAX_MS} ms and was rolled back. Do less in one.`;
  return new Failure('BUG', 'transaction-too-long', message);
}

function rolledBack(): Failure {
  const message = 'Another transaction of the same commit made the engine roll all of them back.';
  return new Failure('OVERLOADED', 'store-rolled-back', message);
}

function uncommitted(cause: unknown): Failure {
  return new Failure('UNAVAILABLE', 'store-failed', 'The commit failed.', { cause });
}
