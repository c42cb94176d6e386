import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Groups, type SupervisedShop, startSupervisedShop } from '../../processes/kit.ts';
import { sell } from '../../shop/kit/goods.ts';
import { faketimeOf, findFaketime, mountDisk, setFaketime, unmountDisk } from './limits.ts';

/** The topologies that the shop comes with. */
export const CELL_TOPOLOGIES = ['monolith', 'split', 'mixed'] as const;
export type CellTopology = (typeof CELL_TOPOLOGIES)[number];

/** A shop to which everything can be done. */
export interface CellShop {
  readonly topology: string;
  readonly shop: SupervisedShop;
  /** Sets the clock of {@link STRUCK} wrong by so many seconds. Absent where the machine can't do that. */
  readonly setClock: ((seconds: number) => void) | undefined;
  /** Where the store of {@link STRUCK} has a small disk of its own, or why it has none. */
  readonly disk: { readonly at?: string; readonly missing?: string };
  /** The group that has a service, or the gateway. */
  groupOf(part: string): Promise<CellGroup>;
  stop(): Promise<void>;
}

/** Processes that share a fate. */
export interface CellGroup {
  readonly name: string;
  readonly services: readonly string[];
  /** `orders-0`. */
  readonly replicas: readonly string[];
}

/** Whose store, clock and memory are taken from it: it holds the sagas. */
export const STRUCK = 'orders';
/** What is sold there. */
export const SKU = 'LANTERN-1';
const PIECES = 1_000_000;
/** The store of orders takes 5 MB, and its journal as much again. */
const DISK_MIB = 32;
/** A process of the shop takes 130 MB, all of it in one 200. */
const MEMORY = '384MiB';

/** The groups of a topology of the shop. The keeper starts them all, of the monolith too. */
export function readGroups(topology: CellTopology): Groups {
  const file = new URL(`../../../systems/shop/topologies/${topology}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly groups: Groups }).groups;
}

/** Starts one in these groups. */
export async function startCellShop(topology: string, groups: Groups): Promise<CellShop> {
  const library = findFaketime();
  const place = mkdtempSync(join(tmpdir(), 'cell-'));
  const clock = join(place, 'clock');
  setFaketime(clock, 0);
  let disk: { readonly at?: string; readonly missing?: string } = {};
  const clean = () => {
    if (disk.at !== undefined) unmountDisk(disk.at);
    rmSync(place, { recursive: true, force: true });
    process.off('exit', clean);
  };
  // Who ends a test in the middle leaves no disk behind.
  process.once('exit', clean);
  const shop = await startSupervisedShop(equip(groups, library ? faketimeOf(library, clock) : {}), {
    module: fileURLToPath(new URL('./obeying-shop.ts', import.meta.url)),
    prepare(directory) {
      const at = join(directory, 'data', STRUCK);
      const missing = mountDisk(at, DISK_MIB);
      disk = missing === undefined ? { at } : { missing };
    },
  }).catch((problem: unknown) => {
    clean();
    throw problem;
  });
  await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: PIECES });
  return {
    ...{ topology, shop },
    setClock: library ? (seconds) => setFaketime(clock, seconds) : undefined,
    disk,
    async groupOf(part) {
      const { groups: present } = await shop.supervision.getStatus();
      const found =
        present.find(({ name, services }) => name === part || services.includes(part)) ??
        // Where no group is the gateway's alone, it is in the only one there is.
        present[0];
      if (!found) throw new Error(`no group has "${part}"`);
      const { name, services, replicas } = found;
      return { name, services, replicas: replicas.map((replica) => replica.name) };
    },
    async stop() {
      // Its processes may still use the disk, the directory can't go before.
      clean();
      await shop.stop();
    },
  };
}

/** Each process obeys; {@link STRUCK} goes by a clock that can be set, and has little memory. */
function equip(groups: Groups, clockEnv: Readonly<Record<string, string>>): Groups {
  const env = { SHOP_OBEYS: '1' };
  const servicesOf = (group: object) =>
    (group as { readonly services?: readonly string[] }).services ?? [];
  const [holder] =
    Object.entries(groups).find(([, group]) => servicesOf(group).includes(STRUCK)) ??
    Object.entries(groups).find(([, group]) => servicesOf(group).includes('*')) ??
    [];
  // Of a group for each, it becomes one that is named.
  const named = holder ?? STRUCK;
  const given = holder ? groups[holder] : { services: [STRUCK] };
  const struck = { ...given, limits: { memory: MEMORY }, env: { ...env, ...clockEnv } };
  const others = Object.entries(groups).map(([name, group]) => [name, { ...group, env }] as const);
  return { ...Object.fromEntries(others), [named]: struck };
}
