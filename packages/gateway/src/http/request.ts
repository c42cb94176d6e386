/** Receives a body. Exactly one of `end` and `fail` is called, last. */
export interface BodySink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  /** The client went away before the end. */
  fail(): void;
}

/** A body that has not been read yet. Servers implement it; nothing flows before `start`. */
export interface BodySource {
  /** Starts the flow; called at most once. */
  start(sink: BodySink): void;
  /** The rest is not wanted: the sink gets nothing more, and the connection ends with the answer. */
  stop(): void;
}

/** One HTTP request as a server hands it to the core: nothing decoded, nothing joined, nothing dropped. */
export interface EdgeRequest {
  readonly method: string;
  /** The request target as it came (RFC 9112 §3.2). */
  readonly target: string;
  /** `1.0` or `1.1`. */
  readonly version: string;
  /** Names and values by turns, in the order of arrival, duplicates included. */
  readonly headers: readonly string[];
  readonly body: BodySource;
  /** The address at the other end of the connection. */
  readonly peer: string;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
}

/** What the server writes back. */
export interface EdgeResponse {
  readonly status: number;
  /** Names and values by turns; complete but for `date` and the connection's own. */
  readonly headers: string[];
  /** Absent for HEAD, 204 and 304. */
  readonly body: string | Uint8Array | undefined;
  /** The connection must not be used again. */
  readonly close: boolean;
}
