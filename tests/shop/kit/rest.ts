import type { Operation } from '@portico/contract';
import type { Reply, Request, Transport } from './transport.ts';

/** Calls over HTTP and JSON. */
export function createRest(origin: string): Transport {
  return async (request) => {
    const { method } = request.operation.http;
    const { target, headers, body } = toMessage(request);
    const response = await fetch(`${origin}${target}`, { method, headers, ...body });
    return toReply(request.operation, response);
  };
}

function toMessage({ operation, input, headers: given }: Request) {
  const rest: Record<string, unknown> = { ...input };
  const headers: Record<string, string> = { ...given };
  const take = (field: string) => {
    const value = rest[field];
    delete rest[field];
    return value === undefined ? undefined : String(value);
  };
  const takeHeader = (field: string, header: string, write = (value: string) => value) => {
    const value = take(field);
    if (value !== undefined) headers[header] = write(value);
  };
  const path = operation.http.path.replace(/\{(\w+)\}/g, (_match, field: string) =>
    encodeURIComponent(take(field) ?? ''),
  );
  const target = `/${operation.api}/v1${path}`;
  const version = operation.input.shape.fields.find((field) => field.version);
  if (version) takeHeader(version.name, 'if-match', (value) => `"${value}"`);
  if (operation.raw) {
    const bytes = Buffer.from(take(operation.raw.body) ?? '', 'base64');
    for (const [field, header] of Object.entries(operation.raw.headers)) takeHeader(field, header);
    return { target, headers, body: { body: bytes } };
  }
  if (operation.http.method === 'GET' || operation.http.method === 'DELETE') {
    const query = Object.entries(rest).flatMap(([name, value]) =>
      [value].flat().map((item): [string, string] => [name, String(item)]),
    );
    const text = new URLSearchParams(query).toString();
    return { target: text === '' ? target : `${target}?${text}`, headers, body: {} };
  }
  if (operation.input.shape.fields.length === 0) return { target, headers, body: {} };
  headers['content-type'] = 'application/json';
  return { target, headers, body: { body: JSON.stringify(rest) } };
}

async function toReply(operation: Operation, response: Response): Promise<Reply> {
  const raw = await response.text();
  const { status } = response;
  if (response.ok)
    return { ok: true, status, raw, value: raw === '' ? undefined : JSON.parse(raw) };
  const problem = JSON.parse(raw) as {
    readonly code: string;
    readonly errors?: readonly { readonly pointer: string }[];
    readonly [member: string]: unknown;
  };
  const pointers = problem.errors?.map((error) => error.pointer) ?? [];
  const shape = operation.errors[problem.code]?.data?.shape;
  const names = shape?.kind === 'object' ? shape.fields.map((field) => field.name) : [];
  const data = Object.fromEntries(
    names.flatMap((name) => (name in problem ? [[name, problem[name]]] : [])),
  );
  return { ok: false, status, code: problem.code, data, pointers, raw };
}
