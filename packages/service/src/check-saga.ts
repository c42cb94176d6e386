import { SAGA_STEPS_MAX, SAGA_STUCK_MS, type StepDefinition } from './saga-definition.ts';

/** In keys, rows and logs. */
const NAME = /^[a-z][a-zA-Z0-9-]{0,39}$/;
/** What takes longer is a wait, or work for a job: a process that drains has 30 s for it. */
const STEP_TIMEOUT_MAX_MS = 60_000;
/** What is undone is found by its key, and callees keep keys for 30 days. */
const DEADLINE_MAX_MS = 29 * 86_400_000;

/** What is checked of a saga beside its data. */
export interface CheckedSaga {
  readonly name: string;
  readonly version: number;
  readonly deadlineMs: number;
  readonly stuckMs: number;
  readonly steps: readonly StepDefinition[];
}

/** @throws {Error} with all mistakes of a saga, one a line. */
export function assertSagaSpec(saga: CheckedSaga): void {
  const mistakes = [...generalMistakes(saga), ...orderMistakes(saga.steps)];
  for (const step of saga.steps) mistakes.push(...stepMistakes(step));
  if (mistakes.length === 0) return;
  const list = mistakes.map((mistake) => `\n  - ${mistake}`).join('');
  throw new Error(`The saga "${saga.name}" can't be defined:${list}`);
}

function generalMistakes({ name, version, deadlineMs, stuckMs, steps }: CheckedSaga): string[] {
  const mistakes: string[] = [];
  if (!NAME.test(name)) mistakes.push(`its name: ${NAME_RULE}`);
  if (!Number.isSafeInteger(version) || version < 1) {
    mistakes.push(`version: is a whole number from 1, not ${version}.`);
  }
  if (!isWithin(deadlineMs, 1, DEADLINE_MAX_MS)) {
    mistakes.push(`deadlineMs: is from 1 ms to 29 days, not ${deadlineMs}.`);
  }
  if (!isWithin(stuckMs, 1, SAGA_STUCK_MS)) {
    mistakes.push(`stuckMs: is from 1 ms to an hour, not ${stuckMs}.`);
  }
  if (steps.length === 0) mistakes.push('steps: it has none.');
  if (steps.length > SAGA_STEPS_MAX) mistakes.push(`steps: more than ${SAGA_STEPS_MAX}.`);
  return mistakes;
}

function orderMistakes(steps: readonly StepDefinition[]): string[] {
  const mistakes: string[] = [];
  const seen = new Set<string>();
  let pivoted = false;
  for (const step of steps) {
    const { name } = step;
    if (seen.has(name)) mistakes.push(`steps.${name}: there are two of this name.`);
    seen.add(name);
    if (step.kind === 'pivot') {
      if (pivoted) mistakes.push(`steps.${name}: a saga has one pivot.`);
      pivoted = true;
    } else if (!pivoted && !step.undoSaid) {
      mistakes.push(
        `steps.${name}: stands before the pivot, so say how to undo it, or undo: 'nothing'.`,
      );
    } else if (pivoted && step.undoSaid) {
      mistakes.push(`steps.${name}: stands after the pivot and is never undone: remove "undo".`);
    }
  }
  return mistakes;
}

function stepMistakes(step: StepDefinition): string[] {
  const mistakes: string[] = [];
  const place = `steps.${step.name}`;
  if (!NAME.test(step.name)) mistakes.push(`${place}: ${NAME_RULE}`);
  if (step.kind === 'pivot') {
    if (step.work !== undefined && typeof step.work !== 'function') {
      mistakes.push(`${place}: its work is not a function.`);
    }
    return mistakes;
  }
  if (typeof step.do !== 'function') mistakes.push(`${place}.do: is not a function.`);
  if (!isWithin(step.timeoutMs, 1, STEP_TIMEOUT_MAX_MS)) {
    mistakes.push(`${place}.timeoutMs: is from 1 to ${STEP_TIMEOUT_MAX_MS} ms.`);
  }
  if (!isWithin(step.attemptsMax, 1, Number.POSITIVE_INFINITY)) {
    mistakes.push(`${place}.attemptsMax: is at least 1.`);
  }
  if (!isWithin(step.limitMs, 1, Number.POSITIVE_INFINITY)) {
    mistakes.push(`${place}.limitMs: is at least 1 ms.`);
  }
  return mistakes;
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

const NAME_RULE = 'a name is 1 to 40 letters, digits and dashes, and begins with a small letter.';
