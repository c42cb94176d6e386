import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, event, operation } from '@portico/contract';
import * as z from 'zod';
import { service } from './service.ts';

const Stock = api('stock', {
  version: '1.0.0',
  summary: 'What is there.',
  operations: {
    read: operation({ summary: 'Reads.', effect: 'safe' }),
    hold: operation({ summary: 'Holds.', effect: 'keyed' }),
  },
  events: { Gone: event({ summary: 'Gone.', key: 'sku', payload: z.object({ sku: z.string() }) }) },
});
const Other = api('other', {
  version: '1.0.0',
  summary: 'Another.',
  operations: { look: operation({ summary: 'Looks.', effect: 'safe' }) },
});

describe('a service', () => {
  it('carries its name, its API and its spec', () => {
    const spec = { operations: { look: () => undefined } };
    const other = service(Other)(spec);
    assert.equal(other.name, 'other');
    assert.equal(other.api, Other);
    assert.equal(other.spec as unknown, spec);
  });

  it('is refused with all of its mistakes together', () => {
    const spec = {
      uses: { self: Stock },
      hears: { other: Stock },
      operations: { read: () => undefined, constructor: () => undefined },
      on: { other: { Missing: async () => {} }, unknown: {} },
      every: { often: async () => {}, '1s': 'not a function' },
    };
    const text = (() => {
      try {
        service(Stock)(spec as never);
        return '';
      } catch (problem) {
        return String(problem);
      }
    })();
    const mistakes = text
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
    assert.deepEqual(mistakes, [
      '- operations.hold: the contract has this operation, write its handler.',
      '- operations.constructor: the contract "stock" has no such operation.',
      '- operations.hold: is keyed, so the service needs a store for its outcomes.',
      '- uses.self: a service calls its own functions, not its own operations.',
      '- on.other.Missing: the contract "stock" has no such event.',
      '- on.unknown: name the API in "hears" first.',
      '- on: hears events, so the service needs a store to note what it has heard.',
      `- every['often']: "often" is not a period: write a whole number and ms, s, m or h, like '30s'.`,
      `- every['1s']: is not a function.`,
    ]);
  });
});
