/** The id in a subject, without its kind: `acc_1` of `user:acc_1`. Rows are owned by ids. */
export function ownerId(subject: string): string {
  const kindEnd = subject.indexOf(':');
  return kindEnd < 0 ? subject : subject.slice(kindEnd + 1);
}

/** What callers get for times that are stored as Unix milliseconds. */
export function toInstant(at: number): string {
  return new Date(at).toISOString();
}

/** A field that is there only when it has a value: optional fields are absent, never `undefined`. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [K in Name]?: Value } {
  return value === undefined || value === null ? {} : ({ [name]: value } as { [K in Name]: Value });
}
