import type { PaymentFact, ShopFacts } from './facts.ts';
import type { Breach, Invariant } from './invariant.ts';
import { sumsOf } from './tally.ts';

/** The entries that both ledgers write. Declined charges stand in the provider's alone: no money moved. */
const ENTRIES = ['authorized', 'captured', 'voided', 'refunded', 'disputed'] as const;

/** Money is the same on both sides, to the minor unit, and never more than was set aside. */
export const ledgersAgree: Invariant = {
  id: 'I3',
  title: "refunded ≤ captured ≤ authorized; our ledger = the provider's, per payment",
  check({ facts }) {
    const ours = toOurs(facts);
    const theirs = toTheirs(facts);
    const payments = new Map(facts.payments.map((payment) => [payment.paymentId, payment]));
    const ids = new Set([...payments.keys(), ...ours.keys(), ...theirs.keys()]);
    const broken = [...ids].flatMap((id) => [
      ...compareEntries(id, ours.get(id), theirs.get(id)),
      ...checkAmounts(payments.get(id), ours.get(id)),
    ]);
    const sum = (entry: string, side: ShopFacts['ledger'] | ShopFacts['provider']) =>
      sumsOf(side.filter((line) => line.entry === entry).map(({ amount }) => amount));
    const figures = {
      payments: facts.payments.length,
      entries: facts.ledger.length,
      "provider's entries": facts.provider.filter(isShared).length,
      captured: sum('captured', facts.ledger),
      refunded: sum('refunded', facts.ledger),
      'captured at the provider': sum('captured', facts.provider),
      'refunded at the provider': sum('refunded', facts.provider),
      'events that fit nothing': facts.unmatched.length,
    };
    return { figures, broken };
  },
};

/** Amounts of one payment by kind of entry, as text that can be compared: `authorized 12.50`. */
type Lines = readonly { readonly entry: string; readonly amount: number; readonly text: string }[];

function toOurs({ ledger }: ShopFacts): Map<string, Lines> {
  return groupLines(ledger.map(({ paymentId: id, entry, amount }) => ({ id, entry, amount })));
}

/** Refunds name themselves, so the payment they belong to is found by the provider's id. */
function toTheirs({ provider }: ShopFacts): Map<string, Lines> {
  const references = new Map(
    provider
      .filter(({ entry }) => entry !== 'refunded')
      .map(({ payment, reference }) => [payment, reference]),
  );
  return groupLines(
    provider.filter(isShared).map(({ payment, entry, amount }) => ({
      id: references.get(payment) ?? payment,
      entry,
      amount,
    })),
  );
}

function isShared({ entry }: { readonly entry: string }): boolean {
  return (ENTRIES as readonly string[]).includes(entry);
}

function groupLines(
  lines: readonly {
    id: string;
    entry: string;
    amount: { readonly amount: number; readonly currency: string };
  }[],
): Map<string, Lines> {
  const shown = lines.map(({ id, entry, amount: { amount, currency } }) => {
    return { id, entry, amount, text: `${entry} ${amount} ${currency}` };
  });
  return Map.groupBy(shown, ({ id }) => id);
}

function compareEntries(id: string, ours: Lines = [], theirs: Lines = []): Breach[] {
  const write = (lines: Lines) =>
    lines
      .map(({ text }) => text)
      .sort()
      .join(', ') || 'nothing';
  if (write(ours) === write(theirs)) return [];
  return [{ id, problem: `our ledger has ${write(ours)}, the provider's ${write(theirs)}` }];
}

function checkAmounts(payment: PaymentFact | undefined, ours: Lines = []): Breach[] {
  if (!payment) return [];
  const { paymentId: id } = payment;
  const booked = (entry: string) =>
    ours.reduce((sum, line) => sum + (line.entry === entry ? line.amount : 0), 0);
  const captured = payment.captured.amount;
  const refunded = payment.refunded.amount;
  const breaches: Breach[] = [];
  const add = (problem: string) => breaches.push({ id, problem });
  if (refunded > captured) add(`${refunded} refunded of ${captured} captured`);
  if (captured > booked('authorized')) add(`${captured} captured of ${booked('authorized')}`);
  if (booked('authorized') > payment.amount.amount) {
    add(`${booked('authorized')} authorized of ${payment.amount.amount} asked for`);
  }
  if (captured !== booked('captured')) add(`${captured} captured, ${booked('captured')} booked`);
  if (refunded !== booked('refunded')) add(`${refunded} refunded, ${booked('refunded')} booked`);
  return breaches;
}
