import { api, operation } from '@portico/contract';
import * as z from 'zod';
import { FAULT_FOR_MAX_MS, FAULTS, type FaultName } from './catalogue.ts';

const names = Object.keys(FAULTS) as FaultName[];
const Name = z.literal(names);
const changes = { exposure: 'admin', access: 'shop:faults' } as const;

const Active = z
  .object({
    name: Name,
    settings: z.string().max(1_000).meta({ description: 'As JSON.' }),
    hits: z.int().min(0),
    endsAt: z.iso.datetime(),
  })
  .meta({ id: 'ActiveFault', title: 'A fault that is on' });

/** What can go wrong in the shop when its operator asks for it. There only where a topology allows it. */
export const Faults = api('faults', {
  version: '1.0.0',
  summary: 'Lets something go wrong at a border of the shop, for a while.',
  operations: {
    listFaults: operation({
      ...changes,
      summary: 'The faults that are on.',
      effect: 'safe',
      http: 'GET /active',
      output: z.object({ items: z.array(Active).max(names.length) }),
    }),
    switchOn: operation({
      ...changes,
      summary: 'Switches a fault on; one of the same name ends.',
      effect: 'idempotent',
      http: 'PUT /active/{name}',
      input: z.object({
        name: Name,
        settings: z.string().max(1_000).meta({ description: 'As JSON.' }),
        forMs: z.int().min(1).max(FAULT_FOR_MAX_MS),
      }),
      output: Active,
    }),
    switchOff: operation({
      ...changes,
      summary: 'Switches a fault off, if it is on.',
      effect: 'idempotent',
      http: 'DELETE /active/{name}',
      input: z.object({ name: Name }),
    }),
  },
});
