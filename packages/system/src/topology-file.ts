import * as z from 'zod';
import { policiesForm } from './topology-policies.ts';

/** Names that become file names, socket names and parts of replica names: `cart-2`. */
const KEBAB = /^[a-z][a-z0-9-]{0,62}$/;
const REPLICAS_MAX = 1_000;
const GROUPS_MAX = 1_000;

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:8080');
const name = z.string().regex(KEBAB, 'must be kebab-case, at most 63 characters');
const groupName = z
  .string()
  .regex(/^(\*|[a-z][a-z0-9-]{0,62})$/, 'must be kebab-case, at most 63 characters, or "*"');
const placedName = z
  .string()
  .regex(
    /^(\*|@administration|[a-z][a-z0-9-]{0,62})$/,
    'must be a service, "*" or "@administration"',
  );
const folder = z.string().min(1);
const count = z.int().min(1).max(REPLICAS_MAX);

const replicas = z.union([count, z.strictObject({ min: count, max: count })], {
  error: 'must be a number from 1 on, or { "min": 1, "max": 4 }',
});

const limits = z.strictObject({
  memory: z
    .string()
    .regex(/^[1-9]\d{0,6}(MiB|GiB)$/, 'must be a whole number of MiB or GiB, such as 384MiB')
    .optional(),
  nice: z.int().min(-20).max(19).optional(),
});

const filePath = z.string().regex(/^\//, 'must be an absolute path; a folder ends with /*');
const files = z.strictObject({
  read: z.array(filePath).max(100).optional(),
  write: z.array(filePath).max(100).optional(),
});

const group = z.strictObject({
  gateway: z.boolean().optional(),
  services: z.array(placedName).optional(),
  replicas: replicas.optional(),
  on: z.array(name).min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
  user: z.string().min(1).optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name'), z.string())
    .optional(),
  limits: limits.optional(),
  files: files.optional(),
  policies: policiesForm.optional(),
});

const store = z.strictObject({
  engine: z.enum(['sqlite', 'postgres']),
  secret: z
    .string()
    .regex(/^(file|env):\S+$/, 'must say where it is: file:PATH or env:NAME')
    .optional(),
});

/** The form of a topology file. What its parts mean together is checked by {@link topologyMistakes}. */
export const topologyFile = z.strictObject({
  system: z.string().min(1),
  gateway: z.strictObject({
    public: address,
    admin: address,
    tls: folder.optional(),
    trustedProxies: z.array(z.string().min(1)).optional(),
  }),
  supervisor: z.boolean().optional(),
  machines: z.record(name, z.string().regex(/^[^\s/]+$/, 'must be a host or an IP')).optional(),
  wire: z.strictObject({ tls: folder }).optional(),
  groups: z
    .record(groupName, group)
    .refine((groups) => Object.keys(groups).length <= GROUPS_MAX, 'has over 1,000 groups'),
  stores: z.record(z.string().min(1), store),
  /** For all groups; what a group says of its own goes before it. */
  policies: policiesForm.optional(),
  /** Whether the system may let its operator make something go wrong. */
  faults: z.boolean().optional(),
  events: z
    .strictObject({
      engine: z.enum(['store', 'jetstream']),
      servers: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Where the services of a system run, on which engines their stores live, where the gateway listens. */
export type Topology = z.infer<typeof topologyFile>;

/** One process group as the file writes it. */
export type TopologyGroup = Topology['groups'][string];

/** The range of a group's replicas: one unless the file says more. */
export function replicasOf({ replicas: given = 1 }: TopologyGroup): { min: number; max: number } {
  return typeof given === 'number' ? { min: given, max: given } : given;
}

/** Bytes of `384MiB` or `2GiB`. */
export function parseMemory(text: string): number {
  const unit = text.endsWith('GiB') ? 1024 ** 3 : 1024 ** 2;
  return Number(text.slice(0, -3)) * unit;
}
