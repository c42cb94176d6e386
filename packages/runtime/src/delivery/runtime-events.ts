import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import { DEAD_LETTER_PAGE_MAX, type DeadLetter, type ParkedKey } from '@portico/store/spi';
import type { Consumer } from './consumer.ts';
import type { Deliveries } from './deliveries.ts';
import { type DeliveryStatus, statusOf } from './delivery-status.ts';
import type { EventSource } from './event-source.ts';
import type { Hearing } from './hearing.ts';
import { AT_ONCE, transactFor } from './lane-context.ts';
import { listParked, type ParkedFilter } from './parked-list.ts';
import { beginReplay, type ReplayFrom } from './replay.ts';

/** One dead letter, and who decides on it. */
export interface LetterDecision {
  /** The consumer. */
  readonly service: string;
  readonly letter: string;
  /** The operator's name, for the log. */
  readonly by: string;
}

/** One consumer's hearing of one producer, and who changes it. */
export interface HearingDecision {
  readonly service: string;
  readonly producer: string;
  readonly by: string;
}

/** What operators see of event delivery and do about it. For the services of this process. */
export interface RuntimeEvents {
  status(): Promise<readonly DeliveryStatus[]>;
  /** Dead letters, the oldest first; at most 100, after the letter `after`. */
  list(page?: {
    readonly service?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly DeadLetter[]>;
  /**
   * One dead letter.
   * @throws {Failure} `not-found` when there is no such letter.
   */
  get(service: string, letter: string): Promise<DeadLetter>;
  /** Keys that wait, and for what: a retry, or an operator's decision on a dead letter. */
  listParked(filter?: ParkedFilter): Promise<readonly ParkedKey[]>;
  /**
   * Handles a dead letter again, under its old id, then what waits behind it, in order.
   * @throws {Failure} `not-found` when there is no such letter.
   */
  redrive(decision: LetterDecision): Promise<void>;
  /**
   * Gives a dead letter up for good: the key goes on without it.
   * @throws {Failure} `not-found` when there is no such letter.
   */
  discard(decision: LetterDecision): Promise<void>;
  /**
   * Lets the replayable handlers handle past events again, as a new generation.
   * @throws {Failure} `precondition-failed` when none is declared replayable, or a replay is under way.
   */
  replay(decision: HearingDecision & { readonly from: ReplayFrom }): Promise<void>;
  /**
   * After `log-truncated`, and when the producer's state was read through its API: goes on with what the log
   * still has.
   */
  resume(decision: HearingDecision): Promise<void>;
  /** The log of a service of this process, as the wire answers `fetch`. */
  sourceOf(producer: string): EventSource | undefined;
}

/** What operators do, on the consumers of this process. */
export function createRuntimeEvents(
  deliveries: Deliveries,
  { host, log }: { readonly host: Host; readonly log: Logger },
): RuntimeEvents {
  const consumerOf = (service: string): Consumer => {
    const consumer = deliveries.consumers.find(({ name }) => name === service);
    if (!consumer) throw notFound(`No service "${service}" hears events in this process.`);
    return consumer;
  };
  return {
    async status() {
      const rows = await Promise.all(deliveries.consumers.map((one) => statusOf(one, host)));
      return rows.flat();
    },
    async list({ service, after, limit = DEAD_LETTER_PAGE_MAX } = {}) {
      const asked = service === undefined ? deliveries.consumers : [consumerOf(service)];
      const pages = asked.map(({ store }) => store.deliveries.letters.page(after, limit));
      const letters = (await Promise.all(pages)).flat();
      return letters.sort((a, b) => (a.letter < b.letter ? -1 : 1)).slice(0, limit);
    },
    async get(service, letter) {
      const { store, name } = consumerOf(service);
      const found = await store.deliveries.letters.find(letter);
      if (!found) throw noLetter(name, letter);
      return found;
    },
    async listParked(filter = {}) {
      const { service } = filter;
      const asked = service === undefined ? deliveries.consumers : [consumerOf(service)];
      return await listParked(asked, filter);
    },
    async redrive({ service, letter, by }) {
      await takeLetter(consumerOf(service), { host, letter, isRedriven: true });
      log.info({ service, letter, by }, 'A dead letter is handled again.');
    },
    async discard({ service, letter, by }) {
      const found = await takeLetter(consumerOf(service), { host, letter, isRedriven: false });
      const { id, topic, key } = found;
      log.info({ service, letter, by, event: id, topic, key }, 'A dead letter was discarded.');
    },
    async replay({ service, producer, by, from }) {
      const consumer = consumerOf(service);
      const { store } = consumer;
      const cursor = await beginReplay({ store, host }, hearingOf(consumer, producer), from);
      const { generation } = cursor;
      log.info({ service, producer, by, generation, ...from }, 'Events are replayed.');
      consumer.wake();
    },
    async resume({ service, producer, by }) {
      const consumer = consumerOf(service);
      const { store } = consumer;
      hearingOf(consumer, producer);
      await transactFor({ store, host }, async ({ deliveries: { cursors } }) => {
        for (const cursor of await cursors.list(service, producer)) {
          await cursors.replace(cursor, { ...cursor, logId: '' });
        }
      });
      log.info({ service, producer, by }, 'Events are followed again from what the log has.');
      consumer.wake();
    },
    sourceOf: deliveries.sourceOf,
  };
}

function hearingOf({ name, hearings }: Consumer, producer: string): Hearing {
  const hearing = hearings.find((one) => one.producer === producer);
  if (!hearing) throw notFound(`"${name}" handles no events of "${producer}".`);
  return hearing;
}

interface TakeLetter {
  readonly host: Host;
  readonly letter: string;
  readonly isRedriven: boolean;
}

/** Takes a letter from the dead: back to its place among the parked, or away. */
async function takeLetter(
  consumer: Consumer,
  { host, letter, isRedriven }: TakeLetter,
): Promise<DeadLetter> {
  const { store, name } = consumer;
  const found = await transactFor({ store, host }, async ({ deliveries }) => {
    const { letters, parked } = deliveries;
    const dead = await letters.find(letter);
    if (!dead) throw noLetter(name, letter);
    await letters.remove(letter);
    const { consumer, producer, generation, pos, id, topic, key, envelope, at, runKey } = dead;
    const lane = { consumer, producer, generation };
    if (isRedriven) {
      const event = { ...lane, pos, id, topic, key, envelope, at, runKey };
      await parked.add({ ...event, attempts: 0, deaths: 0, nextAt: null });
    }
    await parked.release(lane, AT_ONCE, key);
    return dead;
  });
  consumer.wake();
  return found;
}

function noLetter(service: string, letter: string): Failure {
  return notFound(`"${service}" has no dead letter ${letter}.`);
}

function notFound(message: string): Failure {
  return Failure.rejected('not-found', message);
}
