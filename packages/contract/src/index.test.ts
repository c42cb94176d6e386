import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as contract from './index.ts';

test('exports these values and no others', () => {
  assert.deepEqual(Object.keys(contract).sort(), [
    'CONTRACT_FORMAT',
    'DEFAULT_TIMEOUT_MS',
    'DefinitionError',
    'Failure',
    'INPUT_BOUNDS',
    'MARKS',
    'PAGE_LIMIT_MAX',
    'TIMEOUT_MS_MAX',
    'access',
    'api',
    'closed',
    'compare',
    'decimal',
    'error',
    'event',
    'findVersionProblem',
    'id',
    'isCompatible',
    'isPage',
    'isScalar',
    'opened',
    'operation',
    'parseContractJson',
    'queryFields',
    'resolveShape',
    'sensitive',
    'toContractJson',
    'toStandaloneSchema',
    'version',
  ]);
});
