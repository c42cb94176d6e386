import type { Operation } from '@portico/contract';
import { Conformance } from './contract.ts';
import type { Credentials } from './credentials.ts';
import type { Answer, CallSettings, Driver } from './driver.ts';

/** Calls over HTTP and JSON, as a client that knows nothing but the contract would. */
export function createRestDriver(origin: string, credentials: Credentials): Driver {
  return {
    name: 'REST',
    async call(name, input, settings = {}) {
      const operation = (Conformance.operations as Record<string, Operation>)[name];
      if (!operation) throw new Error(`no operation ${name}`);
      const request = toRequest(operation, input as Record<string, unknown>, settings);
      const response = await fetch(`${origin}/conformance/v1${request.target}`, {
        method: operation.http.method,
        headers: { ...request.headers, ...credentials.headers(settings.as ?? 'nobody') },
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(settings.signal ? { signal: settings.signal } : {}),
      });
      return toAnswer(operation, response);
    },
    close: async () => {},
  };
}

function toRequest(operation: Operation, input: Record<string, unknown>, settings: CallSettings) {
  const rest = { ...input };
  const headers: Record<string, string> = {};
  if (settings.key) headers['idempotency-key'] = `"${settings.key}"`;
  const take = (field: string) => {
    const taken = rest[field];
    delete rest[field];
    return String(taken);
  };
  const path = operation.http.path.replace(/\{(\w+)\}/g, (_match, field: string) =>
    encodeURIComponent(take(field)),
  );
  const version = operation.input.shape.fields.find((field) => field.version);
  if (version && version.name in rest) headers['if-match'] = `"${take(version.name)}"`;
  if (operation.http.method === 'GET' || operation.http.method === 'DELETE') {
    const query = new URLSearchParams();
    for (const [field, value] of Object.entries(rest)) query.append(field, String(value));
    return { target: query.size > 0 ? `${path}?${query}` : path, headers, body: undefined };
  }
  headers['content-type'] = 'application/json';
  return { target: path, headers, body: JSON.stringify(rest) };
}

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string }[];
  readonly [member: string]: unknown;
}

async function toAnswer(operation: Operation, response: Response): Promise<Answer> {
  const raw = await response.text();
  if (response.ok) return { kind: 'value', value: raw === '' ? undefined : JSON.parse(raw) };
  const problem = JSON.parse(raw) as Problem;
  const declared = operation.errors[problem.code];
  const data = declared?.data ? pick(problem, declared.data.shape) : undefined;
  const pointers = problem.errors?.map((error) => error.pointer);
  return { kind: 'failure', code: problem.code, data, raw, ...(pointers ? { pointers } : {}) };
}

/** The members of a problem that are the declared error's data. */
function pick(problem: Problem, shape: { readonly kind: string }): unknown {
  const fields = 'fields' in shape ? (shape.fields as readonly { readonly name: string }[]) : [];
  return Object.fromEntries(fields.map(({ name }) => [name, problem[name]]));
}
