import type { Trace } from '@portico/service';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** `00-` + 32 + `-` + 16 + `-` + 2: version 00 has nothing after it. */
const VERSION_00_LENGTH = 55;

/**
 * The trace of a request: the client's, continued by a span of our own, or a new one when it sent none
 * or an invalid one (W3C Trace Context §3.2, §4.3).
 *
 * A new trace is named by the request id (a UUIDv7, whose last 62 bits are random) and our span by its
 * last 16 digits, so that log, trace and answer share one name and no further randomness is drawn. New
 * traces are not sampled: only a client or a collector asks for that.
 */
export function toTrace(traceparent: string | undefined, requestId: string): Trace {
  const spanId = requestId.slice(19, 23) + requestId.slice(24);
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (parent) return { traceId: parent.traceId, spanId, sampled: parent.sampled };
  const traceId = requestId.slice(0, 8) + requestId.slice(9, 13) + requestId.slice(14, 18) + spanId;
  return { traceId, spanId, sampled: false };
}

/** Reads `traceparent`; `undefined` when it is invalid. Two of them, joined, are invalid. */
export function parseTraceparent(text: string): Trace | undefined {
  const match = TRACEPARENT.exec(text.trim());
  if (!match) return undefined;
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '00'] = match;
  if (version === 'ff' || traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  if (version === '00' && text.trim().length !== VERSION_00_LENGTH) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes `traceparent` (W3C Trace Context §3.2). */
export function formatTraceparent(trace: Trace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}
