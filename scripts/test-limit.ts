// Loaded into every test file by `npm test`: a file that never ends says what it holds open, instead of
// hanging the whole run. The runner's own time limit ends tests, but not a file whose tests are over.
import { getActiveResourcesInfo } from 'node:process';

const LIMIT_MS = 300_000;
/** At full size a single test may take a quarter of an hour. */
const FULL_SIZE_LIMIT_MS = 3_600_000;

const limitMs = process.env.PORTICO_FAULTS === 'all' ? FULL_SIZE_LIMIT_MS : LIMIT_MS;
// Unreferenced: it keeps no file alive, and only fires where something else does.
setTimeout(() => {
  const open = getActiveResourcesInfo().join(', ');
  process.stderr.write(`over its limit of ${limitMs / 1000} s, with these open: ${open}\n`, () =>
    process.exit(1),
  );
}, limitMs).unref();
