import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Money } from '../money.ts';
import type { OrderFact } from './facts.ts';

/** An order that a client was answered with, as the client wrote it down. */
export interface Answer {
  /** Whose order: keys are per caller. */
  readonly caller: string;
  readonly key: string;
  readonly orderId: string;
  readonly total: Money;
  /** The states that the client saw, in their order; the one of the answer first. */
  readonly seen: readonly OrderFact['state'][];
}

/** More than anybody loads; the newest count. */
const FILES_MAX = 100;

const State = z.enum(['pending', 'confirmed', 'completed', 'failed', 'cancelled']);
const Total = z.object({ amount: z.int(), currency: z.enum(['EUR', 'GBP', 'JPY', 'BHD']) });

/** A line of an answer file: an order answered with 201, or what a later read of it showed. */
export const AnswerLine = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answer'),
    at: z.string(),
    caller: z.string(),
    key: z.string(),
    orderId: z.string(),
    total: Total,
    state: State,
  }),
  z.object({ kind: z.literal('seen'), at: z.string(), orderId: z.string(), state: State }),
]);
export type AnswerLine = z.infer<typeof AnswerLine>;

/**
 * Reads what clients wrote down: a file, or all `answers-*.jsonl` of a directory. `undefined` when there is
 * none. @throws {Error} naming the line that is none.
 */
export function readAnswers(path: string): Answer[] | undefined {
  const files = findFiles(path);
  if (files.length === 0) return undefined;
  return toAnswers(files.flatMap(readLines));
}

/** Joins answers with what was seen of their orders later. */
export function toAnswers(lines: readonly AnswerLine[]): Answer[] {
  const seen = Map.groupBy(
    lines.filter((line) => line.kind === 'seen'),
    ({ orderId }) => orderId,
  );
  return lines
    .filter((line) => line.kind === 'answer')
    .map(({ caller, key, orderId, total, state }) => {
      const later = (seen.get(orderId) ?? []).map((line) => line.state);
      return { caller, key, orderId, total, seen: [state, ...later] };
    });
}

function findFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /^answers-.*\.jsonl$/.test(name));
  return names
    .sort()
    .slice(-FILES_MAX)
    .map((name) => join(path, name));
}

function readLines(file: string): AnswerLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [AnswerLine.parse(JSON.parse(line))];
    } catch (problem) {
      // A client that was killed leaves half a line at the end: that answer was never written down.
      if (index === lines.length - 1) return [];
      throw new Error(`${file}:${index + 1} is no answer: ${(problem as Error).message}`);
    }
  });
}
