import { type Api, type Change, compare, toStandaloneSchema } from '@portico/contract';

/** A service as its release recorded it: what it provides, and what it was written against. */
export interface ServiceContracts {
  readonly service: string;
  readonly api: Api;
  /** The APIs it calls, in the versions that it was built with. */
  readonly uses: readonly Api[];
  /** The APIs whose events it hears, likewise. */
  readonly hears: readonly Api[];
}

/** Who called an operation lately, as usage has it. */
export interface RecordedCaller {
  readonly api: string;
  readonly operation: string;
  /** A service or a consumer. */
  readonly caller: string;
  readonly calls: number;
}

/** What the gate looks at. */
export interface ContractGate {
  readonly running: readonly ServiceContracts[];
  /** The services of the new release; those of `running` that are not among them stay. */
  readonly candidate: readonly ServiceContracts[];
  readonly callers?: readonly RecordedCaller[];
}

/** A list that would not be read to its end says how long it is. */
const SHOWN_MAX = 10;
/** Of the operations that a shared type is in. */
const NAMED_MAX = 5;

/**
 * Everything that speaks against a release beside what keeps running: a break of an API, with whom it
 * breaks; a `uses` that nobody satisfies; an event that a running consumer could not read. Empty: it may
 * start.
 */
export function contractBreaks(gate: ContractGate): readonly string[] {
  const replaced = new Set(gate.candidate.map(({ service }) => service));
  const staying = gate.running.filter(({ service }) => !replaced.has(service));
  return gate.candidate.flatMap((candidate) => [
    ...apiBreaks(candidate, staying, gate),
    ...unsatisfied(candidate, [...gate.candidate, ...staying]),
  ]);
}

function apiBreaks(
  { service, api }: ServiceContracts,
  staying: readonly ServiceContracts[],
  { running, callers = [] }: ContractGate,
): readonly string[] {
  const broken = staying.flatMap((consumer) => {
    const called = consumer.uses.find(({ name }) => name === api.name);
    const heard = consumer.hears.find(({ name }) => name === api.name);
    const calls = called ? breaksFor(called, api, isCall) : [];
    const events = heard ? breaksFor(heard, api, isEvent) : [];
    const breaks = [...calls, ...events];
    if (breaks.length === 0) return [];
    return [
      `${api.name} ${api.version} breaks ${consumer.service}, which keeps running:${list(breaks)}`,
    ];
  });
  const before = running.find((one) => one.service === service)?.api;
  if (!before) return broken;
  const changes = compare(before, api).filter(isBreaking);
  const hurt = changes.filter(
    (change) => before.major === api.major || callersOf(change, api, callers).length > 0,
  );
  if (hurt.length === 0) return broken;
  const advice =
    before.major === api.major
      ? `make it ${before.major + 1}.0.0 or undo them`
      : 'its callers have to move first';
  const lines = hurt.map((change) => {
    const who = callersOf(change, api, callers);
    const what = describe(change, before);
    return who.length === 0 ? what : `${what} (called by ${who.join(', ')})`;
  });
  const head = `${api.name} ${before.version} → ${api.version} has breaking changes; ${advice}:`;
  return [...broken, `${head}${list(lines)}`];
}

/** What a release calls and hears must be there, from what stays or comes along. */
function unsatisfied(
  { service, uses, hears }: ServiceContracts,
  provided: readonly ServiceContracts[],
): readonly string[] {
  const check = (wanted: Api, how: string, matters: (change: Change) => boolean) => {
    const found = provided.find(({ api }) => api.name === wanted.name)?.api;
    if (!found) return [`${service} ${how} ${wanted.name}, which nobody provides`];
    if (found.major !== wanted.major || minorOf(found) < minorOf(wanted))
      return [`${service} ${how} ${wanted.name} ${wanted.version}, but ${found.version} runs`];
    const breaks = breaksFor(wanted, found, matters);
    if (breaks.length === 0) return [];
    return [
      `${service} ${how} ${wanted.name}, which is not what it was built with:${list(breaks)}`,
    ];
  };
  return [
    ...uses.flatMap((api) => check(api, 'uses', isCall)),
    ...hears.flatMap((api) => check(api, 'hears', isEvent)),
  ];
}

function breaksFor(known: Api, now: Api, matters: (change: Change) => boolean): readonly string[] {
  if (known.major !== now.major)
    return [`it was built with ${known.version}, and majors do not mix`];
  return compare(known, now)
    .filter((change) => isBreaking(change) && matters(change))
    .map((change) => describe(change, known));
}

const isBreaking = ({ severity }: Change) => severity === 'breaking';
const isEvent = ({ direction, place }: Change) =>
  direction === 'event' || place.startsWith('events.');
const isCall = (change: Change) => !isEvent(change);
const minorOf = (api: Api) => Number(api.version.split('.')[1]);

/** A break within a named type says which operations and events it is in: that is what somebody calls. */
function describe(change: Change, api: Api): string {
  const { place, reason } = change;
  const type = /^types\.([^.[({]+)/.exec(place)?.[1];
  if (type === undefined) return `${place}: ${reason}`;
  const users = usersOf(type, change, api);
  const rest = users.length - NAMED_MAX;
  const named = users.slice(0, NAMED_MAX).join(', ');
  const where = rest > 0 ? `${named} and ${rest} more` : named;
  return `${place} (in ${where}): ${reason}`;
}

/** The operations and events that reach a named type in the direction of a change. */
function usersOf(type: string, { direction }: Change, api: Api): readonly string[] {
  const reaches = (part: Api['types'][string] | undefined) =>
    part !== undefined &&
    Object.hasOwn(Object(toStandaloneSchema(part.schema, api, 'open').$defs), type);
  const operations = Object.values(api.operations).filter(({ input, output, errors }) => {
    if (direction === 'request') return reaches(input);
    if (direction === 'response') return reaches(output);
    return direction === 'error' && Object.values(errors).some(({ data }) => reaches(data));
  });
  const events = direction === 'event' ? Object.values(api.events) : [];
  const heard = events.filter(({ payload }) => reaches(payload));
  return [...operations, ...heard].map(({ name }) => name);
}

/** Who calls what a change touches: the callers of its operation, or for a shared type all of the API. */
function callersOf(
  { place }: Change,
  { name }: Api,
  callers: readonly RecordedCaller[],
): readonly string[] {
  const operation = /^operations\.([^.[]+)/.exec(place)?.[1];
  return callers
    .filter((one) => one.api === name && (operation === undefined || one.operation === operation))
    .map(({ caller, calls }) => `${caller} ${calls}×`);
}

function list(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_MAX).map((line) => `\n    ${line}`);
  const rest = lines.length - shown.length;
  return rest > 0 ? `${shown.join('')}\n    and ${rest} more` : shown.join('');
}
