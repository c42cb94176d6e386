import { type Draw, drawPoissonPauseMs } from '../../systems/shop/load/distributions.ts';
import type { CheckoutKind, PlannedAction, PlannedSession } from '../../systems/shop/load/plan.ts';

/** What buyers do at a shop that is about to be killed: everything that makes an order end differently. */
const KINDS: readonly (readonly [number, CheckoutKind])[] = [
  [0.5, 'plain'],
  [0.15, 'twice'],
  [0.1, 'cut'],
  [0.1, 'declined'],
  [0.08, 'challenged'],
  [0.07, 'cancelled'],
];
const SOAP_SHARE = 0.1;

/**
 * Buyers who come as a Poisson process and do nothing but buy: into the cart, and to the checkout. Of the
 * plan of `shop load` one in twenty does; between two kills that would be nobody.
 */
export function planCheckouts({
  rate,
  count,
  draw,
}: {
  readonly rate: number;
  readonly count: number;
  readonly draw: Draw;
}): PlannedSession[] {
  let atMs = 0;
  return Array.from({ length: count }, (_each, number) => {
    atMs += drawPoissonPauseMs(draw, rate);
    const toAction = (kind: PlannedAction['kind']): PlannedAction => ({
      kind,
      atMs,
      soap: draw() < SOAP_SHARE,
      choice: draw(),
      checkout: drawKind(draw()),
    });
    const kinds = ['add', ...(draw() < 0.4 ? (['add'] as const) : []), 'checkout'] as const;
    return { number, customer: 0, actions: kinds.map(toAction) };
  });
}

function drawKind(share: number): CheckoutKind {
  let upTo = 0;
  for (const [weight, kind] of KINDS) {
    upTo += weight;
    if (share < upTo) return kind;
  }
  return 'plain';
}
