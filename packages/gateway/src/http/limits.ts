/** What one HTTP listener allows. Sizes in bytes, times in ms. */
export interface HttpLimits {
  readonly targetBytes: number;
  readonly queryParameters: number;
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly bodyBytes: number;
  /** How many times larger than its compressed form an inflated body may be. */
  readonly inflateRatio: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  /** A body slower than `bodyRate` bytes per second after `bodyGraceMs` is given up. */
  readonly bodyGraceMs: number;
  readonly bodyRate: number;
  /** How often the server looks for requests that ran out of time. */
  readonly checkEveryMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectionAgeMs: number;
  /** How long, and how many bytes, an unwanted body may still flow after its answer. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
  /** How long a draining listener still serves what arrives. */
  readonly drainServeMs: number;
  /** How long a draining listener waits for requests in flight. */
  readonly drainWorkMs: number;
}

const KIB = 1024;

/** The defaults. A gateway may be given others; a request cannot change them. */
export const HTTP_LIMITS: HttpLimits = {
  // What proxies and browsers in front of us allow, too (RFC 9110 §4.1 asks for at least 8,000).
  targetBytes: 8 * KIB,
  queryParameters: 100,
  headerBytes: 16 * KIB,
  headerFields: 100,
  bodyBytes: 1024 * KIB,
  // Real XML and JSON stay below 30:1; bombs reach 1,000:1.
  inflateRatio: 100,
  headersMs: 10_000,
  bodyMs: 30_000,
  bodyGraceMs: 5_000,
  bodyRate: KIB,
  // Node's default of 30 s would let every time limit act 30 s late.
  checkEveryMs: 1_000,
  // Longer than the 60 s of usual load balancers, so that they close first.
  keepAliveMs: 65_000,
  connections: 10_000,
  connectionsPerAddress: 256,
  // Spreads clients anew over replicas that were added since they connected.
  connectionAgeMs: 600_000,
  // Closing at once would reset the connection before the client has read why.
  lingerMs: 1_000,
  lingerBytes: 256 * KIB,
  drainServeMs: 500,
  drainWorkMs: 30_000,
};
