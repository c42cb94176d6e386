import { api, error, type OutputOf, operation } from '@portico/contract';
import * as z from 'zod';

const Name = z.string().min(1).max(100);
const Count = z.int().min(0);
const Replicas = z.int().min(1).max(1_000);
const Path = z.string().min(1).max(4_096);
const changes = { exposure: 'internal', effect: 'idempotent', timeoutMs: 10_000 } as const;

/** What a change is refused with: the sentence says why. */
export const NotPossible = error({ status: 409, summary: 'The change is not possible now.' });

const Endpoint = z
  .object({
    replica: z.string().max(100),
    address: z.string().max(300),
    state: z.enum(['ready', 'draining']),
    static: z.boolean().optional(),
  })
  .meta({ id: 'RoutedEndpoint' });

const Replica = z
  .object({
    name: Name,
    phase: z.string().max(40),
    release: z.string().max(200),
    revision: Count,
    startedAt: z.int().meta({ description: 'Unix time in ms.' }),
    problem: z.string().max(1_000).optional(),
    rssBytes: Count.optional(),
    inFlight: Count.optional(),
    utilisation: z.number().optional(),
  })
  .meta({ id: 'ReplicaStatus' });

const Ended = z.object({
  at: z.int().meta({ description: 'Unix time in ms.' }),
  reason: z.string().max(1_000).optional().meta({ description: 'Why it was turned back.' }),
});

const Group = z
  .object({
    name: Name,
    services: z.array(Name).max(1_000),
    release: z.string().max(200),
    previous: z.string().max(200).optional(),
    wanted: Count,
    min: Count,
    max: Count,
    restarts: z.string().max(40),
    change: z.string().max(1_000).optional(),
    last: Ended.extend({ to: z.string().max(200), phase: z.enum(['done', 'rolled-back']) })
      .meta({ id: 'ChangeOutcome', description: 'How the change before ended.' })
      .optional(),
    replicas: z.array(Replica).max(1_000),
  })
  .meta({ id: 'GroupStatus' });

/** What the supervisor of a machine is asked by the operator service and by tools of its installation. */
export const Supervision = api('supervision', {
  version: '1.0.0',
  summary: 'The processes of one machine, seen and changed.',
  operations: {
    getStatus: operation({
      summary: 'Groups and their replicas.',
      exposure: 'internal',
      effect: 'safe',
      output: z.object({
        epoch: Count,
        generation: Count,
        settled: z.boolean().meta({
          description: 'Every replica knows where everything runs, and nothing is being changed.',
        }),
        groups: z.array(Group).max(1_000),
        plan: z.string().max(1_000).optional(),
        lastPlan: Ended.meta({ id: 'PlanOutcome' }).optional(),
      }),
    }),
    getRoutes: operation({
      summary: 'The routing table as it is now.',
      exposure: 'internal',
      effect: 'safe',
      output: z.object({
        epoch: Count,
        generation: Count,
        services: z.record(
          Name,
          z.object({ version: z.string().max(40), endpoints: z.array(Endpoint).max(1_000) }),
        ),
      }),
    }),
    scale: operation({
      ...changes,
      summary: 'Another number of replicas, or range to scale in, for a group.',
      input: z.object({ group: Name, min: Replicas, max: Replicas }),
      output: z.object({ min: Count, max: Count }).meta({
        description: 'The range as it is now: two at the least for what is critical and scales.',
      }),
      errors: { NotPossible },
    }),
    restart: operation({
      ...changes,
      summary: 'Replaces every replica of a group by a new one of the same release.',
      input: z.object({ group: Name }),
      errors: { NotPossible },
    }),
    drain: operation({
      ...changes,
      summary: 'Takes one replica out once another has taken its place.',
      input: z.object({ replica: Name }),
      errors: { NotPossible },
    }),
    update: operation({
      ...changes,
      timeoutMs: 60_000,
      summary: 'Rolls a group over to another release, judged by its callers.',
      input: z.object({ group: Name, release: Name, directory: Path }),
      errors: { NotPossible },
    }),
    rollback: operation({
      ...changes,
      summary: 'Back to the release before.',
      input: z.object({ group: Name }),
      errors: { NotPossible },
    }),
    apply: operation({
      ...changes,
      summary: 'Goes over to another topology; with `dryRun`, only says how.',
      input: z.object({
        topology: z.string().max(1_000_000).meta({ description: 'The file, as JSON.' }),
        dryRun: z.boolean().optional(),
      }),
      output: z.object({ steps: z.array(z.string().max(1_000)).max(10_000) }),
      errors: { NotPossible },
    }),
    move: operation({
      ...changes,
      summary: 'Moves a service to another group, or to a new one; with `dryRun`, only says how.',
      input: z.object({ service: Name, group: Name, dryRun: z.boolean().optional() }),
      output: z.object({ steps: z.array(z.string().max(1_000)).max(10_000) }),
      errors: { NotPossible },
    }),
    stop: operation({
      ...changes,
      summary: 'Drains everything, callers first, and ends.',
    }),
  },
});

/** Groups, their replicas and what is being changed, at one moment. */
export type SupervisionStatus = OutputOf<(typeof Supervision)['operations']['getStatus']>;
