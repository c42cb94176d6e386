import type { LoggedEvent } from '@portico/store/spi';

/** The longest that a fetch waits for events: a long poll of 10 s. */
export const FETCH_WAIT_MAX_MS = 10_000;
/** Topics of one request: more than an API can have events that one service hears. */
export const FETCH_TOPICS_MAX = 1_000;

/** What a consumer asks the producer of events for: the platform operation `fetch`. */
export interface EventRequest {
  readonly consumer: string;
  readonly topics: readonly string[];
  /** The log that `after` counts in. Without it, from the beginning of what is kept. */
  readonly logId: string | undefined;
  readonly after: number;
  /** How far the consumer's store says that it has come: the log is kept from there on. */
  readonly position: number;
  /** At most 256. */
  readonly limit: number;
  /** How long to wait when there is nothing; at most 10 s. */
  readonly waitMs: number;
}

/** What it is answered. */
export type EventBatch =
  | {
      readonly kind: 'events';
      readonly logId: string;
      readonly events: readonly LoggedEvent[];
      /** All events of these topics up to here are in `events`. */
      readonly through: number;
      readonly head: number;
    }
  /** The log is another one, restored from a backup: positions mean other events now. */
  | { readonly kind: 'log-changed'; readonly logId: string; readonly head: number }
  /** Events after `after` are gone: the consumer has to read the producer's state through its API. */
  | { readonly kind: 'log-truncated'; readonly logId: string; readonly trimmed: number };

/** The log of one producer, wherever it runs: its store in this process, or its process over the wire. */
export interface EventSource {
  /**
   * The next events, or none after `waitMs`. `signal` ends the waiting early.
   * @throws {Failure} when the producer does not answer.
   */
  fetch(request: EventRequest, signal?: AbortSignal): Promise<EventBatch>;
}
