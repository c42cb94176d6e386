import { parseSync } from 'oxc-parser';

/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** One import or re-export of a module. */
export interface ImportEdge {
  readonly specifier: string;
  readonly line: number;
}

/** One source file, read and parsed. */
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly ImportEdge[];
  readonly program: SyntaxNode;
  /** The ends of documentation comments (`/** … *​/`), by offset of their last character. */
  readonly docEnds: readonly number[];
  lineOf(offset: number): number;
}

/** Parses one TypeScript module. @throws {Error} naming file and line when it is not one. */
export function parseSource(path: string, text: string): SourceFile {
  const result = parseSync(path, text);
  const problem = result.errors[0];
  if (problem) throw new Error(`${path}: ${problem.message}`);
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineOf = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const imports: ImportEdge[] = result.module.staticImports.map((entry) => ({
    specifier: entry.moduleRequest.value,
    line: lineOf(entry.start),
  }));
  for (const statement of result.module.staticExports) {
    const request = statement.entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (request) imports.push({ specifier: request.value, line: lineOf(statement.start) });
  }
  for (const entry of result.module.dynamicImports) {
    const argument = text.slice(entry.moduleRequest.start, entry.moduleRequest.end);
    const specifier = /^(['"])(.*)\1$/.exec(argument)?.[2];
    // An address computed at run time is the business of whoever computes it.
    if (specifier === undefined) continue;
    imports.push({ specifier, line: lineOf(entry.start) });
  }
  return {
    path,
    text,
    lines: text.split('\n'),
    imports,
    program: result.program as unknown as SyntaxNode,
    docEnds: result.comments
      .filter((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
      .map((comment) => comment.end),
    lineOf,
  };
}

/** Calls `visit` for every node below `node`, parents first. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) isNode(item) && walk(item, visit);
    else if (isNode(value)) walk(value, visit);
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
