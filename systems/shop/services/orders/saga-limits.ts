/** Calls inside the shop answer in milliseconds. */
export const CALL_TIMEOUT_MS = 2_000;
/** What a payment provider may take for one attempt. */
export const PROVIDER_TIMEOUT_MS = 10_000;
/** An order that nothing has come of for so long is an operator's business. */
export const STUCK_AFTER_MS = 10 * 60_000;
