/** Who a call is made for. A frozen object that only gateways and runtimes make. */
export interface Caller {
  /** `user:…`, `consumer:…` or `service:…`; absent for the anonymous. */
  readonly subject?: string;
  /** The external app whose credential came along. */
  readonly consumer?: string;
  readonly tenant?: string;
  readonly permissions: ReadonlySet<string>;
  /** The service that acts for an absent subject. */
  readonly actor?: string;
  /** How the caller proved itself: `anonymous`, `jwt`, `key`, `key+jwt`, `service`. */
  readonly via: string;
  /** The signed-in session behind a user's token (its claim `sid`), for ending just that one. */
  readonly session?: string;
  /** Unix time in ms after which this caller may no longer be believed. */
  readonly expires?: number;
}
