import type { ObjectShape } from '@portico/contract';
import { createWriterCompiler, type WriteElement } from './encode-output.ts';
import { createReaderCompiler, type ObjectReader } from './input-reader.ts';
import type { SoapApi, SoapError, SoapOperation } from './soap-api.ts';

/** The compiled forms of one operation. Each is compiled when it is first asked for. */
export interface OperationCodec {
  readonly names: SoapOperation;
  /** How the request's wrapper is read. */
  readonly reader: () => ObjectReader;
  /** Writes the response's wrapper. */
  readonly writeResponse: () => WriteElement;
  /** Writes the data of a declared error; `undefined` for a name that the operation doesn't declare. */
  writeError(name: string, data: unknown): string | undefined;
}

/** The codecs of an API by the local name of the body's element. */
export type Codecs = ReadonlyMap<string, OperationCodec>;

/** Prepares the codecs of an API. Compiling waits for the first call of each operation. */
export function createCodecs(api: SoapApi): Codecs {
  const compileReader = createReaderCompiler(api);
  const codecs = api.operations.map((names): OperationCodec => {
    const { operation, element, errors } = names;
    const writers = new Map<string, () => WriteElement>();
    for (const error of errors) {
      writers.set(
        error.error.name,
        once(() => compileError(api, error)),
      );
    }
    return {
      names,
      reader: once(() => compileReader(operation.input.shape.fields)),
      writeResponse: once(() => {
        const fields = operation.output?.shape.fields ?? [];
        return createWriterCompiler(api).element(`${element}Response`, fields);
      }),
      writeError: (name, data) => writers.get(name)?.()(data),
    };
  });
  return new Map(codecs.map((codec) => [codec.names.element, codec]));
}

function compileError(api: SoapApi, { error, element }: SoapError): WriteElement {
  const shape = error.data?.shape ?? EMPTY;
  const compiler = createWriterCompiler(api);
  return shape.kind === 'object'
    ? compiler.element(element, shape.fields)
    : compiler.valueElement(element, shape);
}

const EMPTY: ObjectShape = { kind: 'object', fields: [] };

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
