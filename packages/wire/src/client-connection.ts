import type { Api } from '@portico/contract';
import { Failure, type Operation } from '@portico/contract';
import type { DeadlineWheel, Host } from '@portico/host';
import type { Call } from '@portico/service';
import { CallTable, nextCallNumber } from './call-table.ts';
import { encodeCaller } from './caller-frame.ts';
import { CallerNumbers } from './caller-numbers.ts';
import { decodeFailure } from './failure-code.ts';
import { UNSENT_REQUESTS_MAX_BYTES } from './flow-control.ts';
import { FRAME, type Frame, HEADER_BYTES, writeHeader, writeU32 } from './frame.ts';
import { type DialledSession, parseCredit } from './handshake.ts';
import type { Link } from './link.ts';
import { matchOperations } from './operation-table.ts';
import { parseObject } from './parse.ts';
import type { CallerTokens } from './peer.ts';
import { PendingCall, type PendingCaller } from './pending-call.ts';
import { ProtocolError } from './protocol-error.ts';
import { encodeMeta, fitsMeta, REQUEST_FIXED_BYTES, toCriticalityNumber } from './request-frame.ts';
import { utf8Room } from './utf8.ts';

/** What the calls over one connection need. */
export interface ClientConnectionOptions {
  readonly link: Link;
  readonly session: DialledSession;
  readonly host: Host;
  readonly wheel: DeadlineWheel;
  readonly tokens: CallerTokens;
  readonly uses: readonly Api[];
  /** Called when calls may or may not be given to it any more. */
  readonly onChange: () => void;
}

/** Less than this is no time: it travels as whole milliseconds. */
const REMAINING_MIN_MS = 1;
const U32_MAX = 0xffff_ffff;
const EMPTY = new Uint8Array();

/** The dialler's side of a connection: calls out, answers in. */
export class ClientConnection implements PendingCaller {
  readonly frameMax: number;
  /** 0 to 1, as it said with its last answer; more when it sheds. */
  load = 0;
  /** The other side said that it is about to stop: nothing new is sent. */
  draining = false;
  /** Calls that count against what the other side allows. */
  counted = 0;
  readonly #link: Link;
  readonly #host: Host;
  readonly #wheel: DeadlineWheel;
  readonly #callers: CallerNumbers;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #onChange: () => void;
  readonly #pending = new CallTable<PendingCall>();
  #maxInFlight: number;
  /** The numbers of the last call made, and of the last one that the socket has got. */
  #last = 0;
  #handedOver = 0;

  constructor(options: ClientConnectionOptions) {
    const { link, session, host, wheel, tokens, uses, onChange } = options;
    this.#link = link;
    this.#host = host;
    this.#wheel = wheel;
    this.#onChange = onChange;
    this.frameMax = session.frameMax;
    this.#maxInFlight = session.maxInFlight;
    this.#numbers = matchOperations(uses, session.table);
    this.#callers = new CallerNumbers({
      tokens,
      clock: host.clock,
      announce: (frame) => link.send(FRAME.caller, 0, encodeCaller(frame)),
    });
    link.writer.onHandedOver = () => {
      this.#handedOver = this.#last;
    };
  }

  /** Calls sent and not answered. */
  get inFlight(): number {
    return this.#pending.size;
  }

  serves(operation: Operation): boolean {
    return this.#numbers.has(operation.id);
  }

  /** @throws {Failure} (as a rejection) and nothing else. */
  call(operation: Operation, input: unknown, call: Call): Promise<unknown> {
    const now = this.#host.clock.monotonic();
    const refusal = this.#refuse(operation, call, now);
    if (refusal) return Promise.reject(refusal);
    const caller = this.#callers.find(call.caller, call.from, now);
    if (caller < 0) return this.#announceAndSend(operation, input, call);
    return this.#send(operation, input, { call, caller, now });
  }

  /** Sends nothing new, and ends when what was sent has been answered. */
  leave(): void {
    this.draining = true;
    this.#endIfDrained();
  }

  /** The other side ended the connection, or this one did. Nothing is in flight afterwards. */
  close(reason: string): void {
    const unavailable = `The connection was lost: ${reason}`;
    for (const pending of this.#pending.takeAll()) {
      const wasSent = ((pending.number - this.#handedOver) | 0) <= 0;
      this.#settle(pending);
      pending.reject(
        wasSent
          ? new Failure('UNAVAILABLE', 'unavailable', unavailable)
          : new Failure('NOT_SENT', 'not-sent', unavailable),
      );
    }
  }

  /** Handles a frame of the other side. @throws {ProtocolError} */
  receive(frame: Frame): void {
    switch (frame.type) {
      case FRAME.response:
        this.#receiveResponse(frame);
        return;
      case FRAME.error:
        this.#receiveError(frame);
        return;
      case FRAME.credit:
        assertConnectionFrame(frame);
        this.#maxInFlight = parseCredit(frame.bytes.subarray(frame.start, frame.end));
        return;
      case FRAME.goAway:
        this.#receiveGoAway(frame);
        return;
    }
    throw new ProtocolError(`A frame of type ${frame.type}, which is not for a dialler.`);
  }

  /** Its time is over: nobody waits for the answer any more. */
  expire(pending: PendingCall): void {
    this.#giveUp(pending, new Failure('DEADLINE', 'deadline', 'The call took longer than it may.'));
  }

  /** Its caller gave up. */
  cancel(pending: PendingCall, reason: Failure): void {
    this.#giveUp(pending, reason);
  }

  #refuse(operation: Operation, call: Call, now: number): Failure | undefined {
    if (call.cancellation.reason !== undefined) return call.cancellation.reason;
    if (call.deadline - now < REMAINING_MIN_MS) {
      const message = 'No time was left to send the call.';
      return new Failure('DEADLINE', 'deadline', message, { started: false });
    }
    if (this.draining || this.#link.ended) {
      return new Failure('NOT_SENT', 'draining', 'The replica is about to stop.');
    }
    if (!operation.waits && this.counted >= this.#maxInFlight) {
      const message = `${this.counted} calls are unanswered, as many as the replica allows.`;
      return new Failure('NOT_SENT', 'no-credit', message);
    }
    if (this.#link.writer.unsentBytes > UNSENT_REQUESTS_MAX_BYTES) {
      return new Failure('NOT_SENT', 'backlog', 'The replica does not read what it is sent.');
    }
    if (!this.#numbers.has(operation.id)) {
      return new Failure('REFUSED', 'version', `The replica does not serve ${operation.id}.`);
    }
    return undefined;
  }

  /** The first call of a caller: it is announced in front of it. */
  #announceAndSend(operation: Operation, input: unknown, call: Call): Promise<unknown> {
    const send = () => this.#sendAnnounced(operation, input, call);
    try {
      const announced = this.#callers.announce(call.caller, call.from);
      if (announced === undefined) return send();
      return announced.then(send, (thrown) => Promise.reject(toRefusal(thrown)));
    } catch (thrown) {
      return Promise.reject(toRefusal(thrown));
    }
  }

  /** Getting the token may have taken a while: everything is looked at again. */
  #sendAnnounced(operation: Operation, input: unknown, call: Call): Promise<unknown> {
    const now = this.#host.clock.monotonic();
    const refusal = this.#refuse(operation, call, now);
    if (refusal) return Promise.reject(refusal);
    const caller = this.#callers.find(call.caller, call.from, now);
    if (caller >= 0) return this.#send(operation, input, { call, caller, now });
    return Promise.reject(new Failure('NOT_SENT', 'no-token', 'Too many callers at once.'));
  }

  #send(
    operation: Operation,
    input: unknown,
    { call, caller, now }: { readonly call: Call; readonly caller: number; readonly now: number },
  ): Promise<unknown> {
    let json: string;
    try {
      json = JSON.stringify(input) ?? '';
    } catch {
      return Promise.reject(Failure.rejected('invalid', 'The input is no JSON.'));
    }
    const meta = encodeMeta(call.trace, call.key, call.undoes);
    if (!fitsMeta(meta)) {
      return Promise.reject(Failure.rejected('too-large', 'The idempotency key is too long.'));
    }
    const number = nextCallNumber(this.#last);
    const request = { number, caller, meta, json, now };
    if (!this.#writeRequest(operation, call, request)) {
      const message = `The input of ${operation.id} is longer than ${this.frameMax} bytes.`;
      return Promise.reject(Failure.rejected('too-large', message));
    }
    const pending = new PendingCall(this, operation, number);
    this.#pending.add(pending);
    if (!operation.waits) this.counted++;
    pending.deadline = call.deadline;
    this.#wheel.add(pending);
    return pending.start(call.cancellation);
  }

  /** Straight into the batch; false when the frame would be longer than agreed. */
  #writeRequest(
    operation: Operation,
    call: Call,
    request: {
      readonly number: number;
      readonly caller: number;
      readonly meta: string;
      readonly json: string;
      readonly now: number;
    },
  ): boolean {
    const { writer } = this.#link;
    const { number, caller, meta, json, now } = request;
    const head = HEADER_BYTES + REQUEST_FIXED_BYTES + meta.length;
    const jsonMax = utf8Room(json);
    if (head + jsonMax > this.frameMax) return false;
    const at = writer.reserve(head + jsonMax);
    const { bytes } = writer;
    const operationNumber = this.#numbers.get(operation.id) as number;
    let to = at + HEADER_BYTES;
    bytes[to] = operationNumber >>> 8;
    bytes[to + 1] = operationNumber;
    bytes[to + 2] = caller >>> 8;
    bytes[to + 3] = caller;
    writeU32(bytes, to + 4, Math.min(call.deadline - now, U32_MAX));
    bytes[to + 8] = Math.min(Math.max(call.attempt, 1), 255);
    bytes[to + 9] = toCriticalityNumber(call.criticality);
    bytes[to + 10] = meta.length >>> 8;
    bytes[to + 11] = meta.length;
    to += REQUEST_FIXED_BYTES;
    to += bytes.write(meta, to, 'latin1');
    to += bytes.write(json, to, 'utf8');
    writeHeader(bytes, at, { type: FRAME.request, call: number, end: to });
    // Before it may be handed over: what the socket has got may have run, whatever happens then.
    this.#last = number;
    writer.commit(to);
    return true;
  }

  #receiveResponse({ call, bytes, start, end }: Frame): void {
    if (start === end) throw new ProtocolError('A RESPONSE without the load.');
    this.load = (bytes[start] as number) / 100;
    const pending = this.#takeAnswered(call);
    if (pending === undefined) return;
    if (end === start + 1) {
      pending.resolve(undefined);
      return;
    }
    let output: unknown;
    try {
      output = JSON.parse(bytes.toString('utf8', start + 1, end));
    } catch (cause) {
      // It has been answered, with nothing that can be used.
      pending.reject(new Failure('UNAVAILABLE', 'unavailable', 'The answer is no JSON.'));
      throw new ProtocolError('A RESPONSE that is no JSON.', { cause });
    }
    pending.resolve(output);
  }

  #receiveError({ call, bytes, start, end }: Frame): void {
    if (end - start < 2) throw new ProtocolError('An ERROR that is too short.');
    this.load = (bytes[start + 1] as number) / 100;
    const pending = this.#takeAnswered(call);
    if (pending === undefined) return;
    try {
      const payload = bytes.subarray(start + 2, end);
      pending.reject(decodeFailure(bytes[start] as number, payload, pending.operation));
    } catch (thrown) {
      pending.reject(new Failure('UNAVAILABLE', 'unavailable', 'The answer cannot be read.'));
      throw thrown;
    }
  }

  /** The call that is answered; `undefined` when nobody waits for it any more. */
  #takeAnswered(number: number): PendingCall | undefined {
    const pending = this.#pending.take(number);
    if (pending !== undefined) {
      this.#settle(pending);
      return pending;
    }
    if (number === 0 || ((number - this.#last) | 0) > 0) {
      throw new ProtocolError(`An answer to call ${number}, which was never made.`);
    }
    return undefined;
  }

  #receiveGoAway(frame: Frame): void {
    assertConnectionFrame(frame);
    const { bytes, start, end } = frame;
    if (end - start < 4) throw new ProtocolError('A GOAWAY that is too short.');
    parseObject(bytes.subarray(start + 4, end), 'GOAWAY');
    this.draining = true;
    this.#onChange();
    this.#endIfDrained();
  }

  #giveUp(pending: PendingCall, reason: Failure): void {
    if (this.#pending.take(pending.number) === undefined) return;
    this.#link.send(FRAME.cancel, pending.number, EMPTY);
    this.#settle(pending);
    pending.reject(reason);
  }

  #settle(pending: PendingCall): void {
    if (!pending.operation.waits) this.counted--;
    pending.finish();
    this.#wheel.remove(pending);
    if (this.draining) this.#endIfDrained();
  }

  #endIfDrained(): void {
    if (this.#pending.size === 0) this.#link.end('Every call was answered.');
  }
}

/** Why a caller could not be announced. */
function toRefusal(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure('NOT_SENT', 'no-token', String(thrown));
}

function assertConnectionFrame({ type, call }: Frame): void {
  if (call !== 0) throw new ProtocolError(`A frame of type ${type} that names call ${call}.`);
}
