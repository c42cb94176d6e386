import { type Api, MARKS, type Type, toStandaloneSchema, type Violation } from '@portico/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Copier, createCopierCompiler } from './compile-copier.ts';
import { formats } from './formats.ts';
import { tagUnions } from './tag-unions.ts';
import { toViolations } from './violations.ts';

/** A type at a boundary: what crosses it is checked and copied, so that neither side sees the other's objects. */
export interface ValueType {
  /** A copy of `value`, or `REFUSED`. Unknown fields are refused; fields that are undefined are absent. */
  readonly copy: Copier;
  /** Why `value` is refused, at most 20 reasons. Slow, and only needed then. */
  explain(value: unknown): readonly Violation[];
}

/** Makes the {@link ValueType}s of one API. */
export interface ValueTypes {
  compile(type: Type): ValueType;
}

/**
 * Two judges of one verdict. The compiled copier accepts and copies in one pass; it is what every call
 * pays for. Ajv, whose validators are slow to compile, is asked only for the reasons of a refusal, and
 * compiles a type when the first of its values is refused. A property test holds them together.
 */
export function createValueTypes(api: Pick<Api, 'types'>): ValueTypes {
  const copiers = createCopierCompiler(api.types);
  let ajv: Ajv2020 | undefined;
  return {
    compile(type) {
      let validate: ValidateFunction | undefined;
      const compileValidator = () => {
        ajv ??= createAjv();
        return ajv.compile(tagUnions(toStandaloneSchema(type.schema, api, 'closed')));
      };
      return {
        copy: copiers.compile(type),
        explain(value) {
          validate ??= compileValidator();
          return explain(validate, value);
        },
      };
    },
  };
}

const NO_JSON: Violation = { pointer: '', detail: 'holds something that JSON has no form for.' };
const TOO_DEEP: Violation = { pointer: '', detail: 'is nested too deeply.' };

function explain(validate: ValidateFunction, value: unknown): readonly Violation[] {
  try {
    if (validate(value)) return [NO_JSON];
    return toViolations(validate.errors ?? []);
  } catch (thrown) {
    // A value that contains itself: the validator follows it until the stack ends.
    if (thrown instanceof RangeError) return [TOO_DEEP];
    throw thrown;
  }
}

/** Strict in everything but what our contracts mean: marks are known, unions of a type with null too. */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    discriminator: true,
    ownProperties: true,
    // A property may be required by a branch alone, and its type be said behind a reference.
    strictTypes: false,
    strictRequired: false,
    validateFormats: true,
    formats: { ...formats },
    logger: false,
  });
  ajv.addVocabulary(Object.values(MARKS));
  ajv.removeKeyword('contentEncoding');
  ajv.addKeyword({
    keyword: 'contentEncoding',
    type: 'string',
    validate: (_encoding: unknown, value: string) => formats.binary(value),
  });
  return ajv;
}
