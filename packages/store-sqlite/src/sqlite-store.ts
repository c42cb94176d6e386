import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import {
  createDeliveryLedger,
  createEventLog,
  createJobLedger,
  createLogRetention,
  createOutcomeLedger,
  createSagaLedger,
  type DeliveryLedger,
  type EventLog,
  type JobLedger,
  type LogRetention,
  type OpenStore,
  type OutcomeKey,
  type OutcomeLedger,
  type PlatformTables,
  type RetainDays,
  type SagaLedger,
  type StoreTransaction,
  type SweepReport,
  type TransactionOptions,
} from '@portico/store/spi';
import type { Kysely } from 'kysely';
import { type CommitWatch, createCommitWatch } from './commit-watch.ts';
import type { Connection } from './connection.ts';
import { createHandle } from './handle.ts';
import type { WriteScope } from './savepoint-stack.ts';
import { WriteQueue } from './write-queue.ts';

/** Statistics age slowly; looking at them costs up to some milliseconds. */
const OPTIMIZE_EVERY_MS = 24 * 3_600_000;
/** What the platform's own maintenance may wait for the lock. */
const MAINTENANCE_MS = 10_000;

/** The two connections of an open store, and what they run with. */
export interface SqliteStoreParts {
  readonly writing: Connection;
  readonly reading: Connection;
  readonly host: Host;
  readonly log: Logger;
}

/** The store of one service on its two connections. */
export class SqliteStore implements OpenStore {
  readonly read: unknown;
  readonly log: Pick<EventLog, 'read'>;
  readonly deliveries: DeliveryLedger;
  readonly sagas: SagaLedger;
  readonly jobs: JobLedger;
  readonly #parts: SqliteStoreParts;
  readonly #queue: WriteQueue;
  readonly #outcomes: OutcomeLedger;
  readonly #readOutcomes: OutcomeLedger;
  readonly #events: EventLog;
  readonly #ledger: DeliveryLedger;
  readonly #sagas: SagaLedger;
  readonly #jobs: JobLedger;
  readonly #retention: LogRetention;
  readonly #commits: CommitWatch;
  #optimizeDueAt: number;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(parts: SqliteStoreParts) {
    const { writing, reading, host, log } = parts;
    const admit = () => this.#assertOpen();
    this.#parts = parts;
    this.#queue = new WriteQueue(writing, host, log);
    this.read = createHandle({ connection: reading, origin: 'service', admit });
    const platform = (connection: Connection): Kysely<PlatformTables> =>
      createHandle({ connection, origin: 'platform', admit });
    this.#readOutcomes = createOutcomeLedger(platform(reading));
    this.#outcomes = createOutcomeLedger(platform(writing));
    this.#events = createEventLog(platform(writing));
    this.#ledger = createDeliveryLedger(platform(writing));
    this.#sagas = createSagaLedger(platform(writing));
    this.#jobs = createJobLedger(platform(writing));
    this.#retention = createLogRetention(platform(writing));
    this.log = createEventLog(platform(reading));
    this.deliveries = createDeliveryLedger(platform(reading));
    this.sagas = createSagaLedger(platform(reading));
    this.jobs = createJobLedger(platform(reading));
    this.#commits = createCommitWatch(writing, host);
    this.#optimizeDueAt = host.clock.monotonic();
  }

  transaction<T>(
    work: (transaction: StoreTransaction) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    const published = { any: false };
    const done = this.#queue.run((scope) => {
      published.any = false;
      return work(this.#transactionOf(scope, published));
    }, options.deadline);
    const notify = () => {
      if (published.any) this.#commits.notify();
    };
    // Also when nobody knows whether it has committed: whoever waits looks.
    done.then(notify, notify);
    return done;
  }

  watch(listener: () => void): () => void {
    return this.#commits.watch(listener);
  }

  findOutcome(key: OutcomeKey) {
    return this.#readOutcomes.find(key);
  }

  async sweep(now: number, retain: RetainDays = {}): Promise<SweepReport> {
    const outcomes = await this.#sweepAll(() => this.#outcomes.sweep(now));
    const dropped = await this.#maintain(() => this.#ledger.subscribers.dropSilent(now));
    const events = await this.#sweepAll(() => this.#retention.sweep(now, retain));
    const sagas = await this.#sweepAll(() => this.#sagas.sweep(now));
    const { clock } = this.#parts.host;
    if (clock.monotonic() >= this.#optimizeDueAt) {
      this.#optimizeDueAt = clock.monotonic() + OPTIMIZE_EVERY_MS;
      await this.#maintain(async () => this.#parts.writing.script('PRAGMA optimize', 'platform'));
    }
    return { outcomes, events, sagas, dropped };
  }

  async forgetCaller(subject: string): Promise<number> {
    return await this.#maintain(() => this.#outcomes.forget(subject));
  }

  async check(): Promise<void> {
    this.#assertOpen();
    this.#parts.reading.control('SELECT 1');
    this.#parts.writing.control('SELECT 1');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Batch by batch: others may write in between. */
  async #sweepAll(
    sweep: () => Promise<{ readonly removed: number; readonly done: boolean }>,
  ): Promise<number> {
    for (let removed = 0; ; ) {
      const batch = await this.#maintain(sweep);
      removed += batch.removed;
      if (batch.done) return removed;
    }
  }

  #transactionOf(scope: WriteScope, published: { any: boolean }): StoreTransaction {
    const connection = this.#parts.writing;
    const { clock } = this.#parts.host;
    const events = this.#events;
    const outcomes = this.#outcomes;
    const deliveries = this.#ledger;
    const sagas = this.#sagas;
    const jobs = this.#jobs;
    let db: unknown;
    return {
      // Made when asked for: the platform's own transactions do not need it.
      get db() {
        db ??= createHandle({ connection, origin: 'service', admit: () => scope.admit() });
        return db;
      },
      savepoint: (work) => scope.savepoint(work),
      async append(event) {
        scope.admit();
        published.any = true;
        await events.append(event, clock.now());
      },
      get deliveries() {
        scope.admit();
        return deliveries;
      },
      get sagas() {
        scope.admit();
        return sagas;
      },
      get jobs() {
        scope.admit();
        return jobs;
      },
      async recordOutcome(record) {
        scope.admit();
        await outcomes.record(record, clock.now());
      },
      async findOutcome(key) {
        scope.admit();
        return await outcomes.find(key);
      },
    };
  }

  #maintain<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.#parts.host.clock.monotonic() + MAINTENANCE_MS;
    return this.#queue.run(work, deadline);
  }

  async #close(): Promise<void> {
    const { reading, writing } = this.#parts;
    await this.#queue.close();
    this.#closed = true;
    this.#commits.stop();
    reading.close();
    // Puts the log into the file, so that the file alone is the store. Others may still be using it.
    writing.script('PRAGMA wal_checkpoint(TRUNCATE)', 'platform');
    writing.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('The store is closed.');
  }
}
