import { Failure } from '@portico/contract';
import * as z from 'zod';
import { add, type Currency, isSame, type Money, money, zero } from '../../money.ts';
import { createProvider } from './create-provider.ts';
import type { LedgerEntry, PaymentProvider, ProviderTransaction } from './provider.ts';
import type { PaymentsContext, PaymentsDb } from './tables.ts';

const DAY_MS = 86_400_000;
/** Our line and the provider's may be this far apart and on two days: both are looked for around them. */
const MARGIN_MS = 3_600_000;
/** Differences that are listed; with more of them, counting them is not the problem. */
const MISMATCHES_MAX = 1_000;
const ENTRIES: readonly string[] = ['authorized', 'captured', 'voided', 'refunded', 'disputed'];

const Kept = z.object({
  entries: z.number(),
  sums: z.array(z.object({ amount: z.number(), currency: z.enum(['EUR', 'GBP', 'JPY', 'BHD']) })),
  mismatches: z.array(z.custom<Mismatch>()),
});

/** Where the ledgers differ. */
export interface Mismatch {
  readonly providerReference: string;
  readonly paymentId?: string;
  readonly entry: LedgerEntry;
  readonly ours?: Money;
  readonly theirs?: Money;
}

interface Line {
  readonly entry: LedgerEntry;
  readonly reference: string;
  readonly paymentId?: string;
  readonly amount: Money;
  readonly at: number;
}

/** Compares both ledgers for yesterday (UTC), once; tells of each difference. */
export async function reconcileYesterday(context: PaymentsContext): Promise<void> {
  const from = Math.floor(context.clock.now() / DAY_MS) * DAY_MS - DAY_MS;
  const date = new Date(from).toISOString().slice(0, 10);
  const done = await context.store
    .selectFrom('reconciliation')
    .select('date')
    .where('date', '=', date)
    .executeTakeFirst();
  // An hour into the day, so that what was under way at midnight has arrived on both sides.
  if (done || context.clock.now() < from + DAY_MS + MARGIN_MS) return;
  const range = { from: from - MARGIN_MS, to: from + DAY_MS + MARGIN_MS };
  const provider = await createProvider(context.config, () => context.clock.now());
  const isTold = ({ entry }: Line) => provider.ledgerEntries.includes(entry);
  const theirs = (await readTheirs(provider, range, context.signal)).filter(isTold);
  const ours = (await readOurs(context.store, range)).filter(isTold);
  const isOfDay = (line: Line) => line.at >= from && line.at < from + DAY_MS;
  const mismatches = compareLedgers(ours, theirs, isOfDay).slice(0, MISMATCHES_MAX);
  const result = { ...summarize(ours.filter(isOfDay)), mismatches };
  await context.transaction(async ({ db, publish }) => {
    const added = await db
      .insertInto('reconciliation')
      .values({ date, result: JSON.stringify(result), at: context.clock.now() })
      .onConflict((conflict) => conflict.column('date').doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) === 0n) return;
    for (const mismatch of mismatches) await publish('LedgerMismatch', { date, ...mismatch });
  });
}

/** How the ledgers compared on a day. @throws {Failure} `not-found` for days not compared. */
export async function getReconciliation(db: PaymentsDb, date: string) {
  const row = await db
    .selectFrom('reconciliation')
    .selectAll()
    .where('date', '=', date)
    .executeTakeFirst();
  if (!row) throw Failure.rejected('not-found', `The ledgers of ${date} were not compared.`);
  return {
    date,
    comparedAt: new Date(row.at).toISOString(),
    ...Kept.parse(JSON.parse(row.result)),
  };
}

/** Every line of the day, on either side, that the other side lacks or has with another amount. */
export function compareLedgers(
  ours: readonly Line[],
  theirs: readonly Line[],
  isOfDay: (line: Line) => boolean,
): Mismatch[] {
  const keyOf = (line: Line) => `${line.entry} ${line.reference}`;
  const left = new Map(ours.map((line) => [keyOf(line), line]));
  const right = new Map(theirs.map((line) => [keyOf(line), line]));
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const our = left.get(key);
    const their = right.get(key);
    const line = our ?? their;
    if (!line || ![our, their].some((each) => each && isOfDay(each))) return [];
    if (our && their && isSame(our.amount, their.amount)) return [];
    return {
      providerReference: line.reference,
      ...(our?.paymentId ? { paymentId: our.paymentId } : {}),
      entry: line.entry,
      ...(our ? { ours: our.amount } : {}),
      ...(their ? { theirs: their.amount } : {}),
    };
  });
}

async function readTheirs(
  provider: PaymentProvider,
  range: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<Line[]> {
  const items: ProviderTransaction[] = [];
  let cursor: string | undefined;
  do {
    const page = await provider.listTransactions({ ...range, cursor }, signal);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items
    .filter((item) => ENTRIES.includes(item.kind))
    .map(({ kind, reference, amount, currency, at }) => ({
      entry: kind as LedgerEntry,
      reference,
      amount: money(amount, currency),
      at,
    }));
}

async function readOurs(
  db: PaymentsDb,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Line[]> {
  const rows = await db
    .selectFrom('ledger')
    .selectAll()
    .where('at', '>=', from)
    .where('at', '<', to)
    .execute();
  return rows.map(({ entry, reference, payment_id: paymentId, amount, currency, at }) => {
    return { entry, reference, paymentId, amount: money(amount, currency), at };
  });
}

function summarize(lines: readonly Line[]) {
  const sums = new Map<Currency, Money>();
  for (const { entry, amount } of lines) {
    const { currency } = amount;
    const sign = entry === 'captured' ? 1 : entry === 'refunded' ? -1 : 0;
    if (sign === 0) continue;
    const signed = money(sign * amount.amount, currency);
    sums.set(currency, add(sums.get(currency) ?? zero(currency), signed));
  }
  return { entries: lines.length, sums: [...sums.values()] };
}
