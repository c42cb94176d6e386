import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** The sandbox payment provider as a process of its own: it is a foreign program, not a part of the shop. */
export interface SandboxProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** How a sandbox is started. */
export interface SandboxOptions {
  readonly port: number;
  /** Below it lies the sandbox's ledger. */
  readonly directory: string;
  /** Where it sends its events. */
  readonly webhook: string;
}

/**
 * Starts the sandbox and waits until it listens.
 * @throws {Error} with its last words when it ends before that (its port is in use, say).
 */
export async function startSandboxProcess(options: SandboxOptions): Promise<SandboxProcess> {
  const { port, directory, webhook } = options;
  const child = fork(
    new URL('sandbox-psp/main.ts', import.meta.url),
    ['--port', String(port), '--data', join(directory, 'psp', 'ledger.db'), '--webhook', webhook],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  );
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = `${words}${text}`.slice(-2_000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('exit', (code) => {
      reject(
        new Error(`The sandbox payment provider ended with ${code}: ${reasonOf(words, port)}`),
      );
    });
  });
  return { url, stop: () => stop(child) };
}

function reasonOf(words: string, port: number): string {
  if (!words.includes('EADDRINUSE')) return words.trim();
  return `port ${port} is in use. Stop what listens there, or choose another with --sandbox-port.`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
}
