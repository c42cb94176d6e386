import { api, operation } from '@portico/contract';
import * as z from 'zod';

/** A replica's name within the system, and what proves that its supervisor has started it. */
const who = {
  replica: z.string().min(1).max(100),
  token: z.string().min(1).max(100),
};
const Count = z.int().min(0);
const Name = z.string().min(1).max(100);
/** The longest that a replica waits for news; then it asks again, and is seen to be there. */
const WAIT_MS = 20_000;

const Position = z
  .object({ epoch: Count, generation: Count })
  .meta({ id: 'TablePosition', description: 'A later table has a higher (epoch, generation).' });

const Endpoint = z
  .object({
    replica: z.string().max(100),
    address: z.string().max(300),
    state: z.enum(['ready', 'draining']),
    static: z.boolean().optional(),
  })
  .meta({ id: 'Endpoint' });

const Table = z
  .object({
    epoch: Count,
    generation: Count,
    services: z.record(
      Name,
      z.object({ version: z.string().max(40), endpoints: z.array(Endpoint).max(1_000) }),
    ),
  })
  .meta({ id: 'RoutingTable', description: 'Where everything runs.' });

const Load = z
  .object({
    inFlight: Count,
    limit: z.int().min(1),
    utilisation: z.number().min(0).max(1),
    queueWaitMs: z.number().min(0),
    throughput: z.number().min(0),
  })
  .meta({ id: 'LoadSample', description: 'Of the last second.' });

const Figures = z
  .object({ replica: z.string().max(100), calls: Count, failures: Count, p95Ms: z.number().min(0) })
  .meta({
    id: 'PeerFigures',
    description: 'What this replica saw of another since its last report.',
  });

/**
 * What replicas and their supervisor say to each other. Replicas ask: a supervisor that is started again is
 * found again, and whoever asks nothing for 5 s is not alive. Over the wire, on a socket of its own.
 */
export const Control = api('control', {
  version: '1.0.0',
  summary: 'What the replicas of one machine and their supervisor say to each other.',
  operations: {
    report: operation({
      summary: 'How a replica is, once a second from its first moment on.',
      exposure: 'internal',
      effect: 'idempotent',
      timeoutMs: 2_000,
      input: z.object({
        ...who,
        started: z.boolean().meta({ description: 'Its modules are loaded and it listens.' }),
        serving: z.boolean().meta({ description: 'All of its own services serve.' }),
        problem: z.string().max(1_000).optional(),
        versions: z
          .record(Name, z.string().max(40))
          .meta({ description: 'Contracts, by service.' }),
        load: Load.optional(),
        rssBytes: Count,
        peers: z.array(Figures).max(1_000),
      }),
    }),
    follow: operation({
      summary:
        'Waits for a newer table than the one held, which is thereby acknowledged, or for the end.',
      exposure: 'internal',
      effect: 'safe',
      waits: true,
      timeoutMs: WAIT_MS + 5_000,
      input: z.object({ ...who, held: Position.optional() }),
      output: z.object({
        table: Table.optional(),
        drain: z.boolean().meta({ description: 'Serve what was accepted, then end.' }),
      }),
    }),
  },
});

/** Where everything runs, as the supervisor tells it. */
export interface ControlTable {
  readonly epoch: number;
  readonly generation: number;
  readonly services: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly endpoints: readonly {
          readonly replica: string;
          readonly address: string;
          readonly state: 'ready' | 'draining';
          /** On another machine: whether somebody listens there, only dialling tells. */
          readonly static?: boolean;
        }[];
      }
    >
  >;
}

/** How long `follow` waits before it answers with nothing new. */
export const FOLLOW_WAIT_MS = WAIT_MS;
