// The shop's sandbox payment provider, the same foreign program for every side; its ledger in memory, for what
// it writes is not what is measured. With a webhook it tells a shop what has happened.
import { startSandbox } from '../../systems/shop/sandbox-psp/server.ts';
import { SANDBOX_KEYS } from './checkout-shop.ts';

const [webhook] = process.argv.slice(2);
const { publishable, secret, webhookSecret } = SANDBOX_KEYS;
const sandbox = await startSandbox(
  {
    file: ':memory:',
    keys: { publishable, secret },
    webhook: webhook ? { url: webhook, secret: webhookSecret, dialect: 'sandbox' } : undefined,
  },
  0,
);
console.log(JSON.stringify({ port: Number(new URL(sandbox.url).port) }));
process.on('SIGTERM', () => process.exit(0));
