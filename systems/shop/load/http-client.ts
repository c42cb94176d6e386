/** What came of a request. */
export interface Reply {
  /** The status; 0 when no answer came. */
  readonly status: number;
  /** `OutOfStock`, `overloaded`; how the connection ended when no answer came. Absent for success. */
  readonly code?: string;
  /** The body as JSON; for SOAP as text. */
  readonly body: unknown;
}

/** What is asked. */
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, form or XML; an object is sent as JSON. */
  readonly body?: unknown;
  /** Gives up: the client's cut connection. */
  readonly signal?: AbortSignal;
}

/** Longer than any operation may take. */
const TIMEOUT_MS = 20_000;
/** Only the machine that one sits at may be put under load. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** `url` as an origin. @throws {Error} when it is another machine's. */
export function toLoopbackOrigin(url: string): string {
  const { hostname, origin } = new URL(url);
  if (!LOOPBACK.test(hostname)) {
    throw new Error(
      `${url} is not this machine. Load and faults are for a shop on 127.0.0.1 only.`,
    );
  }
  return origin;
}

/** Sends one request; whatever happens is a reply. Connections are kept by Node's own client. */
export async function send({ method = 'GET', url, headers, body, signal }: Ask): Promise<Reply> {
  const isText = typeof body === 'string';
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  try {
    const reply = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      signal: AbortSignal.any(signals),
    });
    const text = await reply.text();
    return reply.status < 400
      ? { status: reply.status, body: parse(text) }
      : { status: reply.status, body: parse(text), code: codeOf(text, reply.status) };
  } catch (problem) {
    return { status: 0, body: undefined, code: connectionCode(problem) };
  }
}

function parse(text: string): unknown {
  if (text === '' || text.startsWith('<')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The `code` of a problem or of a SOAP fault. */
function codeOf(text: string, status: number): string {
  const found =
    /"code"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? /<(?:\w+:)?code>([^<]+)</.exec(text)?.[1];
  return found ?? `status ${status}`;
}

function connectionCode(problem: unknown): string {
  const { name, cause } = problem as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'no answer in time';
  if (name === 'AbortError') return 'cut off by the client';
  return cause?.code ?? cause?.message ?? name;
}
