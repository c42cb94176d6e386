import assert from 'node:assert/strict';
import { Failure } from '@portico/contract';
import type { Draw, Simulation, Workload } from '@portico/testing';
import { ACCOUNTS, Bank, bank, OPENING_BALANCE } from './bank-service.ts';

/** What a client knows of a transfer. */
interface Record {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  outcome: 'unknown' | 'done' | 'refused' | 'undone';
  /** Where it stands in the ledger, and what was left then. */
  answer?: { readonly number: number; readonly balance: number };
}

/** A client thinks this long between two transfers, on average. */
const THINK_MS = 60;
const CLIENTS_MAX = 6;

/**
 * Clients move money between eight accounts of one service, and repeat with the same key what they don't
 * know the outcome of. Nothing is made or lost; each transfer happens once or not at all, as its client
 * was told; answers agree with the order of the ledger.
 */
export const bankWorkload: Workload = {
  name: 'bank',
  create(draw, size) {
    const clients = draw.int(1, CLIENTS_MAX);
    const records: Record[] = [];
    return {
      options: { system: { name: 'bank', services: [bank] } },
      async run(simulation) {
        const each = Math.ceil(size / clients);
        await Promise.all(
          Array.from({ length: clients }, (_, index) =>
            useBank(simulation, draw.fork(), { name: `client-${index}`, count: each, records }),
          ),
        );
      },
      async check(simulation) {
        // Requests that were repeated late must have come and gone.
        await simulation.sleep(12_000);
        await checkBank(simulation, records);
      },
    };
  },
};

interface Client {
  readonly name: string;
  readonly count: number;
  readonly records: Record[];
}

async function useBank(
  simulation: Simulation,
  draw: Draw,
  { name, count, records }: Client,
): Promise<void> {
  const client = simulation.client(Bank, name, { persistent: true });
  const hasty = simulation.client(Bank, name);
  for (let n = 0; n < count; n++) {
    const from = draw.int(0, ACCOUNTS - 1);
    const to = (from + draw.int(1, ACCOUNTS - 1)) % ACCOUNTS;
    const amount = draw.int(1, OPENING_BALANCE);
    const id = `${name}-${n}`;
    const record: Record = { id, from, to, amount, outcome: 'unknown' };
    records.push(record);
    const input = { id, from, to, amount };
    if (draw.chance(0.2)) {
      // Gives up after one attempt, and has it undone, whatever came of it.
      await hasty.transfer(input, { key: id }).catch(() => {});
      await client.takeBack({ id }, { key: `${id}/undo`, undoes: id });
      record.outcome = 'undone';
      await assertTombstone(client, record);
    } else {
      await transfer(client, record);
      if (draw.chance(0.1)) await assertSameAnswer(client, record);
      if (draw.chance(0.1)) await assertHashCounts(client, record);
    }
    if (draw.chance(0.2)) {
      const { total } = await client.total(undefined);
      assert.equal(total, ACCOUNTS * OPENING_BALANCE, 'the total, read while transfers run');
    }
    await simulation.sleep(draw.delayMs(THINK_MS));
  }
}

type BankClient = ReturnType<typeof clientType>;
const clientType = (simulation: Simulation) => simulation.client(Bank, '');

async function transfer(client: BankClient, record: Record): Promise<void> {
  const { id, from, to, amount } = record;
  try {
    record.answer = await client.transfer({ id, from, to, amount }, { key: id });
    record.outcome = 'done';
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.class !== 'APP') throw thrown;
    record.outcome = 'refused';
  }
}

/** The same key again: the same answer. */
async function assertSameAnswer(client: BankClient, record: Record): Promise<void> {
  const { outcome, answer } = record;
  await transfer(client, record);
  assert.deepEqual([record.outcome, record.answer], [outcome, answer], `${record.id} once more`);
}

/** The same key with another input: refused. */
async function assertHashCounts(client: BankClient, { id, from, to, amount }: Record) {
  await assert.rejects(
    client.transfer({ id, from, to, amount: amount + 1 }, { key: id }),
    (thrown) => thrown instanceof Failure && thrown.code === 'key-mismatch',
    `${id} with another amount`,
  );
}

/** Undone before it was done: refused for ever. Undone afterwards: the answer it had. */
async function assertTombstone(client: BankClient, { id, from, to, amount }: Record) {
  try {
    await client.transfer({ id, from, to, amount }, { key: id });
  } catch (thrown) {
    if (thrown instanceof Failure && ['APP', 'REJECTED'].includes(thrown.class)) return;
    throw thrown;
  }
}

async function checkBank(simulation: Simulation, records: readonly Record[]): Promise<void> {
  const client = simulation.client(Bank, 'checker', { persistent: true });
  const { balances, transfers } = await client.ledger(undefined);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  assert.equal(sum(balances), ACCOUNTS * OPENING_BALANCE, 'the total');
  const replayed = new Array<number>(ACCOUNTS).fill(OPENING_BALANCE);
  for (const { from, to, amount, undone } of transfers) {
    if (undone) continue;
    replayed[from] = (replayed[from] ?? 0) - amount;
    replayed[to] = (replayed[to] ?? 0) + amount;
  }
  assert.deepEqual(replayed, balances, 'balances and ledger');
  for (const { id, outcome, answer } of records) {
    const found = transfers.filter((one) => one.id === id);
    if (outcome === 'done') {
      assert.equal(found.length, 1, `${id} was acknowledged, and stands in the ledger`);
      assert.equal(found[0]?.number, answer?.number, `${id} stands where it was said to`);
      assert.equal(found[0]?.undone, 0, `${id} was not undone`);
    }
    if (outcome === 'refused') assert.equal(found.length, 0, `${id} was refused`);
    if (outcome === 'undone') {
      assert(found.length <= 1, `${id} happened once at most`);
      assert(
        found.every(({ undone }) => undone === 1),
        `${id} was undone`,
      );
    }
  }
  const bugs = simulation.logLines.filter(({ fields }) => 'incident' in fields);
  for (const { message, fields } of bugs)
    simulation.trace.note(0, 'log', `${message} ${fields.err}`);
}
