import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Caller } from '@portico/service';
import type { PresentedCredential } from '@portico/service/spi';
import { toNetwork } from '../http/address.ts';
import type { Head } from '../http/head.ts';
import { hasCredentials, readCredentials } from './credentials.ts';
import { hashKey } from './key-format.ts';
import type { KeyRecord, KeySource } from './key-source.ts';
import { intersect } from './permissions.ts';
import { refuseCredential } from './refusal.ts';
import type { Throttle } from './throttle.ts';
import type { TokenVerifier, VerifiedToken } from './token.ts';

/** Where a request comes from; computed only when a credential came along. */
export interface Client {
  clientAddress(): string;
}

/** Finds out who calls. */
export interface Authenticator {
  /**
   * The caller that a request's credentials name; the anonymous one without any. At once, without a
   * promise, where everything needed is at hand. A credential that came is always checked.
   *
   * @throws {Failure} `unauthenticated` with a reason; `OVERLOADED` for addresses that fail too often.
   */
  authenticate(
    head: Head,
    client: Client,
    presented?: PresentedCredential,
  ): Caller | Promise<Caller>;
}

/** What {@link createAuthenticator} puts together. */
export interface AuthenticatorOptions {
  /** What this system's keys begin with. */
  readonly keyPrefix: string;
  readonly keys: KeySource | undefined;
  readonly tokens: TokenVerifier;
  readonly throttle: Throttle;
  readonly clock: Clock;
}

/** The caller without credentials. */
export const ANONYMOUS: Caller = Object.freeze({
  permissions: new Set<string>(),
  via: 'anonymous',
});

/** Checks keys and tokens, each alone or both together. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { keyPrefix, throttle, tokens } = options;
  const keyCallers = createKeyCallers(options);
  const combine = createCombination();

  const check = (head: Head, presented: PresentedCredential | undefined) => {
    const { key, consumer, token } = readCredentials(head, presented, keyPrefix);
    const byKey = key === undefined ? undefined : keyCallers(key, consumer);
    const byToken = token === undefined ? undefined : tokens.verify(token);
    if (byKey instanceof Promise || byToken instanceof Promise) {
      return Promise.all([byKey, byToken]).then(([left, right]) => combine(left, right));
    }
    return combine(byKey, byToken);
  };
  return {
    authenticate(head, client, presented) {
      if (!hasCredentials(head, presented)) return ANONYMOUS;
      throttle.check(() => toNetwork(client.clientAddress()));
      const countFailure = (error: unknown): never => {
        if (error instanceof Failure && error.code === 'unauthenticated') {
          throttle.fail(toNetwork(client.clientAddress()));
        }
        throw error;
      };
      try {
        const caller = check(head, presented);
        return caller instanceof Promise ? caller.catch(countFailure) : caller;
      } catch (error) {
        return countFailure(error);
      }
    },
  };
}

type KeyCallers = (key: string, consumer: string | undefined) => Caller | Promise<Caller>;

/** Callers by key. The source decides how long it believes what it knows; only objects are kept here. */
function createKeyCallers({ keys, clock }: AuthenticatorOptions): KeyCallers {
  const callers = new WeakMap<KeyRecord, Caller>();
  const toCaller = (record: KeyRecord | undefined, consumer: string | undefined): Caller => {
    if (!record || (consumer !== undefined && consumer !== record.consumer)) {
      throw refuseCredential('credential-unknown');
    }
    checkStanding(record, clock.now());
    let caller = callers.get(record);
    if (!caller) {
      caller = createKeyCaller(record);
      callers.set(record, caller);
    }
    return caller;
  };
  return (key, consumer) => {
    const found = keys?.find(hashKey(key));
    return found instanceof Promise
      ? found.then((record) => toCaller(record, consumer))
      : toCaller(found, consumer);
  };
}

function checkStanding(record: KeyRecord, now: number): void {
  if (record.state === 'revoked') throw refuseCredential('key-revoked');
  if (record.state === 'disabled') throw refuseCredential('key-disabled');
  const expired = record.expiresAt !== undefined && record.expiresAt <= now;
  if (expired || record.state === 'expired') throw refuseCredential('key-expired');
}

/** A key alone acts as the consumer itself. */
function createKeyCaller(record: KeyRecord): Caller {
  return Object.freeze({
    subject: `consumer:${record.consumer}`,
    consumer: record.consumer,
    permissions: new Set(record.permissions),
    via: 'key',
    ...(record.tenant !== undefined && { tenant: record.tenant }),
    ...(record.expiresAt !== undefined && { expires: record.expiresAt }),
  });
}

/** Key and token together: the app acts for the user, with what both may. Made once per pair. */
function createCombination() {
  const pairs = new WeakMap<Caller, WeakMap<Caller, Caller>>();
  return (app: Caller | undefined, token: VerifiedToken | undefined): Caller => {
    if (!token) return app ?? ANONYMOUS;
    if (!app) return token.caller;
    if (token.clientId !== undefined && token.clientId !== app.consumer) {
      throw refuseCredential('credential-ambiguous');
    }
    let byApp = pairs.get(token.caller);
    if (!byApp) {
      byApp = new WeakMap();
      pairs.set(token.caller, byApp);
    }
    let caller = byApp.get(app);
    if (!caller) {
      caller = createPair(app, token.caller);
      byApp.set(app, caller);
    }
    return caller;
  };
}

function createPair(app: Caller, user: Caller): Caller {
  const expires = Math.min(app.expires ?? Number.POSITIVE_INFINITY, user.expires ?? 0);
  return Object.freeze({
    ...user,
    permissions: intersect(app.permissions, user.permissions),
    via: 'key+jwt',
    expires,
    ...(app.consumer !== undefined && { consumer: app.consumer }),
  });
}
