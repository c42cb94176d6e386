/** The first descriptor of a child that is a listener: 0 to 2 are the standard ones, 3 its orders. */
export const FIRST_LISTENER = 4;
/** Where a child reads its orders. */
export const ORDERS = 3;

/** How a child ended; neither code nor signal when it could not be started. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly problem?: string;
}

/** A process that the supervisor wants. All of it is decided; the keeper only does it. */
export interface SpawnRequest {
  /** Never used again: `cart-2.17`. */
  readonly id: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of the listeners that it inherits, from descriptor 4 on. */
  readonly listeners: readonly string[];
  /** It reads this on descriptor 3, to the end; nobody else ever sees it. */
  readonly orders: string;
  /** The file that its standard output and error are appended to. */
  readonly output: string;
  readonly nice?: number;
  /** −1,000 to 1,000: which process Linux ends first when memory is out (proc(5)). */
  readonly oomScoreAdjust?: number;
  /** For whichever supervisor reads the list of children later. As JSON; no secrets. */
  readonly about: unknown;
}

/** A child as the keeper lists it, until the supervisor forgets it. */
export interface KeptChild {
  readonly id: string;
  /** Absent when it could not be started. */
  readonly pid?: number;
  readonly startedAt?: string;
  readonly about: unknown;
  readonly exit?: ChildExit;
}

/** What a supervisor asks of the keeper. */
export type ToKeeper =
  | { readonly do: 'spawn'; readonly request: SpawnRequest }
  | { readonly do: 'signal'; readonly id: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** The exit has been read: the child leaves the list. */
  | { readonly do: 'forget'; readonly id: string }
  /** All is done; the keeper ends what is left, and itself. */
  | { readonly do: 'finish' };

/** What the keeper tells its supervisor. */
export type FromKeeper =
  /** At its start: everything there is, of supervisors before it too. */
  | { readonly is: 'children'; readonly children: readonly KeptChild[] }
  | {
      readonly is: 'started';
      readonly id: string;
      readonly pid: number;
      readonly startedAt: string;
    }
  | { readonly is: 'exited'; readonly id: string; readonly exit: ChildExit }
  /** Somebody wants the whole system to end. */
  | { readonly is: 'stop' };
