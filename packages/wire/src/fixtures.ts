import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { api, error, Failure, type Operation, operation } from '@portico/contract';
import { createHost, type Host } from '@portico/host';
import { type Call, type Caller, Cancellation, type Logger } from '@portico/service';
import * as z from 'zod';
import {
  type CallerTokens,
  type ConnectOptions,
  connectReplica,
  createWireServer,
  type Peer,
  type PeerIdentity,
  type WireReplica,
  type WireServer,
  type WireServerOptions,
} from './index.ts';

/** What tests of this package share: an API, identities without keys, a client and a server. */
export const OutOfStock = error({
  status: 409,
  summary: 'Not enough stock.',
  data: z.object({ sku: z.string() }),
});

export const Inventory = api('inventory', {
  version: '1.2.0',
  summary: 'Stock.',
  operations: {
    getStock: operation({
      summary: 'Stock of one SKU.',
      effect: 'safe',
      input: z.object({ sku: z.string().max(5_000_000) }),
      output: z.object({ sku: z.string().max(5_000_000), available: z.int() }),
    }),
    reserve: operation({
      summary: 'Holds stock.',
      effect: 'keyed',
      input: z.object({ sku: z.string().max(100) }),
      errors: { OutOfStock },
    }),
    nextChange: operation({
      summary: 'Waits for a change.',
      effect: 'safe',
      waits: true,
      output: z.object({ sku: z.string().max(100) }),
    }),
  },
});

/** The same API, a major version later. */
export const InventoryV2 = api('inventory', {
  version: '2.0.0',
  summary: 'Stock.',
  operations: {
    getStock: operation({
      summary: 'Stock of one SKU.',
      effect: 'safe',
      input: z.object({ sku: z.string().max(100) }),
    }),
  },
});

export const { getStock, reserve, nextChange } = Inventory.operations;

/** What the server of a test does with a call. */
export type Handle = (operation: Operation, input: unknown, call: Call) => unknown;

/** Peers known by name, each with a secret that proves it. */
export const PEERS: Readonly<Record<string, Peer>> = {
  'orders-1': peerOf('orders-1', { services: ['orders'] }),
  'edge-1': peerOf('edge-1', { services: [], gateway: true, mints: true }),
  'inventory-1': peerOf('inventory-1', { services: ['inventory'] }),
  'inventory-2': peerOf('inventory-2', { services: ['inventory'] }),
  'stranger-1': { ...peerOf('stranger-1', { services: ['inventory'] }), system: 'other' },
};

function peerOf(replica: string, rights: Partial<Peer>): Peer {
  const group = replica.replace(/-\d+$/, '');
  const nothing = { services: [], mints: false, gateway: false };
  return { system: 'shop', group, replica, release: 'r1', ...nothing, ...rights };
}

/** Proves by a secret that everybody here derives from the name; `forged` derives another one. */
export function createTestIdentity(process: string, { forged = false } = {}): PeerIdentity {
  const sign = (name: string, message: Uint8Array) =>
    createHmac('sha256', `secret of ${name}`).update(message).digest();
  return {
    hello: () => ({ process, grant: `grant of ${process}` }),
    prove: ({ message }) => sign(forged ? 'somebody else' : process, message),
    async verify({ claim, message, proof }) {
      const expected = sign(claim.process, message);
      if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) {
        throw new Error('The proof does not hold.');
      }
      // Any number of these, for tests that wear peers out.
      const isSpare = /^spare-\d+$/.test(claim.process);
      const peer = isSpare ? peerOf(claim.process, { services: ['orders'] }) : PEERS[claim.process];
      if (!peer) throw new Error(`Nobody knows ${claim.process}.`);
      return peer;
    },
  };
}

/** Tokens are the caller as JSON; `bad` in one makes it unbelievable. */
export function createTestTokens(overrides: Partial<CallerTokens> = {}): CallerTokens {
  return {
    tokenFor: ({ subject, expires }, from) => {
      if (subject === undefined || subject === `service:${from}`) return {};
      return {
        token: JSON.stringify({ subject, expires }),
        ...(expires && { expiresAt: expires }),
      };
    },
    callerOf(token) {
      if (token.includes('bad')) throw new Error('not signed');
      const { subject, expires } = JSON.parse(token) as { subject: string; expires?: number };
      return callerOf(subject, expires);
    },
    ...overrides,
  };
}

export function callerOf(subject: string, expires?: number): Caller {
  return Object.freeze({
    subject,
    permissions: new Set<string>(),
    via: 'jwt',
    ...(expires !== undefined && { expires }),
  });
}

const ORDERS = callerOf('service:orders');

/** A call as a service makes it. */
export function callOf(host: Host, parts: Partial<Call> = {}): Call {
  return {
    caller: ORDERS,
    from: 'orders',
    deadline: host.clock.monotonic() + 20_000,
    cancellation: new Cancellation(),
    key: undefined,
    criticality: 'default',
    trace: {
      traceId: '0123456789abcdef0123456789abcdef',
      spanId: 'fedcba9876543210',
      sampled: true,
    },
    attempt: 1,
    ...parts,
  };
}

/** What was logged. */
export interface Log {
  readonly logger: Logger;
  readonly lines: string[];
}

export function createLog(): Log {
  const lines: string[] = [];
  const write = (level: string) => (_fields: object, message: string) =>
    void lines.push(`${level} ${message}`);
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return { logger, lines };
}

/** A folder for sockets that is gone when the tests are. */
export function createRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-wire-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes servers and clients in one folder, and ends them all. */
export function createBench() {
  const folder = createRunFolder();
  const host = createHost();
  const open: { close(): Promise<void> }[] = [];
  let made = 0;

  const serve = async (
    handle: Handle,
    overrides: Partial<WireServerOptions> = {},
  ): Promise<WireServer & { readonly log: Log; readonly path: string }> => {
    const path = join(folder, `${made++}.sock`);
    const log = createLog();
    const server = createWireServer({
      host,
      log: log.logger,
      self: PEERS['inventory-1'] as Peer,
      listen: { path },
      apis: [Inventory],
      dispatcher: { dispatch: async (...call) => handle(...call) },
      allows: () => true,
      identity: createTestIdentity(overrides.self?.replica ?? 'inventory-1'),
      tokens: createTestTokens(),
      load: () => 0.25,
      ...overrides,
    });
    await server.start();
    open.push({ close: () => server.close() });
    return Object.assign(server, { log, path });
  };
  const dial = (
    address: ConnectOptions['address'],
    overrides: Partial<ConnectOptions> = {},
  ): WireReplica & { readonly log: Log } => {
    const log = createLog();
    const replica = connectReplica({
      host,
      log: log.logger,
      name: 'inventory-1',
      address,
      self: PEERS['orders-1'] as Peer,
      uses: [Inventory],
      identity: createTestIdentity(overrides.self?.replica ?? 'orders-1'),
      tokens: createTestTokens(),
      ...overrides,
    });
    open.push({ close: () => replica.close({ now: true }) });
    return Object.assign(replica, { log });
  };
  return {
    host,
    folder,
    serve,
    dial,
    /** A dialled replica that is ready. */
    async connect(server: { readonly path: string }, overrides: Partial<ConnectOptions> = {}) {
      const replica = dial({ path: server.path }, overrides);
      await until(replica, ({ state }) => state === 'ready');
      return replica;
    },
    /** To be called in `afterEach`. */
    async closeAll() {
      await Promise.all(open.splice(0).map((each) => each.close()));
    },
  };
}

/** Resolves when a replica is as wanted. */
export function until(
  replica: WireReplica,
  wanted: (replica: WireReplica) => boolean,
): Promise<void> {
  if (wanted(replica)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = replica.onChange(() => {
      if (!wanted(replica)) return;
      stop();
      resolve();
    });
  });
}

/** The failure that a call ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown = await promise.then(
    (value) => new Error(`Expected a failure, got ${JSON.stringify(value)}`),
    (failure: unknown) => failure,
  );
  if (thrown instanceof Failure) return thrown;
  throw thrown;
}

/** A socket without any protocol, and what it got. */
export interface RawSocket {
  readonly socket: Socket;
  readonly received: () => Buffer;
  readonly closed: Promise<void>;
}

export function dialRaw(path: string): RawSocket {
  const chunks: Buffer[] = [];
  const socket = connect({ path });
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, received: () => Buffer.concat(chunks), closed };
}

/** A promise and its ends. */
export function createGate<T = void>() {
  return Promise.withResolvers<T>();
}
