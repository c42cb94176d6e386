// `PORT SECONDS`: finds out how much a server can do, then sends 0.5 to 10 times as much, whatever comes back.
//
// Callers wait a second and then leave. Good is an answer in that time; the goodput of a level is good answers a
// second, and `kept10` the share of the best level's that is left at ten times the capacity.
import { Pool } from 'undici';

const [port = '0', seconds = '4'] = process.argv.slice(2);
const LEVELS = [0.5, 1, 2, 5, 10];
const PATIENCE_MS = 1_000;
const CLOSED_CALLERS = 8;
const CLOSED_MS = 1_500;
/** A server that has been left has its queue to work off; until it answers at once it is let alone. */
const RESTED_MS = 100;
const REST_TRIES_MAX = 100;

const pool = new Pool(`http://127.0.0.1:${port}`);

/** Whether it was answered well in time. */
async function ask(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await pool.request({ path: '/worker/v1/work/bench', method: 'GET', signal });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

/** Answers per second to callers that wait for each other: what the server can do. */
async function measureCapacity(): Promise<number> {
  const startedAt = performance.now();
  let good = 0;
  const caller = async () => {
    while (performance.now() - startedAt < CLOSED_MS) if (await ask()) good++;
  };
  await Promise.all(Array.from({ length: CLOSED_CALLERS }, caller));
  return (good / (performance.now() - startedAt)) * 1_000;
}

interface Level {
  readonly goodput: number;
  /** Requests per second that were really sent: a generator that is late sends fewer. */
  readonly sent: number;
}

/** Good answers per second to so many requests per second, sent evenly. */
async function measureGoodput(perSecond: number): Promise<Level> {
  const total = Math.round(perSecond * Number(seconds));
  const asked: Promise<void>[] = [];
  const startedAt = performance.now();
  let good = 0;
  const send = async () => {
    if (await ask()) good++;
  };
  while (asked.length < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1_000) * perSecond);
    while (asked.length < due) asked.push(send());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // What is answered after the last one was sent is not counted: a queue that is left would flatter its server.
  const elapsedMs = performance.now() - startedAt;
  const level = { goodput: (good / elapsedMs) * 1_000, sent: (total / elapsedMs) * 1_000 };
  await Promise.all(asked);
  return level;
}

async function awaitRest(): Promise<void> {
  for (let tries = 0; tries < REST_TRIES_MAX; tries++) {
    const startedAt = performance.now();
    if ((await ask()) && performance.now() - startedAt < RESTED_MS) return;
    await new Promise((resolve) => setTimeout(resolve, RESTED_MS));
  }
  throw new Error('the server does not recover');
}

await measureCapacity();
const capacity = await measureCapacity();
const figures: Record<string, number> = { capacity };
let sentTimes = 0;
for (const level of LEVELS) {
  await awaitRest();
  const { goodput, sent } = await measureGoodput(capacity * level);
  figures[`goodputAt${level}`] = goodput;
  sentTimes = sent / capacity;
}
const goodputs = LEVELS.map((level) => figures[`goodputAt${level}`] ?? 0);
const kept10 = (goodputs.at(-1) ?? 0) / Math.max(...goodputs);
console.log(JSON.stringify({ ...figures, kept10, sentTimesCapacityAt10: sentTimes }));
await pool.close();
