import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import { system } from './system.ts';

const createApi = (name: string, version: string) =>
  api(name, {
    version,
    summary: 'For tests.',
    operations: {
      ping: operation({
        summary: 'Pings.',
        effect: 'unsafe',
        exposure: 'public',
        access: 'ping:send',
      }),
    },
  });
const operations = { async ping() {} };
const gateway = { issuers: [], roles: {} };

describe('a system', () => {
  it('is what its services are, together', () => {
    const Alpha = createApi('alpha', '1.0.0');
    const alpha = service(Alpha)({ operations });
    const composed = system({
      name: 'demo',
      services: [alpha],
      gateway: { issuers: [], roles: { all: ['ping:*'] } },
    });
    assert.deepEqual(composed.apis, [Alpha]);
  });

  it('refuses services that do not fit, all mistakes together', () => {
    const Alpha = createApi('alpha', '1.0.0');
    const NextAlpha = createApi('alpha', '1.1.0');
    const Missing = createApi('missing', '1.0.0');
    const alpha = service(Alpha)({ operations });
    const beta = service(createApi('beta', '1.0.0'))({ uses: { NextAlpha, Missing }, operations });
    assert.throws(
      () =>
        system({
          name: 'Demo System',
          services: [alpha, beta, alpha],
          gateway: { issuers: [], roles: { clerk: ['nothing:read'] } },
          config: { gamma: {} },
        }),
      (problem: Error) => {
        for (const part of [
          'not kebab-case',
          '"alpha" is listed twice',
          'uses alpha 1.1.0, but 1.0.0 is provided',
          'API "missing", which no service provides',
          '"gamma", which is no service',
          'role "clerk" grants "nothing:read"',
        ]) {
          assert.ok(problem.message.includes(part), `${part} not in ${problem.message}`);
        }
        return true;
      },
    );
  });

  it('accepts a provider with a newer minor version', () => {
    const alpha = service(createApi('alpha', '1.3.0'))({ operations });
    const beta = service(createApi('beta', '1.0.0'))({
      uses: { Alpha: createApi('alpha', '1.1.0') },
      operations,
    });
    assert.equal(system({ name: 'demo', services: [alpha, beta], gateway }).kind, 'system');
  });
});
