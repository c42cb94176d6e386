import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PlacedGroup, Placement } from '../placement.ts';
import { type ChangeStep, describePlan, planChange } from './plan-change.ts';

const group = (name: string, services: readonly string[], more: object = {}): PlacedGroup => ({
  name,
  gateway: name === 'edge',
  services,
  replicas: { min: 1, max: 1 },
  machines: [],
  env: {},
  limits: {},
  stores: {},
  ...more,
});

const placement = (...groups: readonly PlacedGroup[]): Placement => ({
  system: 'shop',
  listeners: { public: '127.0.0.1:8080', admin: '127.0.0.1:7400' },
  groups,
});

test('what moves is started and published before its old place loses it', () => {
  const before = placement(group('edge', []), group('core', ['cart', 'orders']));
  const after = placement(group('edge', []), group('cart', ['cart']), group('core', ['orders']));
  assert.equal(
    describePlan(planChange(before, after)),
    [
      '1. start cart (cart), 1 replica',
      '2. call cart in core and cart',
      '3. call cart in cart only',
      '4. replace the replicas of core by ones with orders: loses cart',
    ].join('\n'),
  );
});

test('groups that swap services hold both meanwhile', () => {
  const before = placement(group('edge', []), group('a', ['x']), group('b', ['y']));
  const after = placement(group('edge', []), group('a', ['y']), group('b', ['x']));
  const kinds = planChange(before, after).map((step) =>
    step.kind === 'replace' ? `${step.group.name}=${step.group.services.join('+')}` : step.kind,
  );
  assert.deepEqual(kinds, ['a=x+y', 'b=x+y', 'route', 'route', 'route', 'route', 'a=y', 'b=x']);
});

test('other numbers of replicas restart nothing, another environment restarts one by one', () => {
  const before = placement(group('edge', ['cart']));
  const scaled = placement(group('edge', ['cart'], { replicas: { min: 2, max: 4 } }));
  assert.equal(describePlan(planChange(before, scaled)), '1. run 2 to 4 replicas of edge');
  const other = placement(group('edge', ['cart'], { env: { LOG_LEVEL: 'debug' } }));
  assert.equal(
    describePlan(planChange(before, other)),
    '1. replace the replicas of edge by ones with the gateway, cart: another env',
  );
  const policies = { caller: { retry: { attemptsMax: 1 } } };
  assert.match(
    describePlan(planChange(before, placement(group('edge', ['cart'], { policies })))),
    /another policies/,
  );
  assert.equal(describePlan(planChange(before, before)), 'Nothing changes.');
});

test('what is no re-placement is refused, all of it at once', () => {
  const before = placement(group('edge', ['a', 'b'], { stores: { a: { engine: 'sqlite' } } }));
  const stores = { a: { engine: 'postgres' } };
  const after: Placement = {
    ...placement(group('edge', ['a', 'c'], { stores })),
    listeners: { public: '127.0.0.1:80', admin: '127.0.0.1:7400' },
  };
  assert.throws(
    () => planChange(before, after),
    (problem: Error) =>
      /gateway\.public moves from 127\.0\.0\.1:8080/.test(problem.message) &&
      /service "b" is running and placed nowhere/.test(problem.message) &&
      /service "c" is not part of what is running/.test(problem.message) &&
      /store of "a" moves from sqlite to postgres/.test(problem.message),
  );
});

test('at every step of every plan each service is called where it runs', () => {
  const services = ['a', 'b', 'c', 'd', 'e'];
  const homes = fc.array(fc.constantFrom('edge', 'x', 'y', 'z'), { minLength: 5, maxLength: 5 });
  const placed = homes.map((names) =>
    placement(
      ...['edge', 'x', 'y', 'z']
        .map((name) =>
          group(
            name,
            services.filter((_, index) => names[index] === name),
          ),
        )
        .filter(({ name, services: members }) => name === 'edge' || members.length > 0),
    ),
  );
  fc.assert(
    fc.property(placed, placed, (before, after) => {
      const running = new Map(before.groups.map((one) => [one.name, one.services]));
      const routes = new Map(
        before.groups.flatMap((one) => one.services.map((s) => [s, [one.name]])),
      );
      for (const step of planChange(before, after)) {
        walk(step, running, routes);
        for (const [service, groups] of routes)
          for (const home of groups) assert.ok(running.get(home)?.includes(service));
      }
      const end = Object.fromEntries(after.groups.map((one) => [one.name, one.services]));
      assert.deepEqual(Object.fromEntries(running), end);
    }),
  );
});

function walk(
  step: ChangeStep,
  running: Map<string, readonly string[]>,
  routes: Map<string, string[]>,
): void {
  if (step.kind === 'start' || step.kind === 'replace')
    running.set(step.group.name, step.group.services);
  else if (step.kind === 'route') routes.set(step.service, [...step.groups]);
  else if (step.kind === 'stop') running.delete(step.group);
}
