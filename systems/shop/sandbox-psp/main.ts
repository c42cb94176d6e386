import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from './server.ts';

/**
 * Runs the sandbox payment service provider:
 * `node main.ts --port 8081 --data .portico/psp/ledger.db --webhook http://127.0.0.1:8080/…`.
 * Its keys come from the environment; without any they are the well-known ones of the sandbox, which
 * guard nothing of value. With an IPC channel it says its address on it once it listens.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8081' },
    data: { type: 'string', default: '.portico/psp/ledger.db' },
    webhook: { type: 'string' },
    dialect: { type: 'string', default: 'sandbox' },
  },
});

const { dialect } = values;
if (dialect !== 'sandbox' && dialect !== 'stripe') {
  console.error(
    `--dialect is how events are written and signed: sandbox or stripe, not ${dialect}.`,
  );
  process.exit(2);
}

mkdirSync(dirname(values.data), { recursive: true, mode: 0o700 });
const secret = process.env.SANDBOX_PSP_WEBHOOK_SECRET ?? 'whsec_c2FuZGJveC1wc3Atd2ViaG9vay1rZXk=';
const sandbox = await startSandbox(
  {
    file: values.data,
    keys: {
      publishable: process.env.SANDBOX_PSP_PUBLISHABLE_KEY ?? 'pk_sandbox',
      secret: process.env.SANDBOX_PSP_SECRET_KEY ?? 'sk_sandbox',
    },
    webhook: values.webhook ? { url: values.webhook, secret, dialect } : undefined,
  },
  Number(values.port),
);
console.log(`sandbox PSP on ${sandbox.url}`);
process.send?.({ url: sandbox.url });

const end = () => {
  sandbox.close().then(() => process.exit(0));
};
process.once('SIGTERM', end);
// Ctrl-C reaches a whole terminal; a shop that started us still needs us while it drains.
process.on('SIGINT', process.connected ? () => {} : end);
// Whoever forked us has died without a word: nobody else would free the port.
process.once('disconnect', end);
