// How the arms of call-remote load their server: so many callers, each awaiting one call after another.
import assert from 'node:assert/strict';

/** What is sent: `count` of the service `stock`. */
export interface CountInput {
  readonly sku: string;
  readonly quantity: number;
}

/** One call to the other process. */
export type RemoteCall = (input: CountInput) => Promise<unknown>;

/** What differs between the arms. */
export interface LoadOptions {
  /** Whether inputs out of bounds are refused. Default true. */
  readonly validates?: boolean;
  /** Whether a failure means that the server declined for its load: not counted, and tried again. */
  readonly isShed?: (thrown: unknown) => boolean;
}

const IN_FLIGHT = [1, 16, 64, 256];
const WARM_UP_MS = 1_000;
/** One call at a time makes few: until it is compiled, the slowest hundredth is that of the compiler. */
const FIRST_WARM_UP_MS = 4_000;
const MEASURE_MS = 1_000;
const SAMPLES_MAX = 200_000;

/**
 * Sees that the server does what it is measured for, loads it with 1, 16, 64 and 256 calls in flight, and
 * prints one line: calls per second each, the slowest hundredth at 1, and how many calls were made at all.
 */
export async function measureRemoteCalls(
  call: RemoteCall,
  { validates = true, isShed = () => false }: LoadOptions = {},
): Promise<void> {
  const answer = await call({ sku: 'HOSE-15', quantity: 11 });
  assert.deepEqual({ ...(answer as object) }, { sku: 'HOSE-15', available: 12, low: false });
  if (validates) await assert.rejects(call({ sku: 'HOSE-15', quantity: -1 }));
  const figures: Record<string, number> = {};
  let calls = 0;
  const load = createLoad(call, isShed);
  for (const inFlight of IN_FLIGHT) {
    calls += (await load(inFlight, inFlight === 1 ? FIRST_WARM_UP_MS : WARM_UP_MS)).calls;
    const measured = await load(inFlight, MEASURE_MS);
    calls += measured.calls;
    figures[`perSecond${inFlight}`] = measured.perSecond;
    if (inFlight === 1) figures.p99Us1 = measured.p99Us;
  }
  console.log(JSON.stringify({ ...figures, calls }));
}

interface Measured {
  readonly calls: number;
  readonly perSecond: number;
  readonly p99Us: number;
}

function createLoad(call: RemoteCall, isShed: (thrown: unknown) => boolean) {
  return async (inFlight: number, forMs: number): Promise<Measured> => {
    const samples = new Float64Array(SAMPLES_MAX);
    const startedAt = performance.now();
    let calls = 0;
    const caller = async () => {
      let before = performance.now();
      while (before - startedAt < forMs) {
        try {
          await call({ sku: 'HOSE-15', quantity: calls & 1023 });
          samples[calls++ % SAMPLES_MAX] = performance.now() - before;
        } catch (thrown) {
          if (!isShed(thrown)) throw thrown;
          await new Promise((resolve) => setImmediate(resolve));
        }
        before = performance.now();
      }
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    const perSecond = (calls / (performance.now() - startedAt)) * 1_000;
    const sorted = samples.subarray(0, Math.min(calls, SAMPLES_MAX)).toSorted();
    return { calls, perSecond, p99Us: (sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 1_000 };
  };
}
