import type { Placement } from '../placement.ts';
import type { Consumer } from './consumer.ts';
import { statusOf } from './delivery-status.ts';
import { createWaker } from './waker.ts';

/** How often a consumer is looked at. */
const LOOK_EVERY_MS = 60_000;

/** Writes a line into the log, once a minute, as long as events of a consumer are not delivered. */
export function watchDelivery(consumer: Consumer, { around, log }: Placement): { stop(): void } {
  const { host } = around;
  const waker = createWaker(host);
  let stopped = false;
  const look = async () => {
    for (const status of await statusOf(consumer, host)) {
      // Who pulls raises the alarm.
      if (status.state === 'elsewhere' || status.alarms.length === 0) continue;
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
