import type { Gauge, GaugeSample } from '@portico/gateway';
import type { Host } from '@portico/host';
import { createRootTrace, type RemoteServices, serviceCaller } from '@portico/runtime';
import { Cancellation } from '@portico/service';
import { Platform } from '../platform/platform-api.ts';

/** Scrapers wait for ten seconds by default: who says nothing for so long is left out. */
const ANSWER_MS = 3_000;

/** Whose figures are gathered, and with what. */
export interface GatherSurroundings {
  readonly host: Host;
  /** The name of this process. */
  readonly replica: string;
  /** Whatever has an address in the system: services, and what every process answers. */
  readonly services: readonly string[];
  readonly remote: Pick<RemoteServices, 'presentOf'>;
}

/** What one process says of itself; nothing when it did not answer. */
interface Said {
  readonly process: string;
  readonly gauges: readonly Gauge[] | undefined;
}

/**
 * The figures of all processes of a system, each sample labelled with its process: one scrape shows them all,
 * whichever gateway is asked. `portico_process_up` says who did not answer.
 *
 * @param here - The figures of this process.
 */
export async function gatherGauges(
  here: readonly Gauge[],
  around: GatherSurroundings,
): Promise<readonly Gauge[]> {
  const { replica, services, remote } = around;
  const others = new Set(services.flatMap((service) => remote.presentOf(service)));
  const ask = async (other: Reached): Promise<Said> => {
    const gauges = await askOne(other, around.host).catch(() => undefined);
    return { process: other.name, gauges };
  };
  const said = await Promise.all([...others].map(ask));
  return mergeGauges([{ process: replica, gauges: here }, ...said]);
}

type Reached = ReturnType<RemoteServices['presentOf']>[number];

async function askOne(replica: Reached, { clock, random }: Host): Promise<readonly Gauge[]> {
  const answer = await replica.call(
    Platform.operations.readGauges,
    {},
    {
      ...{ caller: serviceCaller(Platform.name), from: Platform.name, key: undefined, attempt: 1 },
      ...{ deadline: clock.monotonic() + ANSWER_MS, cancellation: new Cancellation() },
      ...{ criticality: 'critical', trace: createRootTrace(random) },
    },
  );
  // Checked by the process that answers against the contract that both have.
  return (answer as { readonly gauges: readonly Gauge[] }).gauges;
}

/** Samples of one name have to stand together, from whatever process they are. */
export function mergeGauges(said: readonly Said[]): readonly Gauge[] {
  const merged = new Map<string, Gauge & { readonly samples: GaugeSample[] }>();
  for (const { process, gauges = [] } of said) {
    for (const { name, help, samples } of gauges) {
      const known = merged.get(name) ?? { name, help, samples: [] };
      merged.set(name, known);
      for (const { labels, ...sample } of samples)
        known.samples.push({ labels: { ...labels, process }, ...sample });
    }
  }
  const up: Gauge = {
    name: 'portico_process_up',
    help: 'Whether the process has told its figures.',
    samples: said.map(({ process, gauges }) => ({ labels: { process }, value: gauges ? 1 : 0 })),
  };
  return [up, ...merged.values()];
}
