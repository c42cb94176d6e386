import type { Criticality } from '@portico/contract';
import type { Trace } from '@portico/service';
import type { Frame } from './frame.ts';
import { readU16, readU32 } from './frame.ts';
import { parseObject } from './parse.ts';
import { ProtocolError } from './protocol-error.ts';

/** Operation, caller, remaining time, attempt, criticality and the length of what else is told. */
export const REQUEST_FIXED_BYTES = 12;
const META_MAX_BYTES = 0xffff;
/** An idempotency key, and the key of the call that is undone. */
const KEY_MAX = 4_096;

/** By number, as it travels. */
const CRITICALITIES: readonly Criticality[] = ['critical', 'default', 'sheddable', 'batch'];

/** What a request tells beside its input. */
export interface RequestHead {
  readonly operation: number;
  readonly caller: number;
  readonly remainingMs: number;
  readonly attempt: number;
  readonly criticality: Criticality;
  readonly meta: RequestMeta;
  /** Where the input begins in the frame's bytes. */
  readonly inputAt: number;
}

/** What few calls have. */
export interface RequestMeta {
  readonly key: string | undefined;
  readonly undoes: string | undefined;
  readonly trace: Trace | undefined;
}

/** The number of a criticality. */
export function toCriticalityNumber(criticality: Criticality): number {
  // Nearly all calls have this one.
  return criticality === 'default' ? 1 : CRITICALITIES.indexOf(criticality);
}

/** The JSON of what is told beside the input; ASCII only, so that its length is that of its bytes. */
export function encodeMeta(
  trace: Trace,
  key: string | undefined,
  undoes: string | undefined,
): string {
  const traceparent = `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
  if (key === undefined && undoes === undefined) return `{"trace":"${traceparent}"}`;
  const json = JSON.stringify({ trace: traceparent, key, undoes });
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether the meta data fits its `u16` length. */
export function fitsMeta(meta: string): boolean {
  return meta.length <= META_MAX_BYTES;
}

/** @throws {ProtocolError} for a REQUEST that is too short, or whose meta data is broken. */
export function parseRequest({ bytes, start, end }: Frame): RequestHead {
  if (end - start < REQUEST_FIXED_BYTES) throw new ProtocolError('A REQUEST that is too short.');
  const attempt = bytes[start + 8] as number;
  const criticality = CRITICALITIES[bytes[start + 9] as number];
  const metaAt = start + REQUEST_FIXED_BYTES;
  const inputAt = metaAt + readU16(bytes, start + 10);
  if (attempt === 0) throw new ProtocolError('Attempts are counted from 1.');
  if (criticality === undefined) throw new ProtocolError('Unknown criticality.');
  if (inputAt > end) throw new ProtocolError('A REQUEST that is shorter than it says.');
  return {
    operation: readU16(bytes, start),
    caller: readU16(bytes, start + 2),
    remainingMs: readU32(bytes, start + 4),
    attempt,
    criticality,
    meta: inputAt === metaAt ? NO_META : parseMeta(bytes, metaAt, inputAt),
    inputAt,
  };
}

const NO_META: RequestMeta = { key: undefined, undoes: undefined, trace: undefined };
/** What nearly all requests have: a trace and nothing else. */
const TRACE_ONLY = /^\{"trace":"00-([0-9a-f]{32})-([0-9a-f]{16})-0([01])"\}$/;
const TRACE_ONLY_BYTES = 67;
/** W3C Trace Context §3.2.2, any version that begins as version 00 does. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parseMeta(bytes: Buffer, from: number, to: number): RequestMeta {
  if (to - from === TRACE_ONLY_BYTES) {
    const found = TRACE_ONLY.exec(bytes.toString('latin1', from, to));
    if (found) {
      const trace = { traceId: found[1] ?? '', spanId: found[2] ?? '', sampled: found[3] === '1' };
      return { key: undefined, undoes: undefined, trace };
    }
  }
  const { trace, key, undoes } = parseObject(bytes.subarray(from, to), 'The meta data');
  return { trace: parseTrace(trace), key: parseKey(key), undoes: parseKey(undoes) };
}

function parseTrace(value: unknown): Trace | undefined {
  if (value === undefined) return undefined;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(String(value)) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) {
    throw new ProtocolError('"trace" is no traceparent.');
  }
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function parseKey(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= KEY_MAX) return value;
  throw new ProtocolError('A key is a text of 1 to 4,096 characters.');
}
