import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createShop } from '../system.ts';
import { HEARD } from './heard-events.ts';

it('the checker knows which events each service hears', () => {
  const declared = createShop().services.flatMap(({ name, spec }) => {
    const handlers = (spec.on ?? {}) as Readonly<Record<string, object>>;
    const apis = (spec.hears ?? {}) as Readonly<Record<string, { readonly name: string }>>;
    const topics = Object.entries(handlers).flatMap(([as, events]) =>
      Object.keys(events).map((event) => `${apis[as]?.name ?? as}.${event}`),
    );
    return topics.length > 0 ? [[name, topics.sort()] as const] : [];
  });
  const known = Object.entries(HEARD).map(([name, topics]) => [name, topics.toSorted()]);
  assert.deepEqual(Object.fromEntries(declared), Object.fromEntries(known));
});
