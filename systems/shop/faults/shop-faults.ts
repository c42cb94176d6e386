import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '@portico/host';
import { send } from '../load/http-client.ts';
import { withKey } from '../seed/consumers.ts';
import type { FaultName } from './catalogue.ts';

/** A fault that is on, as the shop tells it. */
export interface ShopFault {
  readonly name: FaultName;
  readonly settings: string;
  readonly hits: number;
}

/** Who switches faults: may do nothing else. */
const FAULTER = { name: 'faults', permissions: ['shop:faults'] };
/** Gateways look at the file of keys once a second. */
const KEY_TRIES_MAX = 50;
const KEY_PAUSE_MS = 100;

/**
 * The faults of a running shop, over its admin listener, under a key that ends with each command.
 * @throws {Error} saying what to do where the shop has none.
 */
export function createShopFaults(admin: string, keyFile: string) {
  const host = createHost();
  const call = async (key: string, method: 'GET' | 'PUT' | 'DELETE', path = '', body?: object) => {
    const url = `${admin}/faults/v1/active${path}`;
    for (let tries = 1; ; tries += 1) {
      const reply = await send({ method, url, headers: { 'x-api-key': key }, body });
      if (reply.status === 401 && tries < KEY_TRIES_MAX) await sleep(KEY_PAUSE_MS);
      else if (!reply.code) return reply.body;
      else throw new Error(explain(reply.status, reply.code, reply.body));
    }
  };
  const explain = (status: number, code: string, body: unknown): string => {
    if (status === 0) return `Nothing answers at ${admin} (${code}). Is the shop running?`;
    if (status === 404) {
      return `The shop at ${admin} allows no faults: its topology lacks "faults": true.`;
    }
    const { errors, detail } = (body ?? {}) as { detail?: string; errors?: { detail: string }[] };
    return errors?.[0]?.detail ?? detail ?? `${admin} answered ${status} ${code}`;
  };
  const withFaulter = <Result>(work: (key: string) => Promise<Result>) =>
    withKey({ keyFile, host }, FAULTER, work);
  const read = async (key: string) =>
    ((await call(key, 'GET')) as { items: readonly ShopFault[] }).items;
  return {
    read: () => withFaulter(read),
    off: (name: FaultName) => withFaulter((key) => call(key, 'DELETE', `/${name}`)),
    allOff: () =>
      withFaulter(async (key) => {
        for (const { name } of await read(key)) await call(key, 'DELETE', `/${name}`);
      }),
    /** Switches one on; ends it with the number of its hits. */
    async on(name: FaultName, settings: object, forMs: number): Promise<() => Promise<number>> {
      const body = { settings: JSON.stringify(settings), forMs };
      await withFaulter((key) => call(key, 'PUT', `/${name}`, body));
      return () =>
        withFaulter(async (key) => {
          const hits = (await read(key)).find((each) => each.name === name)?.hits ?? 0;
          await call(key, 'DELETE', `/${name}`);
          return hits;
        });
    },
  };
}
