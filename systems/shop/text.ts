/** Words longer than this are cut: nobody types them, and they would fill the index. */
const WORD_LENGTH_MAX = 40;

/**
 * Text as it is compared: lower case, letters without their marks, so that `Café` is found by `cafe`.
 * The same on every machine, because it asks no locale.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss');
}

/** The words of a text: runs of letters and digits, folded. */
export function wordsOf(text: string): string[] {
  const words = foldText(text).match(/[\p{Letter}\p{Number}]+/gu) ?? [];
  return words.map((word) => word.slice(0, WORD_LENGTH_MAX));
}

/** Order by code units: the same on every machine and engine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
