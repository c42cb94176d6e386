import { STRICT_SOAP } from './change.ts';
import type { Comparison, Pair } from './comparison.ts';
import type { Field, ObjectShape } from './shape.ts';

/**
 * Reports how the fields of two objects differ, apart from their types: those are returned, to be
 * compared. Requests are closed, everything else is open.
 */
export function compareFields(
  { sent, received, place }: Pair<ObjectShape>,
  comparison: Comparison,
): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const field of sent.fields) {
    const other = fieldNamed(received, field.name);
    const where = `${place}.${field.name}`;
    if (other === undefined) {
      reportOnlySent(where, comparison);
    } else {
      comparePresence({ sent: field, received: other, place: where }, comparison);
      pairs.push({ sent: field.shape, received: other.shape, place: where });
    }
  }
  for (const field of received.fields) {
    if (fieldNamed(sent, field.name) !== undefined) continue;
    reportOnlyReceived(field, `${place}.${field.name}`, comparison);
  }
  compareOrder({ sent, received, place }, comparison);
  return pairs;
}

const fieldNamed = (shape: ObjectShape, name: string) =>
  shape.fields.find((field) => field.name === name);

/** A request's field that is gone, or an answer's field that is new. */
function reportOnlySent(place: string, { note, direction, isRequest }: Comparison): void {
  if (isRequest) {
    const reason = 'The field is gone, and inputs with unknown fields are refused.';
    note({ place, direction, severity: 'breaking', reason });
  } else {
    const reason = 'The field is new; clients ignore what they do not know.';
    note({ place, direction, severity: 'compatible', reason, soap: STRICT_SOAP });
  }
}

/** A request's field that is new, or an answer's field that is gone. */
function reportOnlyReceived(
  field: Field,
  place: string,
  { note, direction, isRequest }: Comparison,
): void {
  if (field.required) {
    const reason = isRequest
      ? 'A new field is required, which nobody sends yet.'
      : 'A field that was always there is gone.';
    note({ place, direction, severity: 'breaking', reason });
  } else if (isRequest) {
    const reason = 'An optional field is new.';
    note({ place, direction, severity: 'compatible', reason });
  } else {
    const reason = 'An optional field is no longer sent; who relied on it misses it.';
    note({ place, direction, severity: 'note', reason });
  }
}

function comparePresence(pair: Pair<Field>, comparison: Comparison): void {
  const { sent, received, place } = pair;
  const { note, direction, isRequest } = comparison;
  if (received.required && !sent.required) {
    const reason = isRequest
      ? 'The field is now required.'
      : 'The field was always there, and now may be missing.';
    note({ place, direction, severity: 'breaking', reason });
  } else if (sent.required && !received.required) {
    const reason = isRequest ? 'The field is now optional.' : 'The field is now always there.';
    note({ place, direction, severity: 'compatible', reason });
  }
  compareMarks(pair, comparison);
}

function compareMarks(
  { sent, received, place }: Pair<Field>,
  { note, direction, isRequest }: Comparison,
): void {
  const [before, after] = isRequest ? [sent, received] : [received, sent];
  const raised = (after.access ?? []).filter((name) => !before.access?.includes(name));
  const lowered = (before.access ?? []).filter((name) => !after.access?.includes(name));
  if (raised.length > 0) {
    const reason = `The field now needs the permission ${raised.join(', ')}.`;
    note({ place, direction: 'access', severity: 'breaking', reason });
  } else if (lowered.length > 0) {
    const reason = `The field no longer needs the permission ${lowered.join(', ')}.`;
    note({ place, direction: 'access', severity: 'compatible', reason });
  }
  if (before.version !== after.version) {
    const reason = isRequest
      ? 'REST takes the version from another place (If-Match or the field itself).'
      : 'REST gives or withholds the ETag.';
    const harmless = !isRequest && after.version === true;
    note({ place, direction, severity: harmless ? 'compatible' : 'breaking', reason });
  }
  if (before.id !== after.id) {
    const reason = 'The identifier has another prefix, or is one no more.';
    note({ place, direction, severity: 'note', reason });
  }
}

/** XML writes elements in the order of the schema; requests are read in any order. */
function compareOrder(
  { sent, received, place }: Pair<ObjectShape>,
  { note, direction, isRequest }: Comparison,
): void {
  if (isRequest) return;
  const common = (from: ObjectShape, other: ObjectShape) =>
    from.fields.map(({ name }) => name).filter((name) => fieldNamed(other, name) !== undefined);
  if (common(sent, received).join() === common(received, sent).join()) return;
  const reason = 'The order of the fields changes, which JSON does not know.';
  note({ place, direction, severity: 'note', reason, soap: STRICT_SOAP });
}
