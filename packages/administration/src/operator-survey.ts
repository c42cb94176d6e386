import { Failure } from '@portico/contract';
import type { OperatorProcess, OperatorQuestion, OperatorReach } from './operator-reach.ts';

/** With less time than this left nobody else is asked. */
const ROUND_MIN_MS = 50;

/** What tells how much time is left. */
interface Clock {
  monotonic(): number;
}

/** What one process said, or why it said nothing. */
export type Said =
  | { readonly process: OperatorProcess; readonly answer: unknown }
  | { readonly process: OperatorProcess; readonly silence: string };

/** What the system said: an answer for each service, or why there is none. */
export interface Survey {
  readonly said: readonly Said[];
  readonly unanswered: readonly { readonly service: string; readonly reason: string }[];
}

/** Asks every process. The time that is left is enough for what is done with the answers. */
export async function surveyProcesses(
  reach: OperatorReach,
  question: OperatorQuestion,
  clock: Clock,
): Promise<Survey> {
  const said = await askAll(reach.processes(), question, clock);
  return { said, unanswered: missing(reach.services, said) };
}

/**
 * Asks one process for each service, and as few processes as come of it. Where one says nothing, others
 * that have its services are asked.
 */
export async function surveyServices(
  reach: OperatorReach,
  question: OperatorQuestion,
  clock: Clock,
): Promise<Survey> {
  const said: Said[] = [];
  let left = reach.processes().toSorted((a, b) => Number(a.suspect) - Number(b.suspect));
  for (;;) {
    const open = missing(reach.services, said).map(({ service }) => service);
    const chosen = choose(open, left);
    const isLate = question.call.deadline - clock.monotonic() < ROUND_MIN_MS;
    if (chosen.length === 0 || isLate) break;
    left = left.filter((process) => !chosen.includes(process));
    said.push(...(await askAll(chosen, question, clock)));
  }
  return { said, unanswered: missing(reach.services, said) };
}

/** What those who answered said. The operator's own API is the contract of both sides. */
export function answersOf<Answer>({ said }: Survey): readonly Answer[] {
  return said.flatMap((one) => ('answer' in one ? [one.answer as Answer] : []));
}

/** The first of `processes` for each service, and none for what those before it have too. */
function choose(
  services: readonly string[],
  processes: readonly OperatorProcess[],
): readonly OperatorProcess[] {
  const chosen: OperatorProcess[] = [];
  for (const service of services) {
    const has = (process: OperatorProcess) => process.services.includes(service);
    const found = chosen.some(has) ? undefined : processes.find(has);
    if (found) chosen.push(found);
  }
  return chosen;
}

/**
 * All at once, for half of the time that is left: one that hangs must not cost the answers of others.
 *
 * @throws {Failure} what is wrong with the question itself.
 */
async function askAll(
  processes: readonly OperatorProcess[],
  { call, ...asked }: OperatorQuestion,
  clock: Clock,
): Promise<readonly Said[]> {
  const now = clock.monotonic();
  const question = { ...asked, call: { ...call, deadline: now + (call.deadline - now) / 2 } };
  const ask = async (process: OperatorProcess): Promise<Said> => {
    try {
      return { process, answer: await process.ask(question) };
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.class === 'REJECTED') throw failure;
      return { process, silence: `${process.name} does not answer: ${failure.message}` };
    }
  };
  return await Promise.all(processes.map(ask));
}

function missing(services: readonly string[], said: readonly Said[]): Survey['unanswered'] {
  const answered = new Set<string>();
  const silent = new Map<string, string>();
  for (const one of said) {
    for (const service of one.process.services) {
      if ('answer' in one) answered.add(service);
      else silent.set(service, one.silence);
    }
  }
  return services
    .filter((service) => !answered.has(service))
    .map((service) => ({ service, reason: silent.get(service) ?? NOWHERE }));
}

const NOWHERE = 'No process has it.';
