// How the arms of call-local and scale measure: a warm-up, then calls one after another for a second.
const WARM_UP_CALLS = 200_000;
/** What is generated for an operation is compiled once it was called so often. */
const WARM_UP_CALLS_EACH = 5_000;
const SLICE_CALLS = 10_000;
const MEASURE_MS = 1_000;

/** Awaits `call`, of so many operations in turn, over and over and prints `{"callsPerSecond":…}`. */
export async function measureCalls(
  call: (index: number) => Promise<unknown>,
  operations = 1,
): Promise<void> {
  const warmUpCalls = Math.max(WARM_UP_CALLS, operations * WARM_UP_CALLS_EACH);
  for (let index = 0; index < warmUpCalls; index++) await call(index);
  const startedAt = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < MEASURE_MS) {
    for (let index = 0; index < SLICE_CALLS; index++) await call(index);
    calls += SLICE_CALLS;
    elapsedMs = performance.now() - startedAt;
  }
  console.log(JSON.stringify({ callsPerSecond: (calls / elapsedMs) * 1_000 }));
}
