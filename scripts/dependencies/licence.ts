/** Licences that ask for no more than a notice, as SPDX names them (spdx.org/licenses). */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/**
 * Whether a package may be used under permissive terms: of licences joined by `OR` one is enough, of
 * those joined by `AND` all must be (SPDX 2.3, Annex D). Without a licence nothing is allowed.
 */
export function isPermissive(expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const parseAny = (): boolean => {
    let isAllowed = parseAll();
    while (tokens[at] === 'OR') {
      at += 1;
      // Both sides are read, whatever the first one says.
      isAllowed = parseAll() || isAllowed;
    }
    return isAllowed;
  };
  const parseAll = (): boolean => {
    let isAllowed = parseOne();
    while (tokens[at] === 'AND') {
      at += 1;
      isAllowed = parseOne() && isAllowed;
    }
    return isAllowed;
  };
  const parseOne = (): boolean => {
    const token = tokens[at++] ?? '';
    if (token !== '(') return PERMISSIVE.has(token);
    const isAllowed = parseAny();
    return tokens[at++] === ')' && isAllowed;
  };
  const isAllowed = parseAny();
  return at === tokens.length && isAllowed;
}

/**
 * The licence a package.json states; older packages write an object or a list, of which any may be chosen.
 * Empty when it states none.
 */
export function readLicence(manifest: {
  readonly license?: unknown;
  readonly licenses?: unknown;
}): string {
  const stated = manifest.license ?? manifest.licenses ?? '';
  const names = (Array.isArray(stated) ? stated : [stated]).map((each) =>
    typeof each === 'string' ? each : String((each as { type?: unknown }).type ?? ''),
  );
  return names.filter((name) => name !== '').join(' OR ');
}
