import { send } from '../load/http-client.ts';

/** A fault that the sandbox payment provider can be told to have. */
export interface ProviderFault {
  readonly kind: string;
  readonly ms?: number;
  readonly rate?: number;
  readonly count?: number;
  readonly card?: string;
  /** How often it has hit; the sandbox counts. */
  readonly hits?: number;
}

/** The faults at the border to the payment provider, and what the sandbox calls them. */
export const PROVIDER_KINDS: Readonly<Record<string, string>> = {
  'payments.unreachable': 'down',
  'payments.slow': 'latency',
  'payments.declines': 'decline',
  'payments.fails': 'error',
  'payments.request-lost': 'lost-request',
  'payments.answer-lost': 'timeout-after-success',
  'payments.event-twice': 'webhook-duplicate',
  'payments.event-early': 'webhook-early',
  'payments.event-late': 'webhook-late',
  'payments.event-reordered': 'webhook-reordered',
  'payments.event-forged': 'webhook-forged',
  'payments.event-replayed': 'webhook-replayed',
  'payments.event-lost': 'webhook-lost',
};

/** The faults of a sandbox, over its own API. */
export function createProviderFaults(origin: string) {
  const key = process.env.SHOP_PSP_SECRET_KEY ?? 'sk_sandbox';
  const headers = { authorization: `Bearer ${key}` };
  const url = `${origin}/faults`;
  const check = ({ status, code, body }: Awaited<ReturnType<typeof send>>) => {
    if (!code) return body;
    const told = (body as { error?: { message?: string } } | undefined)?.error?.message;
    throw new Error(`${url} answered ${status || 'nothing'}: ${told ?? code}`);
  };
  const read = async (): Promise<readonly ProviderFault[]> => {
    const body = check(await send({ url, headers }));
    return (body as { faults: readonly ProviderFault[] }).faults;
  };
  const write = async (faults: readonly ProviderFault[]): Promise<void> => {
    // What the sandbox counts is no part of a plan.
    const plan = faults.map(({ kind, ms, rate, count, card }) => ({ kind, ms, rate, count, card }));
    check(await send({ method: 'PUT', url, headers, body: { faults: plan } }));
  };
  const others = async (kind: string) => (await read()).filter((each) => each.kind !== kind);
  return {
    read,
    off: async (kind: string) => write(await others(kind)),
    allOff: () => write([]),
    /** Switches one on; ends it with the number of its hits. */
    async on(kind: string, given: Omit<ProviderFault, 'kind'>): Promise<() => Promise<number>> {
      // Without any condition the sandbox would let it hit once.
      await write([...(await others(kind)), { kind, rate: 1, ...given }]);
      return async () => {
        const hits = (await read()).find((each) => each.kind === kind)?.hits ?? 0;
        await write(await others(kind));
        return hits;
      };
    },
  };
}
