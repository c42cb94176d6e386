import { readFileSync } from 'node:fs';
import * as z from 'zod';

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:8080');

/**
 * The topology file as far as one process needs it. Keys of the design that need the supervisor are
 * refused with their name, not ignored: a file that asks for a second process must not get one.
 */
const topologyFile = z.strictObject({
  system: z.string().min(1),
  gateway: z.strictObject({
    public: address,
    admin: address,
    tls: z.string().min(1).optional(),
    trustedProxies: z.array(z.string().min(1)).optional(),
  }),
  supervisor: z.literal(false),
  groups: z.record(
    z.string().min(1),
    z.strictObject({ gateway: z.literal(true), services: z.tuple([z.literal('*')]) }),
  ),
  stores: z.record(z.string().min(1), z.strictObject({ engine: z.literal('sqlite') })),
});

/** Where the services of a system run, on which engines their stores live, where the gateway listens. */
export type Topology = z.infer<typeof topologyFile>;

/** Where one listener of the gateway is bound. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads a topology from a parsed file.
 *
 * @param source - Named in errors: the file's path.
 * @throws {Error} with every mistake and its place in the file.
 */
export function parseTopology(value: unknown, source: string): Topology {
  const result = topologyFile.safeParse(value);
  if (!result.success) {
    const mistakes = result.error.issues.map((issue) => {
      const place = issue.path.length > 0 ? issue.path.join('.') : 'the file';
      return `  - ${place}: ${issue.message}`;
    });
    throw new Error(`Cannot use topology ${source}:\n${mistakes.join('\n')}`);
  }
  const groups = Object.keys(result.data.groups);
  if (groups.length !== 1) {
    throw new Error(
      `Cannot use topology ${source}: it names ${groups.length} process groups; one process has exactly one.`,
    );
  }
  if (!result.data.stores['*']) {
    throw new Error(
      `Cannot use topology ${source}: stores needs "*", the engine of every other store.`,
    );
  }
  return result.data;
}

/** Reads a topology file (JSON). @throws {Error} naming the file and what is wrong with it. */
export function readTopology(path: string): Topology {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (problem) {
    throw new Error(`Cannot read topology ${path}: ${(problem as Error).message}`);
  }
  return parseTopology(value, path);
}

/** Splits `host:port`; IPv6 addresses stand in brackets (RFC 3986 §3.2.2). */
export function parseAddress(text: string): ListenAddress {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw new Error(`Port ${port} in "${text}" is above 65535.`);
  return { host, port };
}
