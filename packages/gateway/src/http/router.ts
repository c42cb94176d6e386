import createFindMyWay from 'find-my-way';
import { HTTP_LIMITS } from './limits.ts';
import { decodeSegments, type Target } from './target.ts';

/** A place the router leads to, and what stood in its parameters. */
export interface Found<T> {
  readonly value: T;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** Finds places by path. A literal segment beats a parameter; case matters; nothing is tolerated. */
export interface Router<T> {
  /** @throws {Failure} `malformed` for a path whose encoding is broken. */
  find(target: Target): Found<T> | undefined;
}

const LITERAL = /^[A-Za-z0-9._~-]+$/;
const PARAMETER = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/**
 * A router over `find-my-way`. It is only ever asked about paths it decodes to themselves, so its own
 * decoding never counts: ours (`decodeSegments`) is the one that handlers see.
 *
 * @param places path templates (`/stock/{sku}`) and what they lead to.
 * @throws {Error} for a template it cannot express, or one that is there twice.
 */
export function createRouter<T>(places: ReadonlyMap<string, T>): Router<T> {
  const tree = createFindMyWay({ caseSensitive: true, maxParamLength: HTTP_LIMITS.targetBytes });
  const templates = [...places].map(([path, value]) => ({
    value,
    positions: parameterPositions(path),
  }));
  [...places.keys()].forEach((path, index) => {
    tree.on('GET', toFindMyWay(path), noHandler, templates[index]);
  });
  return {
    find(target) {
      // It would match an empty last parameter.
      if (target.path.length > 1 && target.path.endsWith('/')) return undefined;
      const segments = target.encoded ? decodeSegments(target.path) : undefined;
      const path = segments ? `/${segments.map(encodeURIComponent).join('/')}` : target.path;
      const match = tree.find('GET', path);
      if (!match) return undefined;
      const { value, positions } = match.store as (typeof templates)[number];
      return { value, parameters: segments ? pick(segments, positions) : match.params };
    },
  };
}

function noHandler(): void {}

function toFindMyWay(path: string): string {
  if (path === '/') return path;
  const segments = path.slice(1).split('/');
  const converted = segments.map((segment) => {
    const name = PARAMETER.exec(segment)?.[1];
    if (name !== undefined) return `:${name}`;
    if (LITERAL.test(segment)) return segment;
    throw new Error(`Cannot route "${path}": segment "${segment}" is neither a word nor {name}.`);
  });
  return `/${converted.join('/')}`;
}

interface Position {
  readonly index: number;
  readonly name: string;
}

function parameterPositions(path: string): Position[] {
  return path
    .slice(1)
    .split('/')
    .flatMap((segment, index) => {
      const name = PARAMETER.exec(segment)?.[1];
      return name === undefined ? [] : [{ index, name }];
    });
}

function pick(segments: readonly string[], positions: readonly Position[]): Record<string, string> {
  // Without a prototype, so that no parameter name means more than itself.
  const parameters: Record<string, string> = Object.create(null);
  for (const { index, name } of positions) parameters[name] = segments[index] as string;
  return parameters;
}
