import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type ApiRequest, authorize, type Face, type Keys, toAnswer } from './api.ts';
import { transaction } from './database.ts';
import type { Faults } from './faults.ts';
import type { Payment, Payments } from './payments.ts';
import { Problem } from './problem.ts';
import { type Answer, replayed } from './replay.ts';
import { type Form, parseForm } from './stripe-form.ts';
import { findByMetadata, listBalance, listRefunds, toOurId } from './stripe-lists.ts';
import { readLedger, toCardError, toIntent, toRefund } from './stripe-objects.ts';

/** What of Stripe's API `POST /v1/payment_intents` takes here. */
const CREATE = [
  ...['amount', 'currency', 'payment_method', 'allowed_payment_method_types', 'capture_method'],
  ...['confirm', 'metadata', 'return_url'],
];

/**
 * Stripe's face of the sandbox: form-encoded requests, its objects and errors, over the same payments
 * and the same ledger. What is not imitated is refused, and listed in the README.
 */
export function createStripeApi(spec: {
  readonly database: DatabaseSync;
  readonly keys: Keys;
  readonly now: () => number;
  readonly payments: Payments;
  readonly faults: Faults;
}): Face {
  const { database, keys, now, payments, faults } = spec;
  const intent = (payment: Payment, form: Form, origin: string) =>
    toIntent(database, payment, { expands: form.expands, origin });

  const create = (request: ApiRequest): Answer => {
    const form = parseForm(request.body, CREATE);
    if (form.required('capture_method') !== 'manual' || form.text('confirm') !== 'true') {
      throw new Problem(400, 'not_imitated', 'Send capture_method=manual and confirm=true.');
    }
    const metadata = form.entries('metadata');
    const { reference } = metadata;
    const known = reference !== undefined && payments.find(reference).length > 0;
    const asked = {
      // Stripe takes any number of intents with the same metadata; the ledger then tells them apart.
      reference: reference === undefined || known ? `intent_${randomUUID()}` : reference,
      amount: form.whole('amount', 1) ?? Number(form.required('amount')),
      currency: toCurrency(form.required('currency')),
      token: form.required('payment_method'),
      returnUrl: form.text('return_url') ?? null,
      metadata,
    };
    const forced = faults.take('decline', payments.last4Of({ token: asked.token }));
    const payment = payments.authorize(asked, forced && 'card_declined');
    const shown = intent(payment, form, request.origin);
    if (payment.state !== 'declined') return toAnswer(200, shown);
    const charge = `ch_${shown.id.slice('pi_'.length)}`;
    const error = { ...toCardError(payment), charge, payment_intent: shown };
    return toAnswer(402, { error });
  };

  const refund = (request: ApiRequest): Answer => {
    const form = parseForm(request.body, ['payment_intent', 'amount', 'metadata']);
    const id = toOurId(form.required('payment_intent'));
    const { captured, refunded } = payments.get(id);
    const amount = form.whole('amount', 1) ?? captured - refunded;
    const metadata = form.entries('metadata');
    const reference = metadata.reference ?? `refund_${randomUUID()}`;
    payments.refund(id, { amount, reference, metadata });
    const row = readLedger(database, id).findLast(({ kind }) => kind === 'refunded');
    if (!row) throw new Error('A refund stands in no ledger.');
    return toAnswer(200, toRefund(database, row));
  };

  const pay = (request: ApiRequest): Answer => {
    if (request.path === '/v1/payment_intents') return create(request);
    if (request.path === '/v1/refunds') return refund(request);
    const [, , , id = '', action] = request.path.split('/');
    const run = (form: Form, act: () => Payment): Answer => {
      try {
        return toAnswer(200, intent(act(), form, request.origin));
      } catch (problem) {
        throw withIntent(problem, () => intent(payments.get(toOurId(id)), form, request.origin));
      }
    };
    if (action === 'capture') {
      const form = parseForm(request.body, ['amount_to_capture']);
      const whole = payments.get(toOurId(id)).amount;
      const amount = form.whole('amount_to_capture', 1) ?? whole;
      return run(form, () => payments.capture(toOurId(id), amount));
    }
    const form = parseForm(request.body, ['cancellation_reason']);
    return run(form, () => payments.void(toOurId(id)));
  };

  const look = (request: ApiRequest): Answer => {
    const [, , collection, id] = request.path.split('/');
    const query = request.query.toString();
    if (collection === 'payment_intents' && id === 'search') {
      const form = parseForm(query, ['query', 'limit']);
      const found = findByMetadata(database, form.required('query'), now());
      const data = found.map((payment) => intent(payment, form, request.origin));
      return toAnswer(200, { object: 'search_result', data, has_more: false, next_page: null });
    }
    if (collection === 'payment_intents' && id) {
      const form = parseForm(query, []);
      return toAnswer(200, intent(payments.get(toOurId(id)), form, request.origin));
    }
    if (collection === 'refunds' && !id) {
      return listRefunds(database, parseForm(query, ['payment_intent', 'limit']));
    }
    if (collection === 'balance_transactions' && !id) {
      return listBalance(spec, parseForm(query, ['created', 'limit', 'starting_after']));
    }
    throw unknownUrl(request);
  };

  const dispatch = (request: ApiRequest): Answer => {
    authorize(request, [keys.secret]);
    if (request.method === 'GET') return look(request);
    if (!pays(request)) throw unknownUrl(request);
    if (!request.key) return pay(request);
    return replayed(database, { ...request, key: `stripe:${request.key}` }, () => pay(request));
  };

  return {
    pays,
    last4Of(request) {
      const form = new URLSearchParams(request.body);
      const [, , collection, id] = request.path.split('/');
      const named = collection === 'payment_intents' ? id : form.get('payment_intent');
      if (named) return payments.last4Of({ id: toOurId(named) });
      return payments.last4Of({ token: form.get('payment_method') ?? '' });
    },
    handle(request) {
      try {
        return transaction(database, () => dispatch(request));
      } catch (problem) {
        return refuse(problem);
      }
    },
  };
}

const PAYS = /^\/v1\/(payment_intents(\/pi_[\w-]+\/(capture|cancel))?|refunds)$/;

function pays({ method, path }: ApiRequest): boolean {
  return method === 'POST' && PAYS.test(path);
}

function toCurrency(code: string): string {
  if (/^[a-z]{3}$/.test(code)) return code.toUpperCase();
  throw new Problem(400, 'parameter_invalid', `Invalid currency: ${code}.`);
}

function unknownUrl({ method, path }: ApiRequest): Problem {
  return new Problem(404, 'url_unknown', `Unrecognized request URL (${method}: ${path}).`);
}

/** A refusal that shows the intent it is about, as Stripe's do. */
class IntentProblem extends Problem {
  readonly intent: object;

  constructor(problem: Problem, intent: object) {
    super(400, 'payment_intent_unexpected_state', problem.message);
    this.intent = intent;
  }
}

function withIntent(problem: unknown, show: () => object): unknown {
  const conflict = problem instanceof Problem && problem.code === 'state_conflict';
  return conflict ? new IntentProblem(problem, show()) : problem;
}

/** A refusal in Stripe's shape; what is no refusal is thrown on. */
function refuse(problem: unknown): Answer {
  if (!(problem instanceof Problem)) throw problem;
  const { message } = problem;
  if (problem.code === 'key_reused') {
    const text =
      'Keys for idempotent requests can only be used with the same parameters they were first used with.';
    return toAnswer(400, { error: { type: 'idempotency_error', message: text } });
  }
  const missing = problem.code === 'payment_unknown' || problem.code === 'token_invalid';
  const error = {
    type: 'invalid_request_error',
    code: missing ? 'resource_missing' : problem.code,
    message,
    ...(problem.code === 'token_invalid' ? { param: 'payment_method' } : {}),
    ...(problem instanceof IntentProblem ? { payment_intent: problem.intent } : {}),
  };
  // Stripe knows no 409 for these.
  return toAnswer(problem.status === 409 ? 400 : problem.status, { error });
}
