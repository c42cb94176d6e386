// How `npm test` reports: a line per file while it runs, every failure in full at the end, then the
// counts. Written for node:test's reporter interface (an async generator over its events).
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** What `test-limit.ts` says of a file that doesn't end; the run must name it. */
const OVER_LIMIT = /^over its limit of /m;

interface Failed {
  readonly name: string;
  readonly file: string;
  readonly error: unknown;
}

/** Turns the events of a test run into text. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  const failures: Failed[] = [];
  const skipped: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { data } = event;
      // A suite or file is a heading, not a test; but a file that cannot even load must count.
      const heading =
        data.details.type === 'suite' || (data.nesting === 0 && data.name === data.file);
      if (event.type === 'test:fail') {
        const error: Error & { failureType?: string } = event.data.details.error;
        const nested = error.failureType === 'subtestsFailed';
        if (!nested) failures.push({ name: data.name, file: data.file ?? '', error });
      } else if (data.skip !== undefined) {
        // A skipped suite stands for its tests: they are not even named.
        skipped.push(`${data.name}${data.skip === true ? '' : `: ${data.skip}`}`);
      } else if (!heading) passed += 1;
    } else if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      if (process.env.PORTICO_TEST_OUTPUT || OVER_LIMIT.test(event.data.message))
        yield event.data.message;
    } else if (event.type === 'test:summary' && event.data.file) {
      const { counts, duration_ms: durationMs } = event.data;
      const mark = event.data.success ? '✔' : '✘';
      const name = relative(process.cwd(), event.data.file);
      yield `${mark} ${name} (${counts.passed} passed, ${Math.round(durationMs)} ms)\n`;
    }
  }
  for (const failure of failures) yield describe(failure);
  for (const text of skipped) yield `skipped  ${text}\n`;
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  yield `${passed} passed, ${failures.length} failed${skips}\n`;
}

function describe({ name, file, error }: Failed): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return `\n✘ ${name}\n  ${relative(process.cwd(), file)}\n  ${detail.replaceAll('\n', '\n  ')}\n`;
}
