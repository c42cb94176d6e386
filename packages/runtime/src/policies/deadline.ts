import { Failure } from '@portico/contract';

/** What a callee leaves of the caller's time, so that the answer can still be used. */
const RESERVE_MS = 10;
/** With less than this left a call is not worth beginning. */
export const REMAINING_MIN_MS = 5;

/** The time that a caller grants. */
export interface Allowance {
  /** When the caller itself must answer. */
  readonly parentDeadline: number;
  /** What this call may take. */
  readonly timeoutMs: number;
}

/** When a call that begins now must have ended. */
export function toDeadline(now: number, parentDeadline: number, timeoutMs: number): number {
  return Math.min(now + timeoutMs, parentDeadline - RESERVE_MS);
}

/** The deadline of a caller that has `timeoutMs` for the call, and no more for itself. */
export function toParentDeadline(now: number, timeoutMs: number): number {
  return now + timeoutMs + RESERVE_MS;
}

/** The failure of a call that never began for lack of time. */
export function outOfTime(): Failure {
  return new Failure('DEADLINE', 'deadline', 'No time was left to begin the call.', {
    started: false,
  });
}

/** The failure of a call that has used up its time. */
export function tookTooLong(): Failure {
  return new Failure('DEADLINE', 'deadline', 'The call took longer than it may.');
}
