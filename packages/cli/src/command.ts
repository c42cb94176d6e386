/** One command of `portico`. */
export interface Command {
  /** What follows its name, for the help. */
  readonly usage: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /**
   * Runs it.
   * @param parameters - What stands behind the command's name.
   * @returns the exit code: 0 done, 1 found something wrong, 2 used wrongly.
   */
  run(parameters: readonly string[]): Promise<number>;
}

/** A mistake in how a command was used; its message is shown with the usage. */
export class UsageError extends Error {}
