import {
  type JobLedger,
  type JobState,
  type Lease,
  type Leases,
  TickTaken,
} from '@portico/store/spi';

/** Leases in memory, for tests: nobody rolls them back. */
export function createMemoryLeases(): Leases {
  const leases = new Map<string, Lease>();
  const isOwn = ({ name, fence }: { readonly name: string; readonly fence: number }) => {
    const lease = leases.get(name);
    return lease?.fence === fence && lease.holder !== '';
  };
  const find = (name: string) => {
    const lease = leases.get(name);
    return lease?.holder === '' ? undefined : lease;
  };
  return {
    find: async (name) => find(name),
    async take({ name, holder, until, seen }) {
      const { fence, until: lasts } = find(name) ?? {};
      if (fence !== seen?.fence || lasts !== seen?.until) return undefined;
      const taken = { holder, until, fence: (leases.get(name)?.fence ?? 0) + 1 };
      leases.set(name, taken);
      return taken;
    },
    async renew(lease, until) {
      const known = leases.get(lease.name);
      if (!known || !isOwn(lease)) return false;
      leases.set(lease.name, { ...known, until });
      return true;
    },
    async release(lease) {
      const known = leases.get(lease.name);
      if (known && isOwn(lease)) leases.set(lease.name, { ...known, holder: '', until: 0 });
    },
  };
}

/** Jobs in memory, for tests. */
export function createMemoryJobs(): JobLedger {
  const jobs = new Map<string, JobState>();
  return {
    find: async (name) => jobs.get(name),
    async plan(name, dueAt) {
      if (!jobs.has(name)) jobs.set(name, { tick: 0, dueAt });
    },
    async begin(name, { tick, dueAt }) {
      if (jobs.get(name)?.tick !== tick) throw new TickTaken(name, tick + 1);
      jobs.set(name, { tick: tick + 1, dueAt });
    },
  };
}
