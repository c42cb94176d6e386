/**
 * Deeper values are refused. The edge takes 32 levels; what services make themselves may be deeper, but
 * not so deep that copying, comparing or writing it could exhaust the stack.
 */
export const DEPTH_MAX = 100;

/** The answer of a copier to a value that does not fit. Compared by identity; never leaves the runtime. */
export const REFUSED: unique symbol = Symbol('refused');

/**
 * A deep copy of a JSON value (RFC 8259).
 * @throws {typeof REFUSED} on anything else: functions, dates, `NaN`, cycles, depth above {@link DEPTH_MAX}.
 */
export function copyJson(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw REFUSED;
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= DEPTH_MAX) throw REFUSED;
      return Array.isArray(value)
        ? value.map((item) => copyJson(item, depth + 1))
        : copyMembers(value as Record<string, unknown>, depth + 1);
    default:
      throw REFUSED;
  }
}

function copyMembers(value: Record<string, unknown>, depth: number): unknown {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw REFUSED;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined) setOwn(copy, name, copyJson(member, depth));
  }
  return copy;
}

/** Sets a member whatever its name: assigning to `__proto__` would change the prototype instead. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[name] = value;
  }
}
