import type { Caller, Logger } from '@portico/service';

/** What is told of one request. No target, no header or query values, no bodies. */
export interface AccessEntry {
  readonly requestId: string;
  /** The client's own name for the request; a note, never used. */
  readonly clientRequestId: string | undefined;
  readonly listener: string;
  readonly method: string;
  /** The operation's id or the document's name; never the raw target. */
  readonly route: string;
  /** 499: the client went away before the answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly bytes: number;
  readonly caller: Caller | undefined;
  readonly traceId: string;
}

/** One line per request. */
export interface AccessLog {
  write(entry: AccessEntry): void;
}

/** Long enough for a UUID with a prefix; the rest is not worth the disk. */
const NOTE_LENGTH_MAX = 64;
/** What a terminal or a log viewer acts on: controls, invisible and bidirectional marks, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes entries to a log; `undefined` writes nothing. */
export function createAccessLog(log: Logger | undefined): AccessLog {
  if (!log) return { write() {} };
  return {
    write(entry) {
      log.info(toFields(entry), 'request');
    },
  };
}

function toFields(entry: AccessEntry): object {
  const { caller } = entry;
  return {
    requestId: entry.requestId,
    listener: entry.listener,
    method: toPrintable(entry.method),
    route: entry.route,
    status: entry.status,
    durationMs: Math.round(entry.durationMs * 1000) / 1000,
    bytes: entry.bytes,
    traceId: entry.traceId,
    consumer: caller?.consumer,
    subjectKind: kindOf(caller?.subject),
    clientRequestId: entry.clientRequestId && toPrintable(entry.clientRequestId),
  };
}

/** `user`, `consumer`, `service`: whose kind it is, not who. */
function kindOf(subject: string | undefined): string | undefined {
  return subject?.slice(0, subject.indexOf(':'));
}

/** `text` without characters that do something when they are shown, and not too long. */
export function toPrintable(text: string): string {
  return text
    .slice(0, NOTE_LENGTH_MAX)
    .replace(
      UNPRINTABLE,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
