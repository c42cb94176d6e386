import { stockAddsUp } from './i1-stock.ts';
import { soldPieces } from './i2-sold-pieces.ts';
import { ledgersAgree } from './i3-ledgers.ts';
import { capturesFitOrders } from './i4-captures.ts';
import { onceOnly } from './i5-once.ts';
import { totalsAddUp } from './i6-totals.ts';
import { sagasEnd } from './i7-sagas.ts';
import { eventsFitChanges } from './i8-events.ts';
import { erasedAreGone } from './i9-erased.ts';
import { answersHold } from './i11-answers.ts';
import type { Invariant } from './invariant.ts';

/** What can't be checked yet says so, and why, rather than being left out or passing. */
function needing(id: string, title: string, needs: string): Invariant {
  return { id, title, check: () => ({ figures: {}, broken: [], needs }) };
}

/** All invariants of the shop, in the order of their numbers. */
export const INVARIANTS: readonly Invariant[] = [
  stockAddsUp,
  soldPieces,
  ledgersAgree,
  capturesFitOrders,
  onceOnly,
  totalsAddUp,
  sagasEnd,
  eventsFitChanges,
  erasedAreGone,
  needing(
    'I10',
    'usage per consumer = calls that its client saw accepted',
    'usage accounting: the gateway counts nothing per consumer yet',
  ),
  answersHold,
];
