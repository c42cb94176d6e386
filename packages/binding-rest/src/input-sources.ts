import type { Field, Operation } from '@portico/contract';

/** An input field that a header carries. */
export interface HeaderField {
  readonly field: Field;
  /** Lower case. */
  readonly header: string;
}

/** Where each input field of an operation stands in its request. One place for codec and document. */
export interface InputSources {
  readonly path: readonly Field[];
  readonly query: readonly Field[];
  /** Members of the JSON body. */
  readonly body: readonly Field[];
  /** Named headers of a `raw` operation. */
  readonly headers: readonly HeaderField[];
  /** The field that gets the body of a `raw` operation as bytes. */
  readonly raw: Field | undefined;
  /** The field that stands in `If-Match`. */
  readonly version: Field | undefined;
}

/** Methods whose other fields stand in the query: their requests have no content (RFC 9110 §9.3). */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set(['GET', 'DELETE']);

/**
 * Sorts the input fields of an operation: by name into the path, by mark into `If-Match`, for `raw`
 * operations into the bytes and the named headers; the rest into the query or the JSON body.
 */
export function sortInputFields(operation: Operation): InputSources {
  const { http, raw } = operation;
  const path: Field[] = [];
  const rest: Field[] = [];
  const headers: HeaderField[] = [];
  let rawField: Field | undefined;
  let version: Field | undefined;
  for (const field of operation.input.shape.fields) {
    const header = raw && Object.hasOwn(raw.headers, field.name) && raw.headers[field.name];
    if (http.parameters.includes(field.name)) path.push(field);
    else if (raw?.body === field.name) rawField = field;
    else if (header) headers.push({ field, header: header.toLowerCase() });
    else if (field.version) version = field;
    else rest.push(field);
  }
  const inQuery = WITHOUT_CONTENT.has(http.method);
  const inBody = !inQuery && raw === undefined;
  const query = inQuery ? rest : [];
  return { path, query, body: inBody ? rest : [], headers, raw: rawField, version };
}

/** Whether requests of the operation have a JSON body, be it an empty one. */
export function hasJsonBody(operation: Operation): boolean {
  return operation.raw === undefined && !WITHOUT_CONTENT.has(operation.http.method);
}
