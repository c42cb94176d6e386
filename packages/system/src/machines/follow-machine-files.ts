import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import {
  type FoundFiles,
  type MachineFiles,
  type MachineFilesRequest,
  notUsable,
  readMachineFiles,
  stampOf,
} from './machine-files.ts';

/** Certificates are renewed days before their end. */
const LOOK_MS = 2_000;

/** What files are followed with. */
export interface FollowOptions {
  readonly request: Omit<MachineFilesRequest, 'now'>;
  readonly host: Pick<Host, 'clock' | 'timers'>;
  readonly log: Logger;
  /** What is in use until the files change. */
  readonly first: MachineFiles;
}

/** Files that may change. */
export interface FollowedFiles {
  /** The newest that could be used. */
  readonly files: MachineFiles;
  /** Runs `listener` with each newer one. */
  onChange(listener: (files: MachineFiles) => void): void;
}

/**
 * Looks each two seconds, for the life of the process, whether the files of a machine have changed. What can't
 * be used is written down once, and what was there before goes on; so two files that are replaced one after
 * the other are no harm. An authority whose file is gone is believed no more.
 */
export function followMachineFiles({ request, host, log, first }: FollowOptions): FollowedFiles {
  const listeners: ((files: MachineFiles) => void)[] = [];
  let files = first;
  // Whoever handed over the first may have read them a while ago.
  let seen = '';
  const look = () => {
    const stamp = stampOf(request);
    if (stamp === seen) return;
    seen = stamp;
    const found = readUsable({ ...request, now: host.clock.now() }, log);
    if (!found || JSON.stringify(found.files) === JSON.stringify(files)) return;
    files = found.files;
    log.info({ folder: request.folder, doubts: found.doubts }, 'New certificates are in use.');
    for (const listener of listeners) listener(files);
  };
  const turn = () => {
    host.timers.after(
      LOOK_MS,
      () => {
        look();
        turn();
      },
      { background: true },
    );
  };
  turn();
  return {
    get files() {
      return files;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function readUsable(request: MachineFilesRequest, log: Logger): FoundFiles | undefined {
  try {
    const found = readMachineFiles(request);
    const outdated = found.doubts.filter((doubt) => doubt.startsWith('cert.pem'));
    if (outdated.length > 0) throw notUsable(request.folder, outdated);
    return found;
  } catch (err) {
    log.error({ err, alarm: 'certificates' }, 'Certificates can not be used; the old ones are.');
    return undefined;
  }
}
