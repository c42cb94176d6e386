/** The most bytes that one UTF-16 code unit of a string takes in UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
/** Up to here room for the worst case is cheaper than counting. */
const COUNTED_FROM_UNITS = 16_384;

/** Room for `text` in UTF-8: what it takes, or for short ones what it can take at the most. */
export function utf8Room(text: string): number {
  return text.length < COUNTED_FROM_UNITS
    ? text.length * BYTES_PER_UNIT_MAX
    : Buffer.byteLength(text, 'utf8');
}
