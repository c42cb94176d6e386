import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { api, Failure, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { Cancellation } from '@portico/service';
import * as z from 'zod';
import { callOf, createBench, failureOf, OutOfStock, until } from './fixtures.ts';
import { FRAME, type Frame, FrameReader, HEADER_BYTES, readU16, readU32 } from './frame.ts';

const bench = createBench();
afterEach(() => bench.closeAll());

const DOCUMENT = new URL('../../../docs/wire.md', import.meta.url);
const BEGIN = '<!-- exchange: PORTICO_WRITE=1 node --test packages/wire/src/exchange.test.ts -->';
const END = '<!-- end of exchange -->';

const Stock = api('inventory', {
  version: '1.0.0',
  summary: 'Stock.',
  operations: {
    reserve: operation({
      summary: 'Holds stock.',
      effect: 'keyed',
      input: z.object({ sku: z.string().max(40) }),
      output: z.object({ left: z.int() }),
      errors: { OutOfStock },
    }),
  },
});
const { reserve } = Stock.operations;

describe('docs/wire.md', () => {
  it('shows an exchange as it is', async () => {
    const exchange = await record();
    const text = readFileSync(DOCUMENT, 'utf8');
    const [before = '', rest = ''] = text.split(BEGIN);
    const after = rest.split(END)[1] ?? '';
    const expected = `${before}${BEGIN}\n\n\`\`\`text\n${exchange}\n\`\`\`\n\n${END}${after}`;
    if (process.env.PORTICO_WRITE === '1') writeFileSync(DOCUMENT, expected);
    else assert.equal(text, expected);
  });
});

/** An answer, a declared error, a cancelled call and the end, frame by frame. */
async function record(): Promise<string> {
  const host = createSimulatedHost({ seed: 1 });
  const server = await bench.serve(handle, { host, apis: [Stock] });
  const tap = await createTap(server.path);
  const replica = bench.dial({ path: tap.path }, { host, uses: [Stock] });
  await until(replica, ({ state }) => state === 'ready');
  const deadline = host.clock.monotonic() + 3_000;
  const make = (sku: string, key: string, cancellation = new Cancellation()) =>
    replica.call(reserve, { sku }, callOf(host, { deadline, key, cancellation }));
  assert.deepEqual(await make('a', 'k1'), { left: 2 });
  assert.ok(OutOfStock.is(await failureOf(make('none', 'k2'))));
  const inFlight = () => server.connections[0]?.inFlight;
  const cancellation = new Cancellation();
  const cancelled = failureOf(make('slow', 'k3', cancellation));
  while (inFlight() !== 1) await new Promise((done) => setImmediate(done));
  cancellation.cancel();
  await cancelled;
  while (inFlight() !== 0) await new Promise((done) => setImmediate(done));
  const drained = server.drain();
  await until(replica, ({ state }) => state !== 'ready');
  replica.leave();
  await drained;
  return tap.blocks.join('\n\n');
}

async function handle(_operation: unknown, input: unknown): Promise<unknown> {
  const { sku } = input as { sku: string };
  if (sku === 'slow') return new Promise(() => {});
  if (sku === 'a') return { left: 2 };
  const { details, message } = OutOfStock({ sku });
  throw new Failure('APP', 'OutOfStock', message, { ...details, name: 'OutOfStock' });
}

/** Passes bytes on and writes down what they mean. */
async function createTap(target: string) {
  const path = `${target}.tap`;
  const blocks: string[] = [];
  const listen = (from: Socket, to: Socket, direction: string) => {
    from.once('data', () => {
      blocks.push(`${direction}: the preface\n${line('504f525449434f2f310a', '"PORTICO/1\\n"')}`);
    });
    const reader = new FrameReader(1 << 20, (frame) => {
      blocks.push(`${direction}: ${nameOf(frame.type)}\n${describeFrame(frame).join('\n')}`);
    });
    from.on('data', (chunk) => {
      reader.push(chunk);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
  };
  const server = createServer((dialler) => {
    const acceptor = connect({ path: target });
    listen(dialler, acceptor, 'dialler → acceptor');
    listen(acceptor, dialler, 'acceptor → dialler');
    dialler.once('close', () => server.close());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, blocks };
}

function nameOf(type: number): string {
  const [name = ''] = Object.entries(FRAME).find(([, number]) => number === type) ?? [];
  return name.toUpperCase();
}

function describeFrame(frame: Frame): string[] {
  const { type, call, bytes, start, end } = frame;
  const header = start - HEADER_BYTES;
  const about = call === 0 ? 'call 0: the connection itself' : `call ${call}`;
  return [
    field(bytes, header, 4, `length: ${readU32(bytes, header)} bytes follow`),
    field(bytes, header + 4, 1, `type ${nameOf(type)}`),
    field(bytes, header + 5, 1, 'flags: none'),
    field(bytes, header + 6, 4, about),
    ...describePayload(type, bytes.subarray(start, end)),
  ];
}

function describePayload(type: number, payload: Buffer): string[] {
  switch (type) {
    case FRAME.caller:
      return [field(payload, 0, 2, `caller ${readU16(payload, 0)} is`), text(payload, 2)];
    case FRAME.request:
      return describeRequest(payload);
    case FRAME.response:
      return [field(payload, 0, 1, `load ${payload[0]} %`), text(payload, 1)];
    case FRAME.error:
      return [
        field(payload, 0, 1, `class ${payload[0]}: APP`),
        field(payload, 1, 1, `load ${payload[1]} %`),
        text(payload, 2),
      ];
    case FRAME.credit:
      return [field(payload, 0, 4, `${readU32(payload, 0)} calls may be unanswered`)];
    case FRAME.goAway:
      return [
        field(payload, 0, 4, `call ${readU32(payload, 0)} was the last that is answered`),
        text(payload, 4),
      ];
  }
  return payload.length === 0 ? [] : [text(payload, 0)];
}

function describeRequest(payload: Buffer): string[] {
  const metaBytes = readU16(payload, 10);
  return [
    field(payload, 0, 2, `operation ${readU16(payload, 0)} of the table`),
    field(payload, 2, 2, `caller ${readU16(payload, 2)}`),
    field(payload, 4, 4, `${readU32(payload, 4)} ms remain`),
    field(payload, 8, 1, `attempt ${payload[8]}`),
    field(payload, 9, 1, `criticality ${payload[9]}: default`),
    field(payload, 10, 2, `${metaBytes} bytes of meta data:`),
    text(payload.subarray(0, 12 + metaBytes), 12),
    text(payload, 12 + metaBytes),
  ];
}

function field(bytes: Buffer, at: number, size: number, meaning: string): string {
  return line(bytes.toString('hex', at, at + size), meaning);
}

function line(hex: string, meaning: string): string {
  const spaced = hex.replace(/..(?=.)/g, '$& ');
  return `${spaced.padEnd(32)}${meaning}`;
}

/** JSON is shown as it is sent: every byte of it is the character that is seen. */
function text(bytes: Buffer, from: number): string {
  const json = bytes.toString('utf8', from);
  return json.replace(/.{1,100}/g, '$&\n').trimEnd();
}
