import type { Placement } from '../placement.ts';

/**
 * Refuses to start where sagas are under way that this release can't carry on: their definition is gone,
 * or one of the same version has no such step.
 *
 * @throws {Error} naming the sagas of all services, together.
 */
export async function assertSagaVersions(placements: readonly Placement[]): Promise<void> {
  const mistakes: string[] = [];
  for (const placement of placements) mistakes.push(...(await versionMistakes(placement)));
  if (mistakes.length === 0) return;
  const list = mistakes.map((mistake) => `\n  - ${mistake}`).join('');
  throw new Error(`Sagas are under way that this release can't carry on:${list}`);
}

async function versionMistakes({ name, service, store }: Placement): Promise<string[]> {
  if (!store) return [];
  const definitions = Object.values(service.spec.sagas ?? {});
  const live = await store.sagas.live();
  return live.flatMap(({ type, version, step, count }) => {
    const found = definitions.find((saga) => saga.name === type && saga.version === version);
    const which = `"${name}": ${count} of "${type}" version ${version}`;
    if (!found) return [`${which}. List that definition in "sagas" until they have ended.`];
    if (step === '' || found.steps.some((one) => one.name === step)) return [];
    return [`${which} at the step "${step}", which it does not have. Give it another version.`];
  });
}
