import { Failure } from '@portico/contract';
import {
  type Caller,
  type Operations,
  parseCursor,
  type Service,
  service,
  toCursor,
} from '@portico/service';
import { Operator } from './operator-api.ts';
import { toLetterId, toParkedCursor, toParkedPlace, toSeq } from './operator-cursors.ts';
import type { OperatorPort } from './operator-port.ts';
import { HISTORY_MAX, PAGE_MAX } from './operator-types.ts';
import {
  toLetterDetail,
  toLetterView,
  toParkedView,
  toSagaLine,
  toSagaView,
} from './operator-views.ts';

/** Handlers of everything that operators ask. */
export type OperatorHandlers = Operations<
  typeof Operator,
  Record<never, never>,
  undefined,
  undefined
>;

/**
 * The service behind {@link Operator} where one process is all there is.
 *
 * @param port - Asked at each call: what it looks at may come to be after the service.
 */
export function createOperator(port: () => OperatorPort): Service {
  return service(Operator)({ operations: createOperatorHandlers(port) }) as unknown as Service;
}

/** What operators ask, answered for the services of one process. */
export function createOperatorHandlers(port: () => OperatorPort): OperatorHandlers {
  return {
    async listSagas({ cursor, limit = PAGE_MAX, service, type, state, stuck }) {
      const before = toSeq(parseCursor(cursor));
      const filter = {
        ...(before === undefined ? {} : { before }),
        ...(type === undefined ? {} : { type }),
        ...(state === undefined ? {} : { state }),
        ...(stuck === undefined ? {} : { stuck }),
      };
      const sagas = await port().sagas.list({ service, ...filter, limit });
      const last = sagas.at(-1);
      const next = last && sagas.length === limit ? { next: toCursor(last.seq) } : {};
      return { items: sagas.map(toSagaView), ...next };
    },
    async getSagaHistory({ service, saga }) {
      const found = await port().sagas.get(service, saga);
      const history = found.history.slice(-HISTORY_MAX).map(toSagaLine);
      return { saga: toSagaView(found), data: JSON.stringify(found.data), history };
    },
    async retrySaga({ service, saga, force = false }, { caller, log }) {
      const by = nameOf(caller);
      await port().sagas.retry({ service, id: saga, force, by });
      log.info({ by, target: service, saga, force }, 'A saga is retried.');
    },
    async abortSaga({ service, saga, reason }, { caller, log }) {
      const by = nameOf(caller);
      await port().sagas.abort({ service, id: saga, reason, by });
      log.info({ by, target: service, saga, reason }, 'A saga is aborted.');
    },
    async resolveSaga({ service, saga, reason }, { caller, log }) {
      const by = nameOf(caller);
      await port().sagas.resolve({ service, id: saga, reason, by });
      log.info({ by, target: service, saga, reason }, 'A saga is resolved.');
    },
    async listDeadLetters({ service, cursor, limit = PAGE_MAX }) {
      const after = toLetterId(parseCursor(cursor));
      const place = after === undefined ? {} : { after };
      const letters = await port().events.list({
        ...(service ? { service } : {}),
        ...place,
        limit,
      });
      const last = letters.at(-1);
      const next = last && letters.length === limit ? { next: toCursor(last.letter) } : {};
      return { items: letters.map(toLetterView), ...next };
    },
    async getDeadLetter({ service, letter }) {
      return toLetterDetail(await port().events.get(service, letter));
    },
    async listParkedKeys({ service, cursor, limit = PAGE_MAX }) {
      const after = toParkedPlace(parseCursor(cursor));
      const keys = await port().events.listParked({
        ...(service ? { service } : {}),
        ...(after ? { after } : {}),
        limit,
      });
      const last = keys.at(-1);
      const next = last && keys.length === limit ? { next: toParkedCursor(last) } : {};
      return { items: keys.map(toParkedView), ...next };
    },
    async redriveDeadLetter({ service, letter }, { caller, log }) {
      const by = nameOf(caller);
      await port().events.redrive({ service, letter, by });
      log.info({ by, target: service, letter }, 'A dead letter is redriven.');
    },
    async redriveDeadLetters({ service, key }, { caller, log }) {
      const by = nameOf(caller);
      const letters = await lettersOf(port(), service, key);
      for (const letter of letters) await port().events.redrive({ service, letter, by });
      log.info({ by, target: service, key, letters: letters.length }, 'A key is redriven.');
      return { redriven: letters.length };
    },
    async discardDeadLetter({ service, letter }, { caller, log }) {
      const by = nameOf(caller);
      await port().events.discard({ service, letter, by });
      log.info({ by, target: service, letter }, 'A dead letter is discarded.');
    },
    async replayConsumer({ service, producer, at, after }, { caller, log }) {
      const by = nameOf(caller);
      await port().events.replay({ service, producer, from: toStart(at, after), by });
      log.info({ by, target: service, producer, at, after }, 'Events are replayed.');
    },
    async resumeConsumer({ service, producer }, { caller, log }) {
      const by = nameOf(caller);
      await port().events.resume({ service, producer, by });
      log.info({ by, target: service, producer }, 'Events are followed again.');
    },
    async getDeliveryStatus() {
      const rows = await port().events.status();
      return { rows: rows.map((row) => ({ ...row, alarms: [...row.alarms] })) };
    },
    async getSagaCounts() {
      return { rows: [...(await port().sagas.counts())] };
    },
    getHealth() {
      const { state, ready, inFlight, services } = port().health();
      const rows = Object.entries(services).map(([name, health]) => ({ name, ...health }));
      return { state, ready, inFlight, services: rows };
    },
  };
}

/** Who did it, for logs and histories. */
function nameOf({ subject, consumer }: Caller): string {
  return subject ?? consumer ?? 'unknown';
}

/** Dead letters of a key, oldest first. @throws {Failure} `not-found` when there are none. */
async function lettersOf(port: OperatorPort, service: string, key: string): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  while (found.length < PAGE_MAX) {
    const place = after === undefined ? {} : { after };
    const page = await port.events.list({ service, ...place, limit: PAGE_MAX });
    for (const letter of page) if (letter.key === key) found.push(letter.letter);
    after = page.at(-1)?.letter;
    if (page.length < PAGE_MAX) break;
  }
  if (found.length > 0) return found.slice(0, PAGE_MAX);
  throw Failure.rejected('not-found', `"${service}" has no dead letter of the key "${key}".`);
}

function toStart(at: string | undefined, after: number | undefined) {
  if (at !== undefined && after === undefined) return { at: Date.parse(at) };
  if (at === undefined && after !== undefined) return { after };
  throw Failure.rejected('invalid', 'Say where the replay begins: either `at` or `after`.');
}
