import { createHost, type Host } from '@portico/host';
import { createLog } from '@portico/system';
import { openSupervision, type SupervisionTool } from '@portico/system/processes';
import { UsageError } from './command.ts';

/** Where `portico start` puts everything unless it is told otherwise. */
export const DIRECTORY = '.portico';

/** What a command works with on a system in several processes. */
export interface Supervised {
  readonly supervision: SupervisionTool['supervision'];
  readonly host: Host;
  readonly directory: string;
}

/** Does something with the supervisor of the installation in a directory, and lets go of it. */
export async function withSupervision(
  directory: string,
  act: (supervised: Supervised) => Promise<number>,
): Promise<number> {
  const host = createHost();
  const log = createLog({ level: 'silent' });
  const tool = await openSupervision({ directory, host, log });
  try {
    return await act({ supervision: tool.supervision, host, directory });
  } finally {
    tool.close();
  }
}

/** `2` or `1..4`. @throws {UsageError} for anything else. */
export function parseRange(text: string): { readonly min: number; readonly max: number } {
  const found = /^([1-9]\d{0,3})(?:\.\.([1-9]\d{0,3}))?$/.exec(text);
  if (!found) throw new UsageError(`"${text}" is no number of replicas, such as 2 or 1..4`);
  const min = Number(found[1]);
  return { min, max: Number(found[2] ?? min) };
}
