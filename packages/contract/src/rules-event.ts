import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import type { Event } from './event.ts';
import { fieldOf } from './page.ts';
import { checkAccess, checkChoices } from './rules-operation.ts';
import { resolveShape } from './walk.ts';

const EVENT_NAME = /^[A-Z][A-Za-z0-9]*$/;
/** Ten years: longer is an archive, not a log. */
const RETAIN_DAYS_MAX = 3650;

/** Reports what is wrong with an event. */
export function checkEvent(
  event: Event,
  checking: { readonly api: Api; readonly report: Report; readonly unread: boolean },
): void {
  const { api, report } = checking;
  const place = `events.${event.name}`;
  if (!EVENT_NAME.test(event.name)) {
    report(place, `"${event.name}" can't name an event; it is in PascalCase like "OrderPlaced".`);
  }
  checkChoices(event, place, report);
  checkAccess(event, place, report);
  if (event.owner === undefined && ['public', 'partner'].includes(event.exposure)) {
    report(
      place,
      "what leaves the system says whose it is: owner: 'subject', 'consumer', 'tenant' or 'shared'.",
    );
  }
  const days = event.retainDays ?? 1;
  if (!Number.isInteger(days) || days < 1 || days > RETAIN_DAYS_MAX) {
    report(`${place}.retainDays`, `${days} is not a whole number from 1 to ${RETAIN_DAYS_MAX}.`);
  }
  if (checking.unread) return;
  const key = fieldOf(event.payload.shape, event.key);
  const shape = key === undefined ? undefined : resolveShape(key.shape, api.types);
  const keyed = shape?.kind === 'string' || shape?.kind === 'integer';
  if (!keyed || key?.required !== true || shape.nullable === true) {
    report(`${place}.key`, `"${event.key}" is not a required string or integer of the payload.`);
  }
}
