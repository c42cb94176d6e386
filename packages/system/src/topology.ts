import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Topology, topologyFile } from './topology-file.ts';
import { topologyMistakes } from './topology-rules.ts';

/**
 * Reads a topology from a parsed file: its form first, then what its parts mean together. Which services
 * exist is not known here; `placeGroups` checks that.
 *
 * @param source - Named in errors: the file's path.
 * @throws {Error} with every mistake and its place in the file.
 */
export function parseTopology(value: unknown, source: string): Topology {
  const result = topologyFile.safeParse(value);
  const mistakes = result.success
    ? topologyMistakes(result.data)
    : result.error.issues.map((issue) => {
        const place = issue.path.length > 0 ? issue.path.join('.') : 'the file';
        // What is wrong with a key stands one level deeper.
        const cause = issue.code === 'invalid_key' ? issue.issues[0] : issue;
        return `${place}: ${cause?.message ?? issue.message}`;
      });
  if (result.success && mistakes.length === 0) return result.data;
  const list = mistakes.map((mistake) => `  - ${mistake}`).join('\n');
  throw new Error(`Cannot use topology ${source}:\n${list}`);
}

/**
 * Reads a topology file (JSON). The folder of `wire.tls` is beside it.
 *
 * @throws {Error} naming the file and what is wrong with it.
 */
export function readTopology(path: string): Topology {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (problem) {
    throw new Error(`Cannot read topology ${path}: ${(problem as Error).message}`);
  }
  const topology = parseTopology(value, path);
  const { wire } = topology;
  return wire ? { ...topology, wire: { tls: resolve(dirname(path), wire.tls) } } : topology;
}
