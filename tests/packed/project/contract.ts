import { api, error, operation } from '@portico/contract';
import * as z from 'zod';

const Name = z.string().min(1).max(50);

export const NeverGreeted = error({ status: 404, summary: 'Nobody of that name was greeted.' });

/** What a user writes first: the contract of their API. */
export const Greeter = api('greeter', {
  version: '1.0.0',
  summary: 'Greets, and counts how often.',
  operations: {
    greet: operation({
      summary: 'Greet someone.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      http: 'POST /greetings/{name}',
      input: z.object({ name: Name }),
      output: z.object({ text: z.string(), times: z.int() }),
    }),
    count: operation({
      summary: 'How often someone was greeted.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /greetings/{name}',
      input: z.object({ name: Name }),
      output: z.object({ times: z.int() }),
      errors: { NeverGreeted },
    }),
  },
});
