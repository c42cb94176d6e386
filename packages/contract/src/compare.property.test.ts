import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import type { Api } from './api.ts';
import type { Change, ChangeDirection } from './change.ts';
import { compare } from './compare.ts';
import { toContractJson } from './contract-json.ts';
import { parseContractJson } from './contract-parser.ts';
import { actOf } from './fixtures.ts';
import { DECIMAL_PATTERN } from './formats.ts';
import { apiVersions } from './schema-fixtures.ts';
import type { JsonSchema } from './shape.ts';
import { toStandaloneSchema } from './standalone-schema.ts';
import { valuesOf } from './value-fixtures.ts';

const FORMATS = { date: /^\d{4}-\d{2}-\d{2}$/, decimal: new RegExp(DECIMAL_PATTERN) };

function accepts(schema: JsonSchema): (value: unknown) => boolean {
  const validate = new Ajv2020({ strict: false, formats: FORMATS }).compile(schema);
  return (value) => validate(value) === true;
}

const breaks = (changes: readonly Change[], direction: ChangeDirection) =>
  changes.some((change) => change.direction === direction && change.severity === 'breaking');

/** Asserts that what is valid for the sender is valid for the receiver, by drawing such values. */
function assertAccepted(sender: JsonSchema, receiver: JsonSchema, seed: number): number {
  const [isValid, isReadable] = [accepts(sender), accepts(receiver)];
  const { $defs, ...root } = sender;
  const values = fc.sample(valuesOf(root, ($defs ?? {}) as Readonly<Record<string, JsonSchema>>), {
    numRuns: 50,
    seed,
  });
  const valid = values.filter(isValid);
  for (const value of valid) {
    assert.ok(isReadable(value), `${JSON.stringify(value)} is valid before and not after`);
  }
  return valid.length;
}

/** How often, of all pairs, one was called compatible and values were found to try it with. */
const found = { pairs: 0, tried: 0, broken: 0 };

function check(
  [before, after]: readonly [Api, Api],
  direction: 'request' | 'response',
  seed: number,
): void {
  found.pairs++;
  if (breaks(compare(before, after), direction)) {
    found.broken++;
    return;
  }
  const isRequest = direction === 'request';
  const schemaOf = (made: Api) => {
    const { input, output } = actOf(made);
    return (isRequest ? input : output)?.schema ?? {};
  };
  const [sender, receiver] = isRequest ? [before, after] : [after, before];
  const openness = isRequest ? 'closed' : 'open';
  const tried = assertAccepted(
    toStandaloneSchema(schemaOf(sender), sender, 'closed'),
    toStandaloneSchema(schemaOf(receiver), receiver, openness),
    seed,
  );
  if (tried > 0) found.tried++;
}

describe('whatever the types, "compatible" means', () => {
  for (const direction of ['request', 'response'] as const) {
    const sentence = {
      request: 'that every request that was valid is valid',
      response: 'that every answer is understood by a client of before, which ignores what is new',
    };
    test(sentence[direction], () => {
      Object.assign(found, { pairs: 0, tried: 0, broken: 0 });
      fc.assert(
        fc.property(apiVersions, fc.integer(), (versions, seed) =>
          check(versions, direction, seed),
        ),
        { numRuns: 200 },
      );
      // Without both kinds among them, the property would hold for a comparison that knows nothing.
      assert.ok(found.tried > found.pairs / 20, `only ${found.tried} of ${found.pairs} were tried`);
      assert.ok(found.broken > found.pairs / 20, `only ${found.broken} of ${found.pairs} broke`);
    });
  }

  test('nothing at all, where nothing has changed', () => {
    fc.assert(
      fc.property(apiVersions, ([before]) => assert.deepEqual(compare(before, before), [])),
      { numRuns: 100 },
    );
  });
});

describe('contract.json', () => {
  test('gives back the API it was made from, whatever its types', () => {
    fc.assert(
      fc.property(apiVersions, ([made]) => {
        const text = JSON.stringify(toContractJson(made));
        const read = parseContractJson(JSON.parse(text));
        assert.deepEqual(read, made);
        assert.equal(JSON.stringify(toContractJson(read)), text);
      }),
      { numRuns: 200 },
    );
  });
});
