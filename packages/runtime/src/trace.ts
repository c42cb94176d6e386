import type { Random } from '@portico/host';
import type { Trace } from '@portico/service';

/** A trace that begins here. Sampled, so that whoever follows it decides nothing anew. */
export function createRootTrace(random: Random): Trace {
  return { traceId: hex(random, 32), spanId: hex(random, 16), sampled: true };
}

/** The span of a call within the trace of its caller (W3C Trace Context §3.2). */
export function createChildTrace(parent: Trace, random: Random): Trace {
  return { traceId: parent.traceId, spanId: hex(random, 16), sampled: parent.sampled };
}

/** The `traceparent` header, version 00 (W3C Trace Context §3.2.1). */
export function toTraceparent(trace: Trace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

/** Ids need to be different, not secret: the fast generator. All zeros means "invalid" and is avoided. */
function hex(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(random.float() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace in a `traceparent` of version 00; `undefined` for anything else. */
export function parseTraceparent(text: string | undefined): Trace | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
