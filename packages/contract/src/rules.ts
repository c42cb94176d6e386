import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';

/** What checking an API needs beside it. */
export interface Checking {
  readonly report: Report;
  /** Parts (`operations.getStock`) whose schemas could not be read: rules about fields skip them. */
  readonly unread: ReadonlySet<string>;
}

/** Reports everything that is wrong with an API as a whole. Schemas have been checked before. */
export function checkApi(_api: Api, _checking: Checking): void {}
