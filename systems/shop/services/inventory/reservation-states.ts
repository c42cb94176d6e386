import type { ReservationState } from './tables.ts';

/** What happens to a reservation. */
export type ReservationMove = 'pin' | 'commit' | 'expire' | 'release';

/** What a move does in a state: change it, find it done already, or be refused. */
export type MoveResult =
  | { readonly kind: 'to'; readonly state: ReservationState }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused' };

const to = (state: ReservationState): MoveResult => ({ kind: 'to', state });
const done: MoveResult = { kind: 'done' };
const refused: MoveResult = { kind: 'refused' };

/**
 * held → pinned → committed; held → expired; held, pinned → released. Only a held one expires. What
 * ran out or was released before the release is given back already, so releasing it finds it done.
 */
const MOVES: Readonly<Record<ReservationMove, Readonly<Record<ReservationState, MoveResult>>>> = {
  pin: { held: to('pinned'), pinned: done, committed: done, expired: refused, released: refused },
  commit: {
    held: refused,
    pinned: to('committed'),
    committed: done,
    expired: refused,
    released: refused,
  },
  expire: { held: to('expired'), pinned: done, committed: done, expired: done, released: done },
  release: {
    held: to('released'),
    pinned: to('released'),
    committed: refused,
    expired: done,
    released: done,
  },
};

/** What `move` does to a reservation in `state`. */
export function moveReservation(state: ReservationState, move: ReservationMove): MoveResult {
  return MOVES[move][state];
}
