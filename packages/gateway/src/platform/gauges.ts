/** A figure that is read when metrics are: what there is now, or has been counted since the start. */
export interface Gauge {
  /** `portico_dead_letters`; counters end in `_total`, histograms in their unit, such as `_seconds`. */
  readonly name: string;
  readonly help: string;
  /** One per combination of labels, bounded by what is served. */
  readonly samples: readonly GaugeSample[];
}

/** One value, and of what. */
export interface GaugeSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What it is of a histogram; all samples of one have it. */
  readonly part?: 'bucket' | 'sum' | 'count';
}

/** Lines of the Prometheus exposition format 0.0.4; none for a figure without samples. */
export function writeGauges(gauges: readonly Gauge[]): string {
  const lines: string[] = [];
  for (const { name, help, samples } of gauges) {
    // Of what kind it is, its samples say.
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${typeOf(name, samples)}`);
    for (const { labels, value, part } of samples) {
      lines.push(`${part ? `${name}_${part}` : name}${writeLabels(labels)} ${value}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

function typeOf(name: string, samples: readonly GaugeSample[]): string {
  if (samples.some(({ part }) => part !== undefined)) return 'histogram';
  return name.endsWith('_total') ? 'counter' : 'gauge';
}

function writeLabels(labels: GaugeSample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
