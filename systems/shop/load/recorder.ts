import type { ActionKind } from './plan.ts';

/** What a load came to, one line per kind of action. */
export interface LatencyRow {
  readonly kind: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Answers that were not the wished-for one, by status and code. */
export interface ProblemRow {
  readonly operation: string;
  readonly status: number;
  readonly code: string;
  readonly count: number;
}

/** Latencies, counted from when an action was meant to begin, and everything that went wrong. */
export function createRecorder() {
  const latencies = new Map<ActionKind, number[]>();
  const problems = new Map<
    string,
    { operation: string; status: number; code: string; n: number }
  >();
  let soap = 0;
  let lateMs = 0;
  return {
    action(kind: ActionKind, latencyMs: number, overSoap: boolean): void {
      const list = latencies.get(kind) ?? [];
      latencies.set(kind, list);
      list.push(latencyMs);
      if (overSoap) soap += 1;
    },
    problem(operation: string, status: number, code: string): void {
      const key = `${operation} ${status} ${code}`;
      const row = problems.get(key) ?? { operation, status, code, n: 0 };
      problems.set(key, { ...row, n: row.n + 1 });
    },
    /** How late the generator itself began an action: large values spoil the measurement. */
    began(afterMs: number): void {
      lateMs = Math.max(lateMs, afterMs);
    },
    summary() {
      const rows = [...latencies].map(([kind, list]) => toRow(kind, list));
      const all = toRow('all', [...latencies.values()].flat());
      const found: ProblemRow[] = [...problems.values()].map(({ n, ...row }) => ({
        ...row,
        count: n,
      }));
      return { rows, all, soap, lateMs, problems: found };
    },
  };
}

export type Recorder = ReturnType<typeof createRecorder>;

function toRow(kind: string, list: readonly number[]): LatencyRow {
  const sorted = list.toSorted((a, b) => a - b);
  // The nearest rank: a latency that was really measured.
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    kind,
    count: sorted.length,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}
