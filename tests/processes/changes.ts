import { type Groups, groupsOf, type SupervisedShop } from './kit.ts';
import { releaseShop } from './release.ts';

/** A change that nobody may notice. */
export interface PlannedChange {
  readonly name: string;
  /** Orders it and waits until it is over. */
  make(shop: SupervisedShop): Promise<void>;
}

/** Everything that is done to a running system on purpose. */
export const CHANGES: readonly PlannedChange[] = [
  { name: 'cart is scaled from one replica to four', make: scaleCart(4) },
  { name: 'cart is scaled from four replicas to one', make: scaleCart(1) },
  { name: 'the gateway is replaced', make: replace('edge') },
  { name: 'catalog is replaced', make: replace('catalog') },
  { name: 'catalog is updated to another release', make: update },
  { name: 'catalog goes back to the release before', make: rollBack },
  { name: 'inventory moves to the process of catalog', make: apply(inventoryBesideCatalog()) },
  { name: 'inventory moves to a process of its own', make: apply(groupsOf()) },
];

function scaleCart(replicas: number): PlannedChange['make'] {
  return async (shop) => {
    await shop.supervision.scale({ group: 'cart', min: replicas, max: replicas });
    await shop.settled();
  };
}

function replace(group: string): PlannedChange['make'] {
  return async (shop) => {
    const before = await startsOf(shop, group);
    await shop.supervision.restart({ group });
    await shop.settled();
    const after = await startsOf(shop, group);
    if (after.some((pid) => before.includes(pid))) throw new Error(`${group} was not replaced`);
  };
}

function apply(groups: Groups): PlannedChange['make'] {
  return async (shop) => {
    const { steps } = await shop.supervision.apply({ topology: shop.topologyWith(groups) });
    if (steps.length < 2) throw new Error(`nothing moves: ${steps.join()}`);
    // What every process was given at the start is no part of a file that comes later.
    if (/env/.test(steps.join())) throw new Error(`its environment is lost: ${steps.join()}`);
    await shop.settled();
  };
}

/** Judged by its callers: under a load that is too small, only by its crashes. */
async function update(shop: SupervisedShop): Promise<void> {
  const next = await releaseShop(shop);
  await shop.supervision.update({ group: 'catalog', ...next });
  await shop.settled();
  const { release, last } = await catalogOf(shop);
  if (release !== next.release)
    throw new Error(`catalog is still at ${release}: ${last?.reason ?? 'nobody knows why'}`);
}

async function rollBack(shop: SupervisedShop): Promise<void> {
  const { previous } = await catalogOf(shop);
  await shop.supervision.rollback({ group: 'catalog' });
  await shop.settled();
  const { release } = await catalogOf(shop);
  if (release !== previous) throw new Error(`catalog is at ${release}, not at ${previous}`);
}

async function catalogOf({ supervision }: SupervisedShop) {
  const { groups } = await supervision.getStatus();
  const found = groups.find(({ name }) => name === 'catalog');
  if (!found) throw new Error('there is no group "catalog"');
  return found;
}

async function startsOf(
  { supervision }: SupervisedShop,
  group: string,
): Promise<readonly number[]> {
  const { groups } = await supervision.getStatus();
  const found = groups.find(({ name }) => name === group);
  return found?.replicas.map(({ startedAt }) => startedAt) ?? [];
}

function inventoryBesideCatalog(): Groups {
  const { inventory: _, ...others } = groupsOf();
  return { ...others, catalog: { services: ['catalog', 'inventory'] } };
}
