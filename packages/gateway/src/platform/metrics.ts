import type { Registry } from 'prom-client';
import { type Gauge, writeGauges } from './gauges.ts';
import { createLatency, type Latency } from './latency.ts';

/** Counts requests, and shows them to Prometheus. */
export interface RequestMetrics {
  /** A request has begun; `record` ends it. */
  begin(): void;
  record(operation: string, binding: string, answer: RecordedAnswer): void;
  /** What was no request, and how it was refused. */
  recordUnparsed(status: number): void;
  /** The text of `/metrics` (Prometheus exposition format 0.0.4). */
  read(): Promise<{ readonly mediaType: string; readonly text: string }>;
}

/** How a request ended. */
export interface RecordedAnswer {
  /** 499: the client went away. */
  readonly status: number;
  readonly durationMs: number;
}

const DURATION = 'portico_request_duration_seconds';

/** What is counted of one operation over one binding. */
interface Series {
  readonly operation: string;
  readonly binding: string;
  readonly statuses: Map<number, number>;
  readonly latency: Latency;
}

/**
 * Metrics of one gateway, in a registry of their own. Labels come from contracts and from a closed list
 * of names, so their number is bounded by what is served.
 *
 * @param gauges - What else is told, asked at each reading.
 */
export function createRequestMetrics(
  gauges: () => Promise<readonly Gauge[]> = async () => [],
): RequestMetrics {
  const find = createSeriesIndex();
  let inFlight = 0;
  let registry: Promise<Registry> | undefined;
  return {
    begin() {
      inFlight++;
    },
    record(operation, binding, { status, durationMs }) {
      inFlight--;
      const series = find.series(operation, binding);
      series.statuses.set(status, (series.statuses.get(status) ?? 0) + 1);
      series.latency.observe(durationMs);
    },
    recordUnparsed(status) {
      const { statuses } = find.series('unparsed', 'platform');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    },
    async read() {
      registry ??= createRegistry(find.all, () => inFlight);
      const loaded = await registry;
      const [own, others] = await Promise.all([loaded.metrics(), gauges()]);
      const text = own + writeLatencies(find.all) + writeGauges(others);
      return { mediaType: loaded.contentType, text };
    },
  };
}

/**
 * Made when metrics are read for the first time: the library takes 8 MB and 40 ms of a start, and watches
 * every garbage collection. What counts from the beginning all the same: requests, CPU time, how busy the
 * event loop was. Only the library's own histograms (event loop lag, collections) begin here, so they lack
 * what was before the first reading.
 */
async function createRegistry(all: readonly Series[], inFlight: () => number): Promise<Registry> {
  const { Counter, collectDefaultMetrics, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'portico_requests_total',
    help: 'Requests answered; status 499: the client went away.',
    labelNames: ['operation', 'binding', 'status'],
    registers: [registry],
    // Counted in plain maps and handed over here: a labelled increment costs 240 ns more (measured).
    collect() {
      this.reset();
      for (const { operation, binding, statuses } of all) {
        for (const [status, count] of statuses) this.inc({ operation, binding, status }, count);
      }
    },
  });
  new Gauge({
    name: 'portico_requests_in_flight',
    help: 'Requests being answered.',
    registers: [registry],
    collect() {
      this.set(inFlight());
    },
  });
  return registry;
}

interface SeriesIndex {
  readonly all: readonly Series[];
  series(operation: string, binding: string): Series;
}

function createSeriesIndex(): SeriesIndex {
  const all: Series[] = [];
  const byOperation = new Map<string, Series[]>();
  return {
    all,
    series(operation, binding) {
      const candidates = byOperation.get(operation) ?? [];
      for (const series of candidates) if (series.binding === binding) return series;
      const latency = createLatency();
      const series: Series = { operation, binding, statuses: new Map(), latency };
      byOperation.set(operation, [...candidates, series]);
      all.push(series);
      return series;
    },
  };
}

function writeLatencies(all: readonly Series[]): string {
  const lines = [
    '',
    `# HELP ${DURATION} Time from the head of a request to its answer.`,
    `# TYPE ${DURATION} histogram`,
  ];
  for (const { operation, binding, latency } of all) {
    lines.push(...latency.write(DURATION, `operation="${operation}",binding="${binding}"`));
  }
  return `${lines.join('\n')}\n`;
}
