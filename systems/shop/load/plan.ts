import {
  type Draw,
  drawBinomial,
  drawLogNormal,
  drawPoissonPauseMs,
  happens,
  shuffle,
} from './distributions.ts';

/** What a visitor does, as the figures name it. */
export type ActionKind =
  | 'browse'
  | 'product'
  | 'search'
  | 'add'
  | 'cart'
  | 'checkout'
  | 'status'
  | 'signIn';

/** How a checkout goes: a client may send it twice, lose the connection, change its mind. */
export type CheckoutKind = 'plain' | 'twice' | 'cut' | 'declined' | 'challenged' | 'cancelled';

/** One thing that a visitor will do. */
export interface PlannedAction {
  readonly kind: ActionKind;
  /** When it is meant to begin, from the start of the load. Latency counts from here. */
  readonly atMs: number;
  readonly soap: boolean;
  /** In [0, 1): which product, which word, which category. */
  readonly choice: number;
  readonly checkout: CheckoutKind;
}

/** One visitor. */
export interface PlannedSession {
  readonly number: number;
  /** Who signs in, if anybody does: counted, so that two visitors at once are two customers. */
  readonly customer: number;
  readonly actions: readonly PlannedAction[];
}

/** What a plan is made from. */
export interface PlanRequest {
  /** Actions a second. */
  readonly rate: number;
  readonly forMs: number;
  readonly draw: Draw;
}

/** A session is ten actions in the mean; the mix of shop.md is tenths of them. */
const ACTIONS_MEAN = 10;
const THINK = { median: 3_000, spread: 0.6, most: 10_000 } as const;
/** Sessions that began before the load and are under way at its start: nearly all have ended after so long. */
const LEAD_MS = 45_000;
const SOAP_SHARE = 0.02;

/**
 * Who comes when and does what. Visitors arrive as a Poisson process, think between actions, and don't wait
 * for the shop: every moment is fixed before the first request, so a slow shop can't slow its load. The
 * mix is browse 30, product 26, search 12, add 12, cart 8, checkout 5, status 4, sign in 3 in a hundred.
 */
export function createPlan({ rate, forMs, draw }: PlanRequest): PlannedSession[] {
  const sessions: PlannedSession[] = [];
  let customer = 0;
  const perSecond = rate / ACTIONS_MEAN;
  for (
    let startMs = drawPoissonPauseMs(draw, perSecond) - LEAD_MS;
    startMs < forMs;
    startMs += drawPoissonPauseMs(draw, perSecond)
  ) {
    const actions = fit(planSession(draw, startMs), { forMs, draw });
    if (actions.length === 0) continue;
    sessions.push({ number: sessions.length, customer, actions });
    if (actions.some(({ kind }) => kind === 'signIn')) customer += 1;
  }
  return sessions;
}

/** Half of the visitors buy. Counts have the means of the mix; an order of things that makes sense. */
function planSession(draw: Draw, startMs: number): PlannedAction[] {
  const buys = happens(draw, 0.5);
  const repeat = (kind: ActionKind, count: number) => Array<ActionKind>(count).fill(kind);
  const looks = shuffle(draw, [
    ...repeat('browse', 1 + drawBinomial(draw, 4, 0.5)),
    ...repeat('product', 1 + drawBinomial(draw, 4, 0.4)),
    ...repeat('search', drawBinomial(draw, 4, 0.3)),
    ...repeat('add', buys ? 1 + drawBinomial(draw, 1, 0.5) : drawBinomial(draw, 1, 0.9)),
    ...repeat('cart', buys ? 0 : drawBinomial(draw, 1, 0.6)),
  ]);
  const kinds: ActionKind[] = [
    ...repeat('signIn', drawBinomial(draw, 1, 0.3)),
    ...looks,
    ...(buys ? (['cart', 'checkout'] as const) : []),
    ...repeat('status', buys ? drawBinomial(draw, 1, 0.8) : 0),
  ];
  let atMs = startMs;
  return kinds.map((kind, index) => {
    if (index > 0) atMs += drawLogNormal(draw, THINK);
    const choice = draw();
    const checkout = drawCheckout(draw);
    return { kind, atMs, soap: kind !== 'signIn' && happens(draw, SOAP_SHARE), choice, checkout };
  });
}

function drawCheckout(draw: Draw): CheckoutKind {
  const share = draw();
  if (share < 0.1) return 'twice';
  if (share < 0.15) return 'cut';
  if (share < 0.2) return 'declined';
  if (share < 0.23) return 'challenged';
  if (share < 0.25) return 'cancelled';
  return 'plain';
}

/**
 * What of a session falls into the load. Who checks out in it puts into the cart what lies before it too, some
 * time before the checkout, so that a load does not begin with a crowd; everything else is left out.
 */
function fit(
  actions: readonly PlannedAction[],
  { forMs, draw }: { readonly forMs: number; readonly draw: Draw },
): PlannedAction[] {
  const inside = actions.filter(({ atMs }) => atMs >= 0 && atMs < forMs);
  const checkout = actions.find(({ kind }) => kind === 'checkout');
  if (!checkout) return inside;
  // Of an order placed before the load there is nothing to ask about.
  if (checkout.atMs < 0) return inside.filter(({ kind }) => kind !== 'status');
  if (checkout.atMs >= forMs) return inside;
  const missed = actions
    .filter(({ kind, atMs }) => kind === 'add' && atMs < 0)
    .map((action) => ({ ...action, atMs: draw() * checkout.atMs }));
  return [...missed, ...inside].sort((a, b) => a.atMs - b.atMs);
}
