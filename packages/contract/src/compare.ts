import type { Api } from './api.ts';
import type { Change, ChangeDirection, Note } from './change.ts';
import {
  compareAccess,
  compareAttributes,
  compareRetention,
  type Revision,
} from './compare-attributes.ts';
import { compareShapes } from './compare-shape.ts';
import type { Comparison } from './comparison.ts';
import type { Event } from './event.ts';
import type { DeclaredError, Operation } from './operation.ts';

/**
 * How two versions of an API differ, each change with its place, direction, severity and the reason.
 * A request may only widen, an answer only narrow or get more fields: what a client, a subscriber or
 * a peer relied on stays. In doubt a change is breaking.
 */
export function compare(before: Api, after: Api): readonly Change[] {
  const changes: Change[] = [];
  const note: Note = (change) => void changes.push(change);
  if (before.name !== after.name) {
    const reason = `This is another API: "${after.name}" instead of "${before.name}".`;
    note({ place: 'name', direction: 'api', severity: 'breaking', reason });
    return changes;
  }
  const context = createContext(before, after, note);
  for (const [name, operation] of Object.entries(before.operations)) {
    const place = `operations.${name}`;
    const successor = own(after.operations, name);
    if (successor === undefined) {
      const reason = 'The operation is gone.';
      note({ place, direction: 'operation', severity: 'breaking', reason });
    } else {
      compareOperations(operation, successor, context);
    }
  }
  for (const name of Object.keys(after.operations)) {
    if (own(before.operations, name) !== undefined) continue;
    const reason = 'The operation is new.';
    note({ place: `operations.${name}`, direction: 'operation', severity: 'compatible', reason });
  }
  compareEvents(before, after, context);
  return changes;
}

/** A comparison per direction: a named type is compared once in each. */
type Context = (direction: ChangeDirection) => Comparison;

function createContext(before: Api, after: Api, note: Note): Context {
  const comparisons = new Map<ChangeDirection, Comparison>();
  return (direction) => {
    const isRequest = direction === 'request';
    const comparison = comparisons.get(direction) ?? {
      direction,
      isRequest,
      sender: isRequest ? before.types : after.types,
      receiver: isRequest ? after.types : before.types,
      compared: new Map(),
      note,
    };
    comparisons.set(direction, comparison);
    return comparison;
  };
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function compareOperations(before: Operation, after: Operation, context: Context): void {
  const place = `operations.${before.name}`;
  const { note } = context('operation');
  compareAttributes({ before, after, place }, note);
  compareShapes(
    { sent: before.input.shape, received: after.input.shape, place: `${place}.input` },
    context('request'),
  );
  if (before.output !== undefined && after.output !== undefined) {
    compareShapes(
      { sent: after.output.shape, received: before.output.shape, place: `${place}.output` },
      context('response'),
    );
  } else if (before.output !== after.output) {
    const reason =
      after.output === undefined
        ? 'The operation no longer answers with anything (204).'
        : 'The operation answers with something (200) where it answered with nothing (204).';
    note({ place: `${place}.output`, direction: 'response', severity: 'breaking', reason });
  }
  compareErrors(before, after, context);
}

function compareErrors(before: Operation, after: Operation, context: Context): void {
  const { note } = context('error');
  for (const [name, error] of Object.entries(before.errors)) {
    const place = `operations.${before.name}.errors.${name}`;
    const successor = own<DeclaredError>(after.errors, name);
    if (successor === undefined) {
      const reason = 'The error is gone or renamed, and clients that handle it no longer see it.';
      note({ place, direction: 'error', severity: 'breaking', reason });
      continue;
    }
    if (error.status !== successor.status) {
      const reason = `The status changes from ${error.status} to ${successor.status}.`;
      note({ place, direction: 'error', severity: 'breaking', reason });
    }
    compareErrorData({ before: error, after: successor, place }, context);
  }
  for (const name of Object.keys(after.errors)) {
    if (own(before.errors, name) !== undefined) continue;
    const place = `operations.${before.name}.errors.${name}`;
    const reason = 'The error is new; clients that do not know it see its status and code.';
    note({ place, direction: 'error', severity: 'note', reason });
  }
}

function compareErrorData(
  { before, after, place }: Revision<DeclaredError>,
  context: Context,
): void {
  const comparison = context('error');
  if (before.data !== undefined && after.data !== undefined) {
    const where = `${place}.data`;
    compareShapes(
      { sent: after.data.shape, received: before.data.shape, place: where },
      comparison,
    );
  } else if (before.data !== undefined) {
    const reason = 'The error no longer carries its data.';
    comparison.note({ place, direction: 'error', severity: 'breaking', reason });
  } else if (after.data !== undefined) {
    const reason = 'The error now carries data; clients ignore what they do not know.';
    comparison.note({ place, direction: 'error', severity: 'compatible', reason });
  }
}

function compareEvents(before: Api, after: Api, context: Context): void {
  const comparison = context('event');
  const { note } = comparison;
  for (const [name, event] of Object.entries(before.events)) {
    const place = `events.${name}`;
    const successor = own<Event>(after.events, name);
    if (successor === undefined) {
      const reason = 'The event is gone.';
      note({ place, direction: 'event', severity: 'breaking', reason });
      continue;
    }
    if (event.key !== successor.key) {
      const reason = `Events are ordered by "${successor.key}" instead of "${event.key}".`;
      note({ place: `${place}.key`, direction: 'event', severity: 'breaking', reason });
    }
    const revision = { before: event, after: successor, place };
    compareAccess(revision, note);
    compareRetention(revision, note);
    const [sent, received] = [successor.payload.shape, event.payload.shape];
    compareShapes({ sent, received, place: `${place}.payload` }, comparison);
  }
  for (const name of Object.keys(after.events)) {
    if (own(before.events, name) !== undefined) continue;
    const reason = 'The event is new.';
    note({ place: `events.${name}`, direction: 'event', severity: 'compatible', reason });
  }
}
