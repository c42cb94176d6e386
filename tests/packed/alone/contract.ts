// Only @portico/contract: define an API, write it as data, compare two versions of it.
import { api, compare, operation, parseContractJson, toContractJson } from '@portico/contract';
import * as z from 'zod';

const createClock = (version: string, output: z.ZodType) =>
  api('clock', {
    version,
    summary: 'Tells the time.',
    operations: {
      tell: operation({
        summary: 'The time.',
        exposure: 'public',
        access: 'anyone',
        effect: 'safe',
        http: 'GET /time',
        input: z.object({}),
        output,
      }),
    },
  });

const published = JSON.stringify(toContractJson(createClock('1.0.0', z.object({ now: z.int() }))));
const next = createClock('1.1.0', z.object({ now: z.string() }));
const changes = compare(parseContractJson(JSON.parse(published)), next);
console.log(changes.map(({ severity }) => severity).join());
