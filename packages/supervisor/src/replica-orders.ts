import { closeSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { FIRST_LISTENER, ORDERS } from './keeper/messages.ts';

/** The format of orders. A replica of another release may be older or newer than its supervisor. */
const FORMAT = 1;

const Text = z.string().min(1);
const Store = z.object({ engine: Text, secret: Text.optional() });

const Orders = z.object({
  format: z.literal(FORMAT),
  /** The file that exports the system by default. */
  module: Text,
  /** The topology file's content: the listeners' policy, machines, certificates. */
  topology: z.unknown(),
  /** What this replica holds; during a re-placement not what the topology says. */
  group: z.object({
    name: Text,
    gateway: z.boolean(),
    services: z.array(Text),
    stores: z.record(Text, Store),
    policies: z.record(Text, z.record(Text, z.record(Text, z.number()))).optional(),
  }),
  /** Its name within the system: `cart-2`. */
  replica: Text,
  release: Text,
  /** Where it listens for calls: the path of a Unix socket. */
  address: Text,
  /** Where it listens for those of other machines: `host:port`. */
  remoteAddress: Text.optional(),
  /** The file for its log. */
  log: Text,
  /** Where stores and keys are. */
  directory: Text,
  /** Listener → descriptor of the inherited socket. Empty without the gateway. */
  listeners: z.record(z.string(), z.int().min(FIRST_LISTENER)),
  /** How it proves to other replicas who it is, and whom it believes: as its implementation encodes it. */
  identity: z.object({
    grant: z.string(),
    privateKey: z.string(),
    authority: z.string(),
    /** Where the system has several. */
    machines: z.string().optional(),
  }),
  /** Secrets of its own services' stores, by service. */
  secrets: z.record(Text, z.string()),
  /** How it reaches its supervisor: the path of a Unix socket, and what proves that it was ordered. */
  control: z.object({ address: Text, token: Text }),
});

/**
 * What a replica is told at its start, and nobody else sees: where it belongs and the secrets for it. On an
 * inherited descriptor, because arguments and environment can be read by others.
 */
export type ReplicaOrders = z.infer<typeof Orders>;

/** Orders as they are written to the descriptor. */
export function toOrders(orders: Omit<ReplicaOrders, 'format'>): string {
  return JSON.stringify({ format: FORMAT, ...orders });
}

/** Reads orders. @throws {Error} with every place that is not as this release knows it. */
export function parseOrders(text: string): ReplicaOrders {
  const result = Orders.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const list = result.error.issues.map(({ path, message }) => `  - ${path.join('.')}: ${message}`);
  throw new Error(`Cannot follow the supervisor's orders:\n${list.join('\n')}`);
}

/** Reads the orders of this process, once: the descriptor is closed, and what was in it gone. */
export function readOrders(descriptor: number = ORDERS): ReplicaOrders {
  const text = readFileSync(descriptor, 'utf8');
  closeSync(descriptor);
  return parseOrders(text);
}
