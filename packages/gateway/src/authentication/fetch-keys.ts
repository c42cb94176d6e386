import type { Host } from '@portico/host';
import { Cancellation } from '@portico/service';
import type { Dispatcher } from '@portico/service/spi';
import { isLoopback } from '../http/address.ts';
import { toTrace } from '../http/trace.ts';
import type { IssuerKeys } from './issuer.ts';
import type { FetchKeys } from './issuer-keys.ts';

/** What it takes to ask for keys. */
export interface FetchKeysOptions {
  readonly host: Host;
  readonly dispatcher: Dispatcher;
}

/** An issuer that needs longer is as good as silent. */
const TIMEOUT_MS = 10_000;
/** A JWK Set of 100 RSA keys. */
const SIZE_MAX_BYTES = 64 * 1024;

/**
 * How the keys of an issuer are asked for: through the dispatcher like any call, or over HTTPS.
 *
 * @throws {Error} for a URL that is neither `https:` nor on this machine.
 */
export function createFetchKeys(keys: IssuerKeys, options: FetchKeysOptions): FetchKeys {
  if (keys.kind === 'url') return fromUrl(keys.url, options.host);
  return () => fromOperation(keys.operation, options);
}

type KeysOperation = Extract<IssuerKeys, { kind: 'operation' }>['operation'];

function fromOperation(operation: KeysOperation, { host, dispatcher }: FetchKeysOptions) {
  return dispatcher.dispatch(
    operation,
    {},
    {
      caller: Object.freeze({
        subject: 'service:gateway',
        permissions: new Set<string>(),
        via: 'service',
      }),
      from: undefined,
      deadline: host.clock.monotonic() + TIMEOUT_MS,
      cancellation: new Cancellation(),
      key: undefined,
      criticality: 'critical',
      trace: toTrace(undefined, host.ids.uuid()),
      attempt: 1,
    },
  );
}

function fromUrl(text: string, host: Host): FetchKeys {
  const url = new URL(text);
  const local = url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url.protocol !== 'https:' && !local) {
    throw new Error(`Cannot take keys from "${text}": only https, or http on this machine.`);
  }
  return async () => {
    const abort = new AbortController();
    const timer = host.timers.after(TIMEOUT_MS, () => abort.abort(), { background: true });
    try {
      const headers = { accept: 'application/jwk-set+json, application/json' };
      const response = await fetch(url, { headers, redirect: 'error', signal: abort.signal });
      if (!response.ok) throw new Error(`${text} answered ${response.status}`);
      return JSON.parse(await readBounded(response, text));
    } finally {
      timer.cancel();
    }
  };
}

async function readBounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > SIZE_MAX_BYTES) throw new Error(`${url} answered more than ${SIZE_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
