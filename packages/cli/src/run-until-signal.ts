import type { RunningSystem } from '@portico/system';
import type { SupervisedSystem } from '@portico/system/processes';

/** What is run: it can be logged about, and it ends what it has accepted; it may end without being told to. */
type Running = Pick<RunningSystem, 'log' | 'stop'> & Partial<Pick<SupervisedSystem, 'ended'>>;

/** Ctrl-C, an init system, and a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As shells say it: 128 and the number of the signal. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Starts something and runs it until a signal, then drains it; a second signal ends the process at once.
 * One that comes while it starts is obeyed as soon as it has. Whatever else ends the process is told, on
 * standard error and in the log: one that is gone without a word can't be mended.
 *
 * @param cutOff - Ends at once what runs in other processes.
 * @throws {Error} when what is run ends otherwise than in order.
 */
export async function runUntilSignal<R extends Running>(
  name: string,
  start: () => Promise<R>,
  cutOff: () => void = () => {},
): Promise<void> {
  let phase: 'starting' | 'running' | 'draining' | 'ended' = 'starting';
  let running: Running | undefined;
  const tell = (text: string) => {
    running?.log.warn({}, text);
    console.error(`${name}: ${text}`);
  };
  watchEnd((code) => {
    if (phase !== 'ended') tell(`ends with code ${code} while ${phase}, without being told to`);
  });
  // Node prints these itself; the log is where they are looked for later.
  process.on('uncaughtExceptionMonitor', (problem, origin) => {
    running?.log.error({ err: problem, origin }, 'The process ends: nobody has caught this.');
  });
  const signalled = new Promise<void>((resolve) => {
    let isAsked = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (isAsked) {
          tell(`ended at once by ${signal}; what was under way is cut off`);
          phase = 'ended';
          cutOff();
          process.exit(CODES[signal]);
        }
        isAsked = true;
        tell(`draining after ${signal}; another one ends it at once`);
        resolve();
      });
    }
  });
  try {
    running = await start();
    phase = 'running';
    const end = await (running.ended ? Promise.race([signalled, running.ended]) : signalled);
    phase = 'draining';
    if (!end) await running.stop();
    else if (end.inOrder) tell('was stopped by another command');
    else
      throw new Error(
        `${name}: its keeper has died. Start it again: that ends what is left of it.`,
      );
  } finally {
    // What is thrown here is told by whoever runs the command.
    phase = 'ended';
  }
}

function watchEnd(onEnd: (code: number) => void): void {
  // Who reads our output may go before us: that alone is no reason to end.
  process.stderr.on('error', () => {});
  // Before the log's own listener, which writes what the log has.
  process.prependListener('exit', onEnd);
}
