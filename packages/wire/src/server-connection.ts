import { Failure, type Operation } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Logger, Trace } from '@portico/service';
import { CallTable, nextCallNumber } from './call-table.ts';
import { CallerBook, type KnownCaller } from './caller-book.ts';
import { parseCaller } from './caller-frame.ts';
import { encodeFailure } from './failure-code.ts';
import {
  UNSENT_ANSWERS_MAX_BYTES,
  UNSENT_ANSWERS_RESUME_BYTES,
  WAITING_MAX,
} from './flow-control.ts';
import { FRAME, type Frame, HEADER_BYTES, writeHeader, writeU32 } from './frame.ts';
import { encodeCredit, type Session } from './handshake.ts';
import type { Link } from './link.ts';
import type { CallerTokens, Peer } from './peer.ts';
import { ProtocolError } from './protocol-error.ts';
import { parseRequest, type RequestHead } from './request-frame.ts';
import { ServedCall, type WireDispatcher } from './served-call.ts';
import { utf8Room } from './utf8.ts';

/** What the answers over one connection need. */
export interface ServerConnectionOptions {
  readonly link: Link;
  readonly session: Session;
  readonly host: Host;
  readonly log: Logger;
  readonly operations: readonly Operation[];
  readonly dispatcher: WireDispatcher;
  readonly tokens: CallerTokens;
  readonly allows: (peer: Peer, from: string | undefined, operation: Operation) => boolean;
  /** The part of the limit that is in use. */
  readonly load: () => number;
  /** How late the event loop is, in ms. */
  readonly lagMs: () => number;
  readonly maxInFlight: number;
}

/** The acceptor's side of a connection: calls in, answers out. */
export class ServerConnection {
  readonly peer: Peer;
  readonly #options: ServerConnectionOptions;
  readonly #link: Link;
  readonly #frameMax: number;
  readonly #callers: CallerBook;
  readonly #calls = new CallTable<ServedCall>();
  #counted = 0;
  #last = 0;
  /** What the dialler may have unanswered, and the most that it was ever allowed. */
  #creditMost: number;
  #goingAway = false;

  constructor(options: ServerConnectionOptions) {
    const { link, session, tokens, host, maxInFlight } = options;
    this.#options = options;
    this.#link = link;
    this.peer = session.peer;
    this.#frameMax = session.frameMax;
    this.#creditMost = maxInFlight;
    this.#callers = new CallerBook(session.peer, tokens, host.clock);
    link.writer.onProgress = () => {
      if (link.writer.unsentBytes <= UNSENT_ANSWERS_RESUME_BYTES) link.resumeReading();
    };
  }

  /** Calls that are not answered. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** Allows the dialler another number of unanswered calls. */
  setCredit(maxInFlight: number): void {
    this.#creditMost = Math.max(this.#creditMost, maxInFlight);
    this.#link.send(FRAME.credit, 0, encodeCredit(maxInFlight));
  }

  /** Takes no calls any more; those under way are answered. The dialler ends the connection. */
  goAway(reason: string): void {
    if (this.#goingAway) return;
    this.#goingAway = true;
    const json = Buffer.from(JSON.stringify({ reason }), 'utf8');
    const payload = Buffer.concat([Buffer.alloc(4), json]);
    writeU32(payload, 0, this.#last);
    this.#link.send(FRAME.goAway, 0, payload);
  }

  /** The connection has ended: nobody waits for the answers. */
  close(reason: string): void {
    const failure = new Failure('CANCELLED', 'cancelled', `The caller is gone: ${reason}`);
    for (const served of this.#calls.takeAll()) served.cancellation.cancel(failure);
    this.#counted = 0;
  }

  /** Handles a frame of the other side. @throws {ProtocolError} */
  receive(frame: Frame): void {
    switch (frame.type) {
      case FRAME.request:
        this.#receiveRequest(frame);
        return;
      case FRAME.cancel:
        this.#receiveCancel(frame);
        return;
      case FRAME.caller:
        if (frame.call !== 0) throw new ProtocolError('A CALLER that names a call.');
        this.#callers.take(parseCaller(frame.bytes.subarray(frame.start, frame.end)));
        return;
    }
    throw new ProtocolError(`A frame of type ${frame.type}, which is not for an acceptor.`);
  }

  /** The answer of a call, unless it was cancelled meanwhile. */
  succeed(served: ServedCall, output: unknown): void {
    if (!this.#finish(served)) return;
    let json: string;
    try {
      json = JSON.stringify(output) ?? '';
    } catch (thrown) {
      this.#answerWith(served.number, this.#bug(served.operation, thrown));
      return;
    }
    if (this.#writeAnswer(served.number, -1, json)) return;
    const tooLarge = new Error(`The output is longer than ${this.#frameMax} bytes.`);
    this.#answerWith(served.number, this.#bug(served.operation, tooLarge));
  }

  /** A call ended without a value. */
  fail(served: ServedCall, thrown: unknown): void {
    if (!this.#finish(served)) return;
    this.#answerWith(
      served.number,
      thrown instanceof Failure ? thrown : this.#bug(served.operation, thrown),
    );
  }

  #receiveRequest(frame: Frame): void {
    const number = frame.call;
    if (number !== nextCallNumber(this.#last)) {
      throw new ProtocolError(`Call ${number} after call ${this.#last}.`);
    }
    this.#last = number;
    const head = parseRequest(frame);
    const operation = this.#options.operations[head.operation];
    if (!operation) {
      const message = `No operation has number ${head.operation}.`;
      this.#answerWith(number, Failure.rejected('unknown-operation', message));
      return;
    }
    try {
      if (this.#goingAway) {
        throw new Failure('REFUSED', 'draining', 'The replica is about to stop.');
      }
      const known = this.#admit(operation, head);
      const input = parseInput(frame, head.inputAt, operation);
      this.#begin(new ServedCall(this, operation, number), { head, known, input });
    } catch (thrown) {
      if (thrown instanceof ProtocolError) throw thrown;
      this.#answerWith(number, thrown instanceof Failure ? thrown : this.#bug(operation, thrown));
    }
  }

  /** @throws {Failure} when the caller may not call this, or not now. */
  #admit(operation: Operation, head: RequestHead): KnownCaller {
    if (operation.waits) {
      if (this.#calls.size - this.#counted >= WAITING_MAX) {
        throw new Failure('OVERLOADED', 'overloaded', `${WAITING_MAX} calls are waiting.`);
      }
    } else if (this.#counted >= this.#creditMost) {
      throw new ProtocolError(`More than ${this.#creditMost} calls without an answer.`);
    }
    const known = this.#callers.find(head.caller);
    if (this.#options.allows(this.peer, known.from, operation)) return known;
    const who = known.from === undefined ? `"${this.peer.replica}"` : `"${known.from}"`;
    throw Failure.rejected('forbidden', `${who} does not declare ${operation.api} in its uses.`);
  }

  #begin(
    served: ServedCall,
    started: {
      readonly head: RequestHead;
      readonly known: KnownCaller;
      readonly input: unknown;
    },
  ): void {
    const { head, known, input } = started;
    const { dispatcher, lagMs } = this.#options;
    const deadline = this.#link.readAt - lagMs() + head.remainingMs;
    const trace = head.meta.trace ?? createTrace(this.#options.host.random);
    this.#calls.add(served);
    if (!served.operation.waits) this.#counted++;
    const { caller, from } = known;
    if (caller instanceof Promise) {
      caller.then(
        (verified) => {
          if (served.cancellation.reason) return;
          served.take(head, { caller: verified, from, deadline, trace });
          served.dispatch(dispatcher, input);
        },
        (refusal) => this.fail(served, refusal),
      );
      return;
    }
    if (caller instanceof Failure) {
      this.fail(served, caller);
      return;
    }
    served.take(head, { caller, from, deadline, trace });
    served.dispatch(dispatcher, input);
  }

  #receiveCancel({ call, start, end }: Frame): void {
    if (start !== end) throw new ProtocolError('A CANCEL with a payload.');
    if (call === 0 || ((call - this.#last) | 0) > 0) {
      throw new ProtocolError(`A CANCEL of call ${call}, which was never made.`);
    }
    const served = this.#calls.get(call);
    if (served === undefined) return;
    this.#finish(served);
    served.cancellation.cancel();
  }

  /** False when it was finished before: its answer is discarded. */
  #finish(served: ServedCall): boolean {
    if (this.#calls.take(served.number) === undefined) return false;
    if (!served.operation.waits) this.#counted--;
    return true;
  }

  #answerWith(number: number, failure: Failure): void {
    const { classNumber, json } = encodeFailure(failure);
    if (this.#writeAnswer(number, classNumber, json)) return;
    const shorter = encodeFailure(
      new Failure(failure.class, failure.code, 'What there is to say about it is too long.'),
    );
    this.#writeAnswer(number, shorter.classNumber, shorter.json);
  }

  /** Straight into the batch: RESPONSE for class -1, else ERROR. False when it would be too long. */
  #writeAnswer(number: number, classNumber: number, json: string): boolean {
    if (this.#link.ended) return true;
    const { writer } = this.#link;
    const jsonMax = utf8Room(json);
    const head = HEADER_BYTES + 2;
    if (head + jsonMax > this.#frameMax) return false;
    const at = writer.reserve(head + jsonMax);
    const { bytes } = writer;
    let to = at + HEADER_BYTES;
    if (classNumber >= 0) bytes[to++] = classNumber;
    bytes[to++] = Math.min(255, Math.max(0, Math.round(this.#options.load() * 100)));
    if (json !== '') to += bytes.write(json, to, 'utf8');
    const type = classNumber < 0 ? FRAME.response : FRAME.error;
    writeHeader(bytes, at, { type, call: number, end: to });
    writer.commit(to);
    if (writer.unsentBytes > UNSENT_ANSWERS_MAX_BYTES) this.#link.pauseReading();
    return true;
  }

  #bug(operation: Operation, cause: unknown): Failure {
    const incident = this.#options.host.ids.uuid();
    this.#options.log.error(
      { incident, operation: operation.id, err: cause },
      'A call could not be handled.',
    );
    return new Failure('BUG', 'internal', 'The service failed unexpectedly.', { incident });
  }
}

function parseInput({ bytes, end }: Frame, from: number, operation: Operation): unknown {
  if (from === end) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8', from, end));
  } catch {
    throw Failure.rejected('invalid', `The input of ${operation.id} is no JSON.`);
  }
}

/** A trace that begins here, for callers that keep none (W3C Trace Context §2.2). */
function createTrace(random: Host['random']): Trace {
  const hex = Buffer.from(random.bytes(24)).toString('hex');
  return { traceId: hex.slice(0, 32), spanId: hex.slice(32), sampled: true };
}
