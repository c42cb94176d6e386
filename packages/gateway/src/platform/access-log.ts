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
  const routes = createRouteLogs(log);
  return {
    write(entry) {
      routes.find(entry).info(toFields(entry), 'request');
    },
  };
}

/**
 * A log for each listener, route and method, which holds these fields written out already: half of a
 * line's cost. Routes are known, and Node's parser knows the methods.
 */
function createRouteLogs(log: Logger) {
  const known = new Map<string, Map<string, Map<string, Logger>>>();
  return {
    find({ listener, route, method }: AccessEntry): Logger {
      const found = known.get(listener)?.get(route)?.get(method);
      if (found) return found;
      const created = log.child({ listener, method: toPrintable(method), route });
      const routes = known.get(listener) ?? new Map<string, Map<string, Logger>>();
      const methods = routes.get(route) ?? new Map<string, Logger>();
      known.set(listener, routes.set(route, methods.set(method, created)));
      return created;
    },
  };
}

function toFields(entry: AccessEntry): object {
  const { caller, clientRequestId, requestId, status, bytes, traceId } = entry;
  const durationMs = Math.round(entry.durationMs * 1000) / 1000;
  if (caller?.subject === undefined && caller?.consumer === undefined && !clientRequestId) {
    return { requestId, status, durationMs, bytes, traceId };
  }
  return {
    requestId,
    status,
    durationMs,
    bytes,
    traceId,
    consumer: caller?.consumer,
    subjectKind: kindOf(caller?.subject),
    clientRequestId: clientRequestId && toPrintable(clientRequestId),
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
