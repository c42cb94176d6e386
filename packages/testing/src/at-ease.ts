/**
 * Policies of a runtime that sheds nothing because its process is busy: in a test it shares the process
 * with its clients and its starts, and the machine with other tests. Whoever tests overload says so.
 */
export const AT_EASE = {
  limit: { start: 512 },
  guard: { loopUtilisationMax: 1, loopDelayP99MaxMs: Number.POSITIVE_INFINITY, heapShareMax: 1 },
};
