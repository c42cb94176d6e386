import { fork } from 'node:child_process';

/**
 * Starts the program again as the process that holds the service, which ends with this one.
 *
 * @returns the port that it sends once it listens.
 */
export function startService(program: string, parameters: readonly string[] = []): Promise<number> {
  // What it prints is not for whoever reads the gateway's port.
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const child = fork(new URL(program), ['service', ...parameters], { stdio: [...stdio] });
  process.on('exit', () => child.kill());
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('exit', (code) => reject(new Error(`the service's process ended with ${code}`)));
  });
}

/** In the service's process: tells that it listens, and ends when nobody needs it any more. */
export function serviceListens(port: number): void {
  process.send?.(port);
  process.once('disconnect', () => process.exit(0));
}
