import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox } from '../../sandbox-psp/server.ts';
import type { Dialect } from '../../sandbox-psp/webhook-dialects.ts';
import type { PaymentProvider } from './provider.ts';
import type { Delivered, ProviderFixture, TestCard } from './provider-conformance.ts';

/** The keys of a sandbox for tests. */
export const KEYS = { publishable: 'pk_test', secret: 'sk_test' };
/** What signs the events of a sandbox for tests. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from('a key of the test').toString('base64')}`;

/** The numbers of the sandbox's cards. */
export const CARDS: Readonly<Record<TestCard, string>> = {
  works: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  challenge: '4000000000003220',
  disputed: '4000000000000259',
};

/** How an adapter is pointed at a sandbox. */
export interface Address {
  readonly url: string;
  readonly secretKey: string;
  now(): number;
}

/** Starts a sandbox in this process, with an adapter that speaks with it. */
export async function startSandboxFixture(
  dialect: Dialect,
  connect: (address: Address) => PaymentProvider,
): Promise<ProviderFixture> {
  let now = Date.UTC(2026, 10, 22);
  let count = 0;
  let delivered: Delivered[] = [];
  const receiver = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers } = request;
    delivered.push({
      payload: Buffer.concat(chunks),
      header: (name) => headers[name]?.toString(),
    });
    reply.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const webhook = {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    secret: WEBHOOK_SECRET,
    dialect,
  };
  const clock = () => now;
  const sandbox = await startSandbox({ file: ':memory:', keys: KEYS, webhook, now: clock }, 0);
  const closed = await startSandbox({ file: ':memory:', keys: KEYS }, 0);
  await closed.close();
  const call = async (method: string, path: string, body?: object) => {
    const reply = await fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${KEYS.secret}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await reply.json()) as { token: string; faults: { chances: number }[] };
  };
  const at = (url: string, secretKey: string) => connect({ url, secretKey, now: clock });
  return {
    provider: at(sandbox.url, KEYS.secret),
    now: clock,
    reference() {
      count += 1;
      return `pay_${count}`;
    },
    async tokenOf(card) {
      const { token } = await call('POST', '/tokens', {
        ...{ number: CARDS[card], expMonth: 1, expYear: 2099, cvc: '123' },
      });
      return token;
    },
    troubles: {
      async fault(kind) {
        // As long as the test says, but for what a later command of it must not suffer.
        const count = kind === 'down' ? 100 : 1;
        await call('PUT', '/faults', { faults: kind ? [{ kind, count }] : [] });
      },
      chances: async () => (await call('GET', '/faults')).faults[0]?.chances ?? 0,
      async decide(actionUrl, decision) {
        const body = new URLSearchParams({ decision });
        await fetch(actionUrl, { method: 'POST', body, redirect: 'manual' });
      },
      advance(ms) {
        now += ms;
      },
      async events() {
        await sandbox.deliver();
        const events = delivered;
        delivered = [];
        return events;
      },
      unreachable: at(closed.url, KEYS.secret),
      intruder: at(sandbox.url, 'sk_wrong'),
    },
    async close() {
      await sandbox.close();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    },
  };
}
