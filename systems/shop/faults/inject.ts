import type { Timers } from '@portico/host';
import { reject, type Service } from '@portico/service';
import { STEP_CALLS } from './catalogue.ts';
import type { ActiveFault, Switches } from './switches.ts';

/** What every handler gets, as far as faults touch it. */
interface Context {
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly clock: { now(): number };
  readonly transaction: (work: (transaction: unknown) => Promise<unknown>) => Promise<unknown>;
}
type Handler = (input: unknown, context: Context) => unknown;
interface Heard {
  readonly id: string;
  readonly key: string;
  readonly at: number;
}
type EventHandler = (event: Heard, context: Context) => Promise<void>;

/** Puts the faults of `switches` around the handlers of a service: at its borders, nowhere inside. */
export function withFaults(service: Service, switches: Switches): Service {
  const { name, spec } = service;
  const operations = mapValues(spec.operations as Record<string, Handler>, (handler, operation) =>
    aroundOperation(`${name}.${operation}`, { service: name, handler, switches }),
  );
  const on = mapValues((spec.on ?? {}) as Record<string, object>, (handlers) =>
    mapValues(handlers as Record<string, EventHandler | { handle: EventHandler }>, (given) => {
      if (typeof given === 'function') return aroundEvent(name, { handler: given, switches });
      return { ...given, handle: aroundEvent(name, { handler: given.handle, switches }) };
    }),
  );
  // The types of its handlers are the spec's own secret; what is put around them has the same.
  return { ...service, spec: { ...spec, operations, on } as unknown as Service['spec'] };
}

function aroundOperation(
  id: string,
  { service, handler, switches }: { service: string; handler: Handler; switches: Switches },
): Handler {
  return async (input, context) => {
    if (id === 'catalog.getProduct') {
      const { productId } = input as { readonly productId: string };
      const fails = switches.take('catalog.product-fails', ({ product }) => {
        return product === undefined || product === productId;
      });
      if (fails) throw new Error(`The fault ${fails.name} is on.`);
    }
    if (service === 'cart' && switches.take('cart.errors')) {
      throw new Error('The fault cart.errors is on.');
    }
    if (service === 'inventory') {
      const slow = switches.take('inventory.slow', ({ operation }) => {
        return operation === undefined || id === `inventory.${operation}`;
      });
      if (slow) await pause(slow, { ms: slow.settings.ms, context });
    }
    await crashAt(switches, { id, when: 'before' });
    const value = await handler(input, context);
    await crashAt(switches, { id, when: 'after' });
    return value;
  };
}

function aroundEvent(
  service: string,
  { handler, switches }: { handler: EventHandler; switches: Switches },
): EventHandler {
  const isMeant = (settings: { readonly service?: string | undefined }) =>
    settings.service === undefined || settings.service === service;
  return async (event, context) => {
    const lag = switches.take('events.lag', isMeant);
    if (lag) {
      const ms = event.at + lag.settings.ms - context.clock.now();
      await pause(lag, { ms: Math.min(ms, lag.settings.ms), context });
    }
    const poison = switches.find('events.poison');
    if (isPoisoned(poison, { service, event })) {
      const message = 'The fault events.poison is on: this event always fails.';
      throw poison?.settings.as === 'rejected' ? reject(message) : new Error(message);
    }
    if (!switches.take('events.redeliver', isMeant)) return handler(event, context);
    const again = new Error('The fault events.redeliver is on: this event comes again.');
    await handler(event, rollingBack(context, again));
    throw again;
  };
}

function isPoisoned(
  fault: ActiveFault<'events.poison'> | undefined,
  { service, event }: { readonly service: string; readonly event: Heard },
): boolean {
  if (!fault || (fault.settings.service ?? service) !== service) return false;
  const { key } = fault.settings;
  // The first event that a fault without a key meets stays the poisoned one.
  fault.poisoned ??= `${service} ${event.id}`;
  const hit = key === undefined ? fault.poisoned === `${service} ${event.id}` : key === event.key;
  if (hit) fault.hits += 1;
  return hit;
}

/** A context whose transaction does all its work and then fails, as if the process had died before COMMIT. */
function rollingBack(context: Context, problem: Error): Context {
  const transaction: Context['transaction'] = (work) =>
    context.transaction(async (handle) => {
      await work(handle);
      throw problem;
    });
  return new Proxy(context, {
    get: (target, name) => (name === 'transaction' ? transaction : Reflect.get(target, name)),
  });
}

/** Dies at once, with nothing told and nothing drained. */
async function crashAt(
  switches: Switches,
  { id, when }: { readonly id: string; readonly when: 'before' | 'after' },
): Promise<void> {
  const crash = switches.take(
    'orders.crash-at',
    (settings) => STEP_CALLS[settings.step] === id && settings.when === when,
  );
  if (!crash) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives a moment later; until then nothing may go on.
  await new Promise(() => undefined);
}

/** Waits, but no longer than the fault and the call last. */
async function pause(
  fault: ActiveFault,
  { ms, context }: { readonly ms: number; readonly context: Context },
): Promise<void> {
  if (ms <= 0) return;
  const signal = AbortSignal.any([fault.ended, context.signal]);
  await context.timers.sleep(ms, signal).catch((reason: unknown) => {
    if (context.signal.aborted) throw reason;
  });
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(value, name)]),
  );
}
