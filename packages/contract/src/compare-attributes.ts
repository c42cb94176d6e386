import type { ChangeDirection, ChangeSeverity, Note } from './change.ts';
import type { Event } from './event.ts';
import { canonicalJson } from './json.ts';
import type { Access, Effect, Exposure, Operation } from './operation.ts';
import { routePattern } from './route.ts';

/** What the gateway accepts when an operation does not say: a change across it is a change. */
const DEFAULT_BODY_BYTES = 1024 * 1024;

/** One thing in two versions, and where it stands. */
export interface Revision<T> {
  readonly before: T;
  readonly after: T;
  readonly place: string;
}

/** Reports how two operations differ apart from their types. */
export function compareAttributes(revision: Revision<Operation>, note: Note): void {
  const { before, after, place } = revision;
  const say = (attribute: string, severity: ChangeSeverity, reason: string) => {
    const direction = DIRECTIONS[attribute] ?? 'operation';
    note({ place: `${place}.${attribute}`, direction, severity, reason });
  };
  compareAccess(revision, note);
  if (before.effect !== after.effect) {
    const harmless = HARMLESS_EFFECTS[before.effect].includes(after.effect);
    const reason = `What a repetition means changes from ${before.effect} to ${after.effect}.`;
    say('effect', harmless ? 'compatible' : 'breaking', reason);
  }
  const [from, to] = [routePattern(before.http), routePattern(after.http)];
  if (from !== to) say('http', 'breaking', `The route moves from ${from} to ${to}.`);
  if ((before.creates === undefined) !== (after.creates === undefined)) {
    say('creates', 'breaking', 'Success changes between 200 and 201 with a Location.');
  } else if (before.creates !== after.creates) {
    say('creates', 'note', 'The Location is that of another operation.');
  }
  if (canonicalJson(before.raw ?? null) !== canonicalJson(after.raw ?? null)) {
    say('raw', 'breaking', 'The body and headers are read in another way.');
  }
  const [room, space] = [before.maxBytes, after.maxBytes].map((n) => n ?? DEFAULT_BODY_BYTES);
  if (room !== space) {
    const tighter = (space ?? 0) < (room ?? 0);
    const reason = `The largest body changes from ${room} to ${space} bytes.`;
    say('maxBytes', tighter ? 'breaking' : 'compatible', reason);
  }
  for (const attribute of NOTED) {
    const [old, now] = [before[attribute], after[attribute]].map((v) => canonicalJson(v ?? null));
    if (old === now) continue;
    say(attribute, 'note', `"${attribute}" changes from ${old} to ${now}.`);
  }
}

/** Who notices a change of an attribute; of others, whoever calls. */
const DIRECTIONS: Readonly<Record<string, ChangeDirection>> = {
  creates: 'response',
  raw: 'request',
  maxBytes: 'request',
};

/** What each effect can become without a surprise for those who repeat calls, or who don't. */
const HARMLESS_EFFECTS: Readonly<Record<Effect, readonly Effect[]>> = {
  unsafe: ['idempotent', 'safe'],
  idempotent: ['safe'],
  // A key that was stored once answers for the whole retention; nothing else promises that.
  keyed: [],
  safe: [],
};

/** Attributes whose change nobody is refused for. */
const NOTED = [
  'timeoutMs',
  'cost',
  'waits',
  'criticality',
  'cache',
  'deprecated',
  'undoes',
] as const;

/** Reports that fewer, more or other callers reach an operation or get an event. */
export function compareAccess(
  { before, after, place }: Revision<Pick<Operation | Event, 'access' | 'exposure' | 'owner'>>,
  note: Note,
): void {
  const say = (attribute: string, harmless: boolean, reason: string) =>
    note({
      place: `${place}.${attribute}`,
      direction: 'access',
      severity: harmless ? 'compatible' : 'breaking',
      reason,
    });
  if (before.exposure !== after.exposure) {
    const harmless = HARMLESS_EXPOSURES[before.exposure].includes(after.exposure);
    const reason = `The exposure changes from ${before.exposure} to ${after.exposure}.`;
    say('exposure', harmless, reason);
  }
  const [from, to] = [show(before.access), show(after.access)];
  if (from !== to) {
    const reason = `Who may call changes from ${from} to ${to}.`;
    say('access', isWithin(before.access, after.access), reason);
  }
  if (before.owner !== after.owner) {
    const [was, is] = [before.owner ?? 'nobody', after.owner ?? 'nobody'];
    const harmless = after.owner === undefined || after.owner === 'shared';
    say('owner', harmless, `Whose the thing is changes from ${was} to ${is}.`);
  }
}

/** Where else something can be reached from without being lost to those who reach it now. */
const HARMLESS_EXPOSURES: Readonly<Record<Exposure, readonly Exposure[]>> = {
  internal: ['partner', 'public', 'admin'],
  partner: ['public'],
  public: [],
  admin: [],
};

const show = (access: Access | undefined) =>
  Array.isArray(access) ? [...access].sort().join(' and ') : String(access ?? 'any service');

/** Whether everyone who may call before may call after. */
function isWithin(before: Access | undefined, after: Access | undefined): boolean {
  if (after === 'anyone' || after === undefined) return true;
  if (before === 'anyone' || before === undefined) return false;
  if (after === 'signedIn') return true;
  return before !== 'signedIn' && after.every((permission) => before.includes(permission));
}

/** Reports that events are kept for a shorter or longer time. */
export function compareRetention({ before, after, place }: Revision<Event>, note: Note): void {
  if (before.retainDays === after.retainDays) return;
  const [from, to] = [before.retainDays ?? 'default', after.retainDays ?? 'default'];
  const reason = `Events are kept for ${to} instead of ${from} days.`;
  note({ place: `${place}.retainDays`, direction: 'event', severity: 'note', reason });
}
