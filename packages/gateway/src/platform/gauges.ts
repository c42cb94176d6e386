/** A figure that is read when metrics are: what there is now, or has been counted since the start. */
export interface Gauge {
  /** `portico_dead_letters`; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  /** One per combination of labels, bounded by what is served. */
  readonly samples: readonly GaugeSample[];
}

/** One value, and of what. */
export interface GaugeSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Lines of the Prometheus exposition format 0.0.4. */
export function writeGauges(gauges: readonly Gauge[]): string {
  const lines: string[] = [];
  for (const { name, help, samples } of gauges) {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) lines.push(`${name}${writeLabels(labels)} ${value}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function writeLabels(labels: GaugeSample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
