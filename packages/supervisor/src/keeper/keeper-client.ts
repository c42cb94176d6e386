import type { FromKeeper, KeptChild, SpawnRequest, ToKeeper } from './messages.ts';

/** What a supervisor can have done. Nothing is answered: what became of it is reported. */
export interface Keeper {
  spawn(request: SpawnRequest): void;
  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Takes a child whose end has been read from the list. */
  forget(id: string): void;
  /** The system has been stopped: the keeper may end. */
  finish(): void;
}

/** What a supervisor hears of its keeper. */
export interface KeeperListener {
  /** Once, before anything else: what there is already. */
  children(children: readonly KeptChild[]): void;
  started(child: { readonly id: string; readonly pid: number; readonly startedAt: string }): void;
  exited(id: string, exit: NonNullable<KeptChild['exit']>): void;
  /** The whole system shall end. */
  stop(): void;
  /** The keeper has died. Without it nothing can be started or reaped: the supervisor ends. */
  lost(): void;
}

/** The part of a process that talks to the one that started it. */
export interface ParentChannel {
  send?(message: unknown): boolean;
  readonly connected: boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** The keeper, as its supervisor reaches it: over the channel of the process that started this one. */
export function connectToKeeper(listener: KeeperListener, parent: ParentChannel = process): Keeper {
  if (!parent.send && parent.connected !== false)
    throw new Error('A supervisor runs under a keeper: start it by startKeeper.');
  const send = (message: ToKeeper) => void (parent.connected && parent.send?.(message));
  parent.on('message', (message) => {
    const told = message as FromKeeper;
    if (told.is === 'children') listener.children(told.children);
    else if (told.is === 'started') listener.started(told);
    else if (told.is === 'exited') listener.exited(told.id, told.exit);
    else if (told.is === 'stop') listener.stop();
  });
  parent.on('disconnect', listener.lost);
  // It may have died while this process was still loading, and nobody listened.
  if (!parent.connected) queueMicrotask(listener.lost);
  return {
    spawn: (request) => send({ do: 'spawn', request }),
    signal: (id, signal) => send({ do: 'signal', id, signal }),
    forget: (id) => send({ do: 'forget', id }),
    finish: () => send({ do: 'finish' }),
  };
}
