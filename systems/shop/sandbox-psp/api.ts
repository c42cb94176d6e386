import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { findProblem, toBehaviour, toBrand } from './cards.ts';
import { transaction } from './database.ts';
import { type Faults, parseFaultPlan } from './faults.ts';
import { type Fields, parseAuthorize, parseCard, parseFields, text, whole } from './input.ts';
import type { Payment, Payments } from './payments.ts';
import { Problem } from './problem.ts';
import { type Answer, replayed } from './replay.ts';

/** A request of the JSON API, read in full. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** The bearer credential, if any. */
  readonly credential: string | undefined;
  /** From `Idempotency-Key`. */
  readonly key: string | undefined;
  /** `http://127.0.0.1:8081`, for the address of the 3-D Secure page. */
  readonly origin: string;
}

/** Who may call what: a page with the publishable key, the shop with the secret one. */
export interface Keys {
  readonly publishable: string;
  readonly secret: string;
}

/** One way to speak with the sandbox. */
export interface Face {
  /** Whether the request moves money, so that its faults concern it. */
  pays(request: ApiRequest): boolean;
  /** The last digits of the card that the request is about, if it names one that is known. */
  last4Of(request: ApiRequest): string | undefined;
  /** Answers `request`; refusals are answers too. */
  handle(request: ApiRequest): Answer;
}

interface Entry {
  readonly seq: number;
  readonly at: string;
}

/** A page of the ledger holds this many entries at most. */
const PAGE_MAX = 500;

/** The sandbox's own face: money in JSON. Each call is one transaction. */
export function createApi(spec: {
  readonly database: DatabaseSync;
  readonly keys: Keys;
  readonly now: () => number;
  readonly payments: Payments;
  readonly faults: Faults;
}): Face {
  const { database, keys, now, payments, faults } = spec;

  const show = (payment: Payment, origin: string) => toShown(database, payment, origin);

  const pay = (request: ApiRequest, fields: Fields): Answer => {
    const [, , id = '', action] = request.path.split('/');
    if (request.path === '/payments') {
      const asked = parseAuthorize(fields);
      const forced = faults.take('decline', payments.last4Of(asked)) && 'card_declined';
      const payment = payments.authorize(asked, forced);
      return toAnswer(payment.state === 'declined' ? 402 : 201, show(payment, request.origin));
    }
    const payment = (() => {
      if (action === 'capture') return payments.capture(id, whole(fields, 'amount'));
      if (action === 'void') return payments.void(id);
      if (action === 'refunds') {
        const reference = text(fields, 'reference');
        return payments.refund(id, { amount: whole(fields, 'amount'), reference });
      }
      throw unknownPath(request);
    })();
    return toAnswer(200, show(payment, request.origin));
  };

  const look = (request: ApiRequest): Answer => {
    const [, collection, id] = request.path.split('/');
    if (collection === 'payments' && id) {
      return toAnswer(200, show(payments.get(id), request.origin));
    }
    if (request.path === '/payments') {
      const found = payments.find(request.query.get('reference') ?? '');
      const items = found.map((payment) => ({
        ...show(payment, request.origin),
        refunds: readLedger(database, 'payment = ? AND kind = ?', [payment.id, 'refunded']),
        disputed:
          readLedger(database, 'payment = ? AND kind = ?', [payment.id, 'disputed']).length > 0,
      }));
      return toAnswer(200, { items });
    }
    if (request.path === '/transactions') return listTransactions(database, request.query);
    if (request.path === '/ledger') {
      return toAnswer(200, { items: readLedger(database, '1 = 1', []) });
    }
    throw unknownPath(request);
  };

  const dispatch = (request: ApiRequest): Answer => {
    if (request.method === 'POST' && request.path === '/tokens') {
      authorize(request, [keys.publishable, keys.secret]);
      return createToken(database, parseFields(request.body), now());
    }
    authorize(request, [keys.secret]);
    if (request.method === 'GET' && request.path === '/faults') {
      return toAnswer(200, faults.show());
    }
    if (request.method === 'GET') return look(request);
    const fields = parseFields(request.body);
    if (request.path === '/faults') return setFaults(faults, request, fields);
    if (request.method !== 'POST' || !request.path.startsWith('/payments')) {
      throw unknownPath(request);
    }
    return replayed(database, request, () => pay(request, fields));
  };

  return {
    pays: ({ method, path }) => method === 'POST' && path.startsWith('/payments'),
    last4Of(request) {
      const [, collection, id] = request.path.split('/');
      if (collection !== 'payments') return undefined;
      if (id) return payments.last4Of({ id });
      const reference = request.query.get('reference');
      if (reference) return payments.last4Of({ reference });
      const { token } = parseLoosely(request.body);
      return typeof token === 'string' ? payments.last4Of({ token }) : undefined;
    },
    handle(request) {
      try {
        return transaction(database, () => dispatch(request));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const { code, message } = problem;
        return toAnswer(problem.status, { error: { code, message } });
      }
    },
  };
}

function setFaults(faults: Faults, request: ApiRequest, fields: Fields): Answer {
  if (request.method === 'PUT') faults.set(parseFaultPlan(fields));
  else if (request.method === 'DELETE') faults.set(parseFaultPlan({}));
  else throw unknownPath(request);
  return toAnswer(200, faults.show());
}

/** The fields, for those who don't mind what is wrong with them. */
function parseLoosely(body: string): Fields {
  try {
    return parseFields(body);
  } catch {
    return {};
  }
}

/** Throws unless the request carries one of the keys that are `accepted`. @throws {Problem} 401. */
export function authorize(request: ApiRequest, accepted: readonly string[]): void {
  if (request.credential !== undefined && accepted.includes(request.credential)) return;
  throw new Problem(401, 'key_invalid', 'Send the API key as a bearer credential.');
}

function createToken(database: DatabaseSync, fields: Fields, now: number): Answer {
  const card = parseCard(fields);
  const problem = findProblem(card, new Date(now));
  if (problem) throw new Problem(402, problem.code, problem.message);
  const token = `tok_${randomUUID()}`;
  const shown = { token, brand: toBrand(card.number), last4: card.number.slice(-4) };
  database
    .prepare('INSERT INTO token (token, brand, last4, behaviour) VALUES (?, ?, ?, ?)')
    .run(token, shown.brand, shown.last4, toBehaviour(card.number));
  return toAnswer(201, shown);
}

function toShown(
  database: DatabaseSync,
  { challenge, returnUrl, createdAt: _, ...payment }: Payment,
  origin: string,
) {
  const waits = challenge !== null && payment.state === 'actionRequired';
  const held = readLedger(database, 'payment = ? AND kind = ?', [payment.id, 'authorized']);
  const authorized = held.length > 0 ? payment.amount : 0;
  return { ...payment, authorized, actionUrl: waits ? `${origin}/challenges/${challenge}` : null };
}

function readLedger(
  database: DatabaseSync,
  where: string,
  values: readonly (string | number)[],
  limit = -1,
): Entry[] {
  const rows = database
    .prepare(`SELECT * FROM ledger WHERE ${where} ORDER BY seq LIMIT ?`)
    .all(...values, limit);
  return rows.map(
    ({ at, ...row }) => ({ ...row, at: new Date(Number(at)).toISOString() }) as Entry,
  );
}

function listTransactions(database: DatabaseSync, query: URLSearchParams): Answer {
  const instant = (name: string): number => {
    const at = Date.parse(query.get(name) ?? '');
    if (Number.isNaN(at))
      throw new Problem(400, 'invalid_field', `${name} is an ISO 8601 instant.`);
    return at;
  };
  const after = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? PAGE_MAX);
  if (!Number.isSafeInteger(after) || !(limit >= 1 && limit <= PAGE_MAX)) {
    throw new Problem(400, 'invalid_field', `limit is from 1 to ${PAGE_MAX}, cursor as given.`);
  }
  const range = [instant('from'), instant('to'), after];
  const found = readLedger(database, 'at >= ? AND at < ? AND seq > ?', range, limit + 1);
  const items = found.slice(0, limit);
  const next = found.length > limit ? String(items.at(-1)?.seq) : undefined;
  return toAnswer(200, { items, next });
}

/** An answer in JSON. */
export function toAnswer(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value) };
}

function unknownPath(request: ApiRequest): Problem {
  return new Problem(404, 'path_unknown', `Nothing answers ${request.method} ${request.path}.`);
}
