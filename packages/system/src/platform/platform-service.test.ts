import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHost } from '@portico/host';
import { createRuntime, type Runtime } from '@portico/runtime';
import { createLog } from '../log.ts';
import { readGauges } from '../runtime-gauges.ts';
import { Platform } from './platform-api.ts';
import { createPlatformService } from './platform-service.ts';

describe('the platform service', () => {
  it('asks itself whether the caller may do what the operator passes on', async () => {
    const runtime = await startRuntime();
    const abort = { service: 'orders', saga: 's1', reason: 'Enough' };
    const reader = clientOf(runtime, ['portico:read']);
    await assert.rejects(reader.abortSaga(abort), { code: 'forbidden' });
    assert.equal((await reader.getHealth({})).state, 'ready');
    await assert.rejects(clientOf(runtime, []).getHealth({}), { code: 'forbidden' });
    const operator = clientOf(runtime, ['portico:operate']);
    await assert.rejects(operator.abortSaga(abort), { code: 'not-found' });
    await runtime.drain();
  });

  it('checks what it is asked, whoever has checked it before', async () => {
    const runtime = await startRuntime();
    const operator = clientOf(runtime, ['portico:operate']);
    await assert.rejects(operator.abortSaga({ service: 'orders', saga: '', reason: 'Enough' }), {
      code: 'invalid',
    });
    await runtime.drain();
  });
});

async function startRuntime(): Promise<Runtime> {
  const { service } = createPlatformService(
    () => runtime,
    () => readGauges(runtime),
  );
  const runtime: Runtime = createRuntime({
    system: 'demo',
    host: createHost(),
    log: createLog({ level: 'silent' }),
    services: [{ service, store: undefined, config: undefined }],
  });
  await runtime.start();
  return runtime;
}

function clientOf(runtime: Runtime, permissions: readonly string[]) {
  const caller = { subject: 'consumer:erp', permissions: new Set(permissions), via: 'key' };
  return runtime.client(Platform, { caller, from: 'operator' });
}
