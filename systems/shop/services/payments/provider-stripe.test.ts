import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { testProvider } from './provider-conformance.ts';
import { type Address, KEYS, startSandboxFixture, WEBHOOK_SECRET } from './provider-fixture.ts';
import { createStripeProvider } from './provider-stripe.ts';

testProvider('stripe, at the sandbox', () =>
  startSandboxFixture('stripe', ({ url, secretKey, now }: Address) =>
    createStripeProvider(
      {
        apiUrl: url,
        tokenUrl: `${url}/tokens`,
        secretKey,
        publishableKey: KEYS.publishable,
        webhookSecret: WEBHOOK_SECRET,
      },
      now,
    ),
  ),
);

describe('the adapter of Stripe', () => {
  it('is loaded only by a shop that uses it', () => {
    const loads = (provider: string) => {
      const keys = { publishableKey: 'pk', secretKey: 'sk', webhookSecret: 'whsec_a2V5' };
      const config = { provider, [provider]: { ...keys, url: 'http://127.0.0.1:9' } };
      const script = `
        import { createProvider } from ${JSON.stringify(import.meta.resolve('./create-provider.ts'))};
        import { registerHooks } from 'node:module';
        let loaded = false;
        registerHooks({
          load(url, context, next) {
            loaded ||= url.includes('/node_modules/stripe/');
            return next(url, context);
          },
        });
        await createProvider(${JSON.stringify(config)}, () => 0);
        console.log(loaded);`;
      const options = ['--input-type=module-typescript', '--eval', script];
      const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
      return stdout.trim() || stderr;
    };
    assert.equal(loads('sandbox'), 'false');
    assert.equal(loads('stripe'), 'true');
  });
});
