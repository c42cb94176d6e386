import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** A request that is made over and over. */
export interface Ask {
  readonly kind: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one of them went. */
export interface Asked {
  readonly kind: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly tookMs: number;
  /** 0: no answer in time, or a broken connection. */
  readonly status: number;
  /** What was said instead of an answer. */
  readonly problem?: string;
}

/** Callers who come whatever becomes of those before them. */
export interface OpenLoad {
  /** Sends evenly for so long. @returns how each went, when the last has been answered or has left. */
  send(perSecond: number, forMs: number): Promise<readonly Asked[]>;
  /** So many callers, each of whom waits for its answer. @returns good answers a second. */
  measureCapacity(callers: number, forMs: number): Promise<number>;
  close(): void;
}

const TURN_MS = 2;

/** Whether it was answered as hoped. */
export const isGood = ({ status }: Asked): boolean => status === 200;

/** A load of the requests of `mix`, in turn; callers leave after `patienceMs`. */
export function createOpenLoad(origin: string, mix: readonly Ask[], patienceMs: number): OpenLoad {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const ask = () => {
    const one = mix[turn++ % mix.length] as Ask;
    return exchange({ origin, agent, ask: one, patienceMs });
  };
  return {
    async send(perSecond, forMs) {
      const total = Math.round((perSecond * forMs) / 1_000);
      const asked: Promise<Asked>[] = [];
      const startedAt = performance.now();
      while (asked.length < total) {
        const due = Math.min(total, ((performance.now() - startedAt) / 1_000) * perSecond);
        while (asked.length < due) asked.push(ask());
        await pause(TURN_MS);
      }
      return Promise.all(asked);
    },
    async measureCapacity(callers, forMs) {
      const startedAt = performance.now();
      let good = 0;
      const call = async () => {
        while (performance.now() - startedAt < forMs) if (isGood(await ask())) good++;
      };
      await Promise.all(Array.from({ length: callers }, call));
      return (good / (performance.now() - startedAt)) * 1_000;
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly origin: string;
  readonly agent: Agent;
  readonly ask: Ask;
  readonly patienceMs: number;
}

function exchange({ origin, agent, ask, patienceMs }: Exchange): Promise<Asked> {
  const { kind, path, headers = {} } = ask;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, text = '') => {
      clearTimeout(patience);
      const problem = status === 200 ? {} : { problem: detailOf(text) };
      resolve({ kind, startedAt, tookMs: performance.now() - startedAt, status, ...problem });
    };
    const sent = get(`${origin}${path}`, { agent, headers }, (answer) => {
      const { statusCode = 0 } = answer;
      let text = '';
      if (statusCode === 200) answer.resume();
      else answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => end(statusCode, text));
      answer.on('error', (problem: Error) => end(0, problem.message));
    });
    sent.on('error', (problem: Error) => end(0, problem.message));
    const patience = setTimeout(() => sent.destroy(new Error('no answer in time')), patienceMs);
  });
}

/** What a problem says of itself (RFC 9457 §3.1). */
function detailOf(text: string): string {
  return /"detail"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? text.slice(0, 200);
}
