import type { AnyErrorDefinition, Api, Failure, Operation } from '@portico/contract';
import type { Caller, Client } from '@portico/service';
import type { Calls } from './calls.ts';

/** Where a shop is, and what the seed proves itself with. */
export interface RestCallsOptions {
  /** `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The key of a consumer with the permissions of staff. */
  readonly key: string;
}

/** What the seed knows of an account that it made: enough to sign in as its customer. */
interface Account {
  readonly email: string;
  readonly password: string;
  token?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Longer than any operation of the shop may take. */
const TIMEOUT_MS = 20_000;

/**
 * Calls operations of a running shop over REST, as their contracts say: what the seed does inside of a shop
 * that starts, it does from outside of one that runs. Customers are signed in with the password that they
 * were registered with; everybody else is the seed's own consumer.
 */
export function createRestCalls({ origin, key }: RestCallsOptions): Calls {
  const accounts = new Map<string, Account>();

  const signIn = async (account: Account): Promise<string> => {
    const { email, password } = account;
    const reply = await request(`${origin}/identity/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    return ((await reply.json()) as { accessToken: string }).accessToken;
  };
  const credentials = async ({ subject = '' }: Caller): Promise<Record<string, string>> => {
    const account = accounts.get(subject);
    if (!account) return { 'x-api-key': key };
    account.token ??= await signIn(account);
    return { authorization: `Bearer ${account.token}` };
  };
  const call = async (
    api: Api,
    operation: Operation,
    { input, caller, onceKey }: { input: Fields; caller: Caller; onceKey: string | undefined },
  ): Promise<unknown> => {
    const headers = await credentials(caller);
    if (onceKey) headers['idempotency-key'] = onceKey;
    const reply = await request(
      ...toRequest(`${origin}/${api.name}/v${api.major}`, operation, {
        input,
        headers,
      }),
    );
    const text = await reply.text();
    const value = text === '' ? undefined : JSON.parse(text);
    if (!reply.ok) throw toError(operation, reply.status, value);
    if (operation.id === 'identity.register') {
      accounts.set(`user:${value.accountId}`, input as unknown as Account);
    }
    return value;
  };
  return {
    client<A extends Api>(api: A, { caller }: { readonly caller: Caller }): Client<A> {
      const methods = Object.values<Operation>(api.operations).map((operation) => [
        operation.name,
        (input: Fields = {}, options: { readonly key?: string } = {}) =>
          call(api, operation, { input, caller, onceKey: options.key }),
      ]);
      // The contract types the client; at run time its operations are all that there is.
      return Object.fromEntries(methods) as Client<A>;
    },
  };
}

/** An operation's REST form: path, query, body, and the version as `If-Match`. */
function toRequest(
  base: string,
  { http, input: { shape } }: Operation,
  { input, headers }: { readonly input: Fields; readonly headers: Record<string, string> },
): [url: string, init: RequestInit] {
  const rest = { ...input };
  const path = http.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest[name]));
    delete rest[name];
    return value;
  });
  const versioned = shape.fields.some(({ name }) => name === 'version');
  if (versioned && rest.version !== undefined) {
    headers['if-match'] = `"${rest.version}"`;
    delete rest.version;
  }
  if (http.method !== 'GET' && http.method !== 'DELETE') {
    headers['content-type'] = 'application/json';
    return [base + path, { method: http.method, headers, body: JSON.stringify(rest) }];
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) {
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  return [`${base}${path}${query.size > 0 ? `?${query}` : ''}`, { method: http.method, headers }];
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (problem) {
    const { cause, message } = problem as Error & { cause?: Error };
    throw new Error(`${url} does not answer: ${cause?.message ?? message}. Is the shop running?`);
  }
}

/** The declared error that a problem names, so that the seed recognises it; else its sentence. */
function toError(operation: Operation, status: number, value: unknown): Error {
  const { code = '', detail = '' } = (value ?? {}) as { code?: string; detail?: string };
  const declared = Object.hasOwn(operation.errors, code) ? operation.errors[code] : undefined;
  const definition = declared?.definition as
    | (AnyErrorDefinition & ((data: unknown, detail: string) => Failure))
    | undefined;
  if (definition) return definition(value, detail);
  return new Error(`${operation.id} was answered with ${status} ${code}: ${detail}`);
}
