import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AnswerLine } from '../check/answers.ts';

/** What a client was told of orders, on disk before it goes on. */
export interface AnswerLog {
  readonly file: string;
  /** An order that was answered with 201. */
  placed(answer: {
    readonly caller: string;
    readonly key: string;
    readonly orderId: string;
    readonly total: { readonly amount: number; readonly currency: string };
    readonly state: string;
  }): void;
  /** What a later read showed; nothing when there was no answer. */
  seen(orderId: string, state: string | undefined): void;
  /** Answers, and how many orders they were about. */
  counts(): { readonly answers: number; readonly orders: number };
}

/** Opens a log in `directory`, named by the time, for `check` to find. */
export function createAnswerLog(directory: string, now: () => number): AnswerLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = () => new Date(now()).toISOString();
  const file = join(directory, `answers-${at().replaceAll(':', '-')}.jsonl`);
  const orders = new Set<string>();
  let answers = 0;
  const write = (line: unknown) =>
    appendFileSync(file, `${JSON.stringify(AnswerLine.parse(line))}\n`, { mode: 0o600 });
  return {
    file,
    placed(answer) {
      answers += 1;
      orders.add(answer.orderId);
      write({ kind: 'answer', at: at(), ...answer });
    },
    seen(orderId, state) {
      if (state) write({ kind: 'seen', at: at(), orderId, state });
    },
    counts: () => ({ answers, orders: orders.size }),
  };
}
