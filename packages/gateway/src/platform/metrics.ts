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
  /** What was counted here, without what the process tells. */
  gauges(): readonly Gauge[];
  /** The text of `/metrics` (Prometheus exposition format 0.0.4). */
  read(): Promise<{ readonly mediaType: string; readonly text: string }>;
}

/** How a request ended. */
export interface RecordedAnswer {
  /** 499: the client went away. */
  readonly status: number;
  readonly durationMs: number;
}

/** What `/metrics` tells beside the requests. */
export interface MetricsSources {
  /**
   * All figures that are shown, asked at each reading: those of this gateway, `own`, with those of whatever
   * runs behind it. Default: its own.
   */
  readonly gauges?: (own: readonly Gauge[]) => Promise<readonly Gauge[]>;
  /** The name of this process, where there are others: a label of what it tells of itself. */
  readonly process?: string;
}

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
 */
export function createRequestMetrics(sources: MetricsSources = {}): RequestMetrics {
  const find = createSeriesIndex();
  let inFlight = 0;
  let registry: Promise<Registry> | undefined;
  const gauges = () => toGauges(find.all, inFlight);
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
    gauges,
    async read() {
      registry ??= createRegistry(sources.process);
      const loaded = await registry;
      const shown = sources.gauges?.(gauges()) ?? gauges();
      const [own, all] = await Promise.all([loaded.metrics(), shown]);
      return { mediaType: loaded.contentType, text: `${own}${writeGauges(all)}` };
    },
  };
}

/**
 * Made when metrics are read for the first time: the library takes 8 MB and 40 ms of a start, and watches
 * every garbage collection. What counts from the beginning all the same: requests, CPU time, how busy the
 * event loop was. Only the library's own histograms (event loop lag, collections) begin here, so they lack
 * what was before the first reading.
 */
async function createRegistry(process: string | undefined): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  if (process !== undefined) registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counted in plain maps: a labelled increment of the library costs 240 ns more (measured). */
function toGauges(all: readonly Series[], inFlight: number): readonly Gauge[] {
  return [
    {
      name: 'portico_requests_total',
      help: 'Requests answered; status 499: the client went away.',
      samples: all.flatMap(({ operation, binding, statuses }) =>
        [...statuses].map(([status, value]) => ({
          labels: { operation, binding, status: String(status) },
          value,
        })),
      ),
    },
    {
      name: 'portico_requests_in_flight',
      help: 'Requests being answered.',
      samples: [{ labels: {}, value: inFlight }],
    },
    {
      name: 'portico_request_duration_seconds',
      help: 'Time from the head of a request to its answer.',
      samples: all.flatMap(({ operation, binding, latency }) =>
        latency.samples({ operation, binding }),
      ),
    },
  ];
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
