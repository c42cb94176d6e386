import type { Saga } from '@portico/service';
import { REFUSED } from '../copy-json.ts';
import { listed } from '../entry.ts';
import type { Placement } from '../placement.ts';

/** A saga's data is written with each of its steps; what is larger belongs into tables. 256 KB. */
export const DATA_BYTES_MAX = 262_144;

/** What a step returned does not fit its saga: a mistake of the step. */
export class UnfitData extends Error {
  override readonly name = 'UnfitData';
}

/**
 * A saga's data after a step has changed some of its fields.
 * @throws {UnfitData} naming what does not fit.
 */
export function changeData(
  placement: Placement,
  saga: Saga,
  { data, changes }: { readonly data: unknown; readonly changes: unknown },
): unknown {
  if (changes === undefined) return data;
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
    throw new UnfitData(`A step of "${saga.name}" returned something that is no object.`);
  }
  const merged = { ...(data as object), ...changes };
  const type = placement.sagaDataType(saga);
  const copy = type.copy(merged);
  if (copy === REFUSED) {
    throw new UnfitData(`The data of "${saga.name}" does not fit: ${listed(type, merged)}`);
  }
  if (Buffer.byteLength(JSON.stringify(copy)) > DATA_BYTES_MAX) {
    throw new UnfitData(
      `The data of "${saga.name}" has more than ${DATA_BYTES_MAX} bytes as JSON.`,
    );
  }
  return copy;
}
