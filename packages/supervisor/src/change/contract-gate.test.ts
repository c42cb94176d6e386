import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, event, operation } from '@portico/contract';
import * as z from 'zod';
import { contractBreaks, type ServiceContracts } from './contract-gate.ts';

interface Shape {
  readonly more?: z.ZodRawShape;
  readonly output?: z.ZodRawShape;
  readonly payload?: z.ZodRawShape;
}

const stock = (version: string, { more = {}, output, payload }: Shape = {}) =>
  api('stock', {
    version,
    summary: 'For tests.',
    operations: {
      reserve: operation({
        summary: 'Holds some.',
        exposure: 'internal',
        effect: 'unsafe',
        input: z.object({ sku: z.string().max(40), ...more }),
        output: z.object(output ?? { left: z.int() }),
      }),
      count: operation({
        summary: 'Counts.',
        exposure: 'internal',
        effect: 'safe',
        output: z.object({ left: z.int() }),
      }),
    },
    events: {
      Depleted: event({
        summary: 'Nothing is left.',
        exposure: 'internal',
        key: 'sku',
        payload: z.object(payload ?? { sku: z.string().max(40), at: z.string().max(40) }),
      }),
    },
  });

const orders = api('orders', {
  version: '1.0.0',
  summary: 'For tests.',
  operations: {
    place: operation({ summary: 'Places.', exposure: 'internal', effect: 'unsafe' }),
  },
});

const of = (
  one: Partial<ServiceContracts> & { api: ServiceContracts['api'] },
): ServiceContracts => ({
  service: one.api.name,
  uses: [],
  hears: [],
  ...one,
});

const running = [
  of({ api: stock('1.2.0') }),
  of({ api: orders, uses: [stock('1.0.0')] }),
  of({
    service: 'mail',
    api: api('mail', { version: '1.0.0', summary: 'For tests.', operations: {} }),
    hears: [stock('1.2.0')],
  }),
];

test('what adds is let through', () => {
  const next = stock('1.3.0', { more: { note: z.string().max(9).optional() } });
  assert.deepEqual(contractBreaks({ running, candidate: [of({ api: next })] }), []);
});

test('a break is refused, naming the consumer that keeps running and what breaks it', () => {
  const next = stock('1.3.0', { more: { count: z.int() } });
  const callers = [{ api: 'stock', operation: 'reserve', caller: 'orders', calls: 812 }];
  const breaks = contractBreaks({ running, candidate: [of({ api: next })], callers });
  assert.match(
    breaks[0] ?? '',
    /stock 1\.3\.0 breaks orders, which keeps running:\n {4}operations\.reserve\.input\.count/,
  );
  assert.match(breaks[1] ?? '', /stock 1\.2\.0 → 1\.3\.0 has breaking changes; make it 2\.0\.0/);
  assert.match(breaks[1] ?? '', /\(called by orders 812×\)/);
  assert.equal(breaks.length, 2);
});

test('a break in a type that several share names the operations that it is in', () => {
  const shared = (version: string, fields: z.ZodRawShape) => {
    const Piece = z.object(fields).meta({ id: 'Piece' });
    const ask = { summary: 'Asks.', exposure: 'internal', effect: 'safe' } as const;
    return api('stock', {
      version,
      summary: 'For tests.',
      operations: {
        find: operation({ ...ask, output: z.object({ pieces: z.array(Piece).max(9) }) }),
        show: operation({ ...ask, output: Piece }),
        count: operation({ ...ask, output: z.object({ left: z.int() }) }),
      },
    });
  };
  const known = shared('1.0.0', { sku: z.string().max(40), title: z.string().max(40) });
  const [first] = contractBreaks({
    running: [of({ api: known }), of({ api: orders, uses: [known] })],
    candidate: [of({ api: shared('1.0.1', { sku: z.string().max(40) }) })],
  });
  assert.match(
    first ?? '',
    /breaks orders, .*\n {4}types\.Piece\.title \(in find, show\): A field/,
  );
});

test('an event that a running consumer could not read is refused for it alone', () => {
  const next = stock('1.3.0', { payload: { sku: z.string().max(40) } });
  const [first = ''] = contractBreaks({ running, candidate: [of({ api: next })] });
  assert.match(first, /stock 1\.3\.0 breaks mail, which keeps running:\n {4}events\.Depleted/);
});

test('consumers that come along do not hold a new major back, callers and consumers that stay do', () => {
  const next = stock('2.0.0', { more: { count: z.int() } });
  const moved = of({ api: orders, uses: [next] });
  const quiet = running.filter(({ service }) => service !== 'mail');
  assert.deepEqual(contractBreaks({ running: quiet, candidate: [of({ api: next }), moved] }), []);
  const [stays = ''] = contractBreaks({ running: quiet, candidate: [of({ api: next })] });
  assert.match(stays, /breaks orders.*\n.*built with 1\.0\.0, and majors do not mix/);
  const callers = [{ api: 'stock', operation: 'reserve', caller: 'erp', calls: 3 }];
  const [called = ''] = contractBreaks({
    running: quiet,
    candidate: [of({ api: next }), moved],
    callers,
  });
  assert.match(called, /its callers have to move first:.*erp 3×/s);
});

test('a release must find what it uses', () => {
  const candidate = [of({ api: orders, uses: [stock('1.4.0')] })];
  assert.match(
    contractBreaks({ running, candidate })[0] ?? '',
    /orders uses stock 1\.4\.0, but 1\.2\.0 runs/,
  );
  const alone = contractBreaks({ running: [], candidate });
  assert.match(alone[0] ?? '', /orders uses stock, which nobody provides/);
  const other = stock('1.2.0', { output: { left: z.int(), of: z.int() } });
  const built = [of({ api: orders, uses: [other] })];
  assert.match(
    contractBreaks({ running, candidate: built })[0] ?? '',
    /not what it was built with/,
  );
});
