import type { Api } from './api.ts';
import type { ChangeDirection, Note } from './change.ts';
import type { Facet } from './compare-scalar.ts';
import type { Shape } from './shape.ts';

/** A comparison of structures in one direction. */
export interface Comparison {
  readonly direction: ChangeDirection;
  /** Requests go from the older side to the newer one; all else from the newer to the older. */
  readonly isRequest: boolean;
  /** Named types of the side that sends, and of the side that receives. */
  readonly sender: Api['types'];
  readonly receiver: Api['types'];
  /** Pairs already compared: each is reported once, and types that contain themselves end. */
  readonly compared: Map<Shape | string, Set<Shape | string>>;
  readonly note: Note;
}

/** Two structures to compare, and where they stand. */
export interface Pair<S = Shape> {
  readonly sent: S;
  readonly received: S;
  readonly place: string;
}

/** Reports limits that differ, as breaks where what is sent does not fit what is received. */
export function reportFacets(
  facets: readonly Facet[],
  place: string,
  { note, direction, isRequest }: Comparison,
): void {
  for (const { name, sent, received, fits } of facets) {
    const [before, after] = isRequest ? [sent, received] : [received, sent];
    const change = `${name} changes from ${before} to ${after}`;
    const consequence = isRequest
      ? 'what was valid may be refused'
      : 'older clients may get what they do not expect';
    const reason = fits ? `${change}.` : `${change}: ${consequence}.`;
    const severity = fits ? 'compatible' : 'breaking';
    note({ place, direction, severity, reason: reason.charAt(0).toUpperCase() + reason.slice(1) });
  }
}
