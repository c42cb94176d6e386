/** Where a module of the source is after the build. */
type Doors = Readonly<Record<string, string>>;

/** A package.json of ours, as far as packing looks at it. */
export interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Doors;
  readonly bin?: Doors;
  readonly dependencies?: Doors;
  readonly [key: string]: unknown;
}

/** What a published package.json takes over unchanged. */
const KEPT = ['name', 'version', 'description', 'license', 'type', 'engines', 'dependencies'];

/**
 * The package.json to publish: the same doors, opening on built JavaScript and its declarations. Node
 * strips no types below `node_modules`, so sources can't be published as they are.
 */
export function toPublishedManifest(manifest: SourceManifest): Record<string, unknown> {
  const kept = KEPT.flatMap((key) => (manifest[key] === undefined ? [] : [[key, manifest[key]]]));
  return {
    ...Object.fromEntries(kept),
    ...(manifest.exports ? { exports: mapValues(manifest.exports, toConditions) } : {}),
    ...(manifest.bin ? { bin: mapValues(manifest.bin, toBuilt) } : {}),
    files: ['dist'],
  };
}

/** The source modules that a user can reach: everything else is built only because these need it. */
export function entryPoints(manifest: SourceManifest): string[] {
  return [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})];
}

function toConditions(source: string): { types: string; default: string } {
  const built = toBuilt(source);
  return { types: built.replace(/\.js$/, '.d.ts'), default: built };
}

/** @throws {Error} for an entry that is no TypeScript module below `src`. */
function toBuilt(source: string): string {
  const module = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1];
  if (!module) throw new Error(`"${source}" is no TypeScript module below src`);
  return `./dist/${module}.js`;
}

function mapValues<Value>(record: Doors, change: (value: string) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
