import type { AnswerLog } from './answer-log.ts';
import { type Ask, type Reply, send } from './http-client.ts';
import type { PlannedSession } from './plan.ts';
import type { Recorder } from './recorder.ts';
import { callSoap } from './soap.ts';
import type { World } from './world.ts';

/** What a visitor's actions are carried out with. */
export interface Surroundings {
  readonly world: World;
  readonly recorder: Recorder;
  readonly answers: AnswerLog;
  /** Names that no other load has used: for idempotency keys. */
  readonly name: string;
  /** How long a request is sent again, under its key, while nobody answers. 0: never. */
  readonly patienceMs: number;
  pause(ms: number): Promise<void>;
}

/** Between two attempts of a patient client: doubled each time, up to the most. */
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MAX_MS = 1_600;
/** Nobody is there, or somebody who says to come later: the same request may be sent again. */
const LATER = new Set([0, 429, 502, 503, 504]);
/** The same over SOAP, where every fault is a 500. */
const LATER_CODES = new Set(['rate-limited', 'overloaded', 'unavailable', 'deadline']);

/** A visitor: what it holds, and how it asks. */
export interface Visitor {
  readonly number: number;
  readonly customer: number;
  readonly around: Surroundings;
  /** `acc_…` or `gst_…`, once there is a token. */
  subject: string;
  orderId: string | undefined;
  /** Asks over REST, as this visitor; problems are written down under `operation`. */
  ask(operation: string, path: string, ask?: Partial<Ask>): Promise<Reply>;
  /** Asks over SOAP. */
  soap(operation: string, input: Readonly<Record<string, unknown>>, key?: string): Promise<Reply>;
  /** A key that nobody has used. */
  key(): string;
  /** Becomes a guest, unless there is a token already. */
  identify(): Promise<void>;
}

/** Somebody who has just come. */
export function createVisitor(
  { number, customer }: Pick<PlannedSession, 'number' | 'customer'>,
  around: Surroundings,
): Visitor {
  const { world, recorder, name } = around;
  let token = '';
  let keys = 0;
  const credentials = () => (token ? { authorization: `Bearer ${token}` } : {});
  const persist = async (
    operation: string,
    attempt: () => Promise<Reply>,
    signal?: AbortSignal,
  ): Promise<Reply> => {
    const endsAt = performance.now() + around.patienceMs;
    // Visitors differ, so that a crowd does not come back at the same instant.
    for (let pauseMs = RETRY_PAUSE_MS + (number % 100); ; pauseMs *= 2) {
      const reply = await attempt();
      if (reply.code) recorder.problem(operation, reply.status, reply.code);
      const over = signal?.aborted || performance.now() >= endsAt;
      const later = LATER.has(reply.status) || LATER_CODES.has(reply.code ?? '');
      if (!later || over) return reply;
      await around.pause(Math.min(pauseMs, RETRY_PAUSE_MAX_MS));
    }
  };
  const visitor: Visitor = {
    number,
    customer,
    around,
    subject: '',
    orderId: undefined,
    async ask(operation, path, ask = {}) {
      const headers = { ...world.headers, ...credentials(), ...ask.headers };
      const attempt = () => send({ ...ask, url: world.origin + path, headers });
      const reply = await persist(operation, attempt, ask.signal);
      const tokens = reply.body as { accessToken?: string; subject?: string } | undefined;
      if (reply.status < 300 && tokens?.accessToken) {
        token = tokens.accessToken;
        visitor.subject = (tokens.subject ?? '').replace(/^user:/, '');
      }
      return reply;
    },
    async soap(operation, input, key) {
      const [api = '', called = ''] = operation.split('.');
      const once = key ? { 'idempotency-key': key } : {};
      const headers = { ...world.headers, ...credentials(), ...once };
      const call = { origin: world.origin, api, operation: called, input, headers };
      return persist(`${operation} (SOAP)`, () => callSoap(call));
    },
    key() {
      keys += 1;
      return `${name}-${number}-${keys}`;
    },
    async identify() {
      if (token === '') await visitor.ask('identity.startGuest', '/identity/v1/guests', POST);
    },
  };
  return visitor;
}

const POST = { method: 'POST', body: {} } as const;
