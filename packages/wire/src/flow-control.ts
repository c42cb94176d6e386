/** Calls that may be unanswered on one connection, `waits` apart, until the callee says otherwise. */
export const IN_FLIGHT_MAX = 256;
/** Calls of `waits` operations that one connection may hold: the limit of a replica (runtime). */
export const WAITING_MAX = 10_000;
/** Requests that a caller may have unsent; then the other side does not read, and another is better. */
export const UNSENT_REQUESTS_MAX_BYTES = 1 << 20;
/** Answers that a callee may have unsent before it stops reading what asks for more. */
export const UNSENT_ANSWERS_MAX_BYTES = 4 << 20;
/** Where it reads again. */
export const UNSENT_ANSWERS_RESUME_BYTES = 1 << 20;

/** The longest frame, unless a side says otherwise in the handshake; the smaller wish counts. */
export const FRAME_MAX_BYTES = 4 << 20;
/** Nobody may ask for shorter frames: an ordinary answer has to fit … */
export const FRAME_MAX_LEAST_BYTES = 64 << 10;
/** … nor for longer ones, which would have to be held in memory. */
export const FRAME_MAX_MOST_BYTES = 64 << 20;
/** Before the handshake is done nobody is believed, and this holds an operation table of 3,000 operations. */
export const HANDSHAKE_FRAME_MAX_BYTES = 256 << 10;
/** From the connection to the last proof. */
export const HANDSHAKE_LIMIT_MS = 2_000;
