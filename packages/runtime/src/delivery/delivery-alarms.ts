import type { Placement } from '../placement.ts';
import type { Consumer } from './consumer.ts';
import { statusOf } from './delivery-status.ts';
import { createWaker } from './waker.ts';

/** How often a consumer is looked at. */
const LOOK_EVERY_MS = 60_000;
/** An event that waits longer than this (10 s) is somebody's business. */
export const UNDELIVERED_MAX_MS = 10_000;

/** Writes a line into the log, once a minute, as long as events of a consumer are not delivered. */
export function watchDelivery(consumer: Consumer, { around, log }: Placement): { stop(): void } {
  const { host } = around;
  const waker = createWaker(host);
  let stopped = false;
  const look = async () => {
    for (const status of await statusOf(consumer, host)) {
      const { deadLetters, blockedKeys, oldestUndeliveredMs, state } = status;
      // Who pulls raises the alarm.
      if (state === 'elsewhere') continue;
      const isLate = oldestUndeliveredMs > UNDELIVERED_MAX_MS;
      if (deadLetters === 0 && blockedKeys === 0 && !isLate) continue;
      log.error(status, 'Events are not delivered; look at dead letters and blocked keys.');
    }
  };
  const run = async () => {
    for (;;) {
      await waker.pause(LOOK_EVERY_MS);
      if (stopped) return;
      try {
        await look();
      } catch (problem) {
        log.warn({ err: problem }, 'The delivery of events could not be looked at.');
      }
    }
  };
  run();
  return {
    stop() {
      stopped = true;
      waker.wake();
    },
  };
}
