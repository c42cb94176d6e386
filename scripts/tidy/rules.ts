import { posix } from 'node:path';
import { edges, systemComposers, systemEdges } from './edges.ts';
import { type SourceFile, type SyntaxNode, walk } from './source.ts';

/** One place that breaks a rule. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A rule looks at all files together and names every place that breaks it. */
export type Rule = (files: readonly SourceFile[]) => Finding[];

const LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 3;

/** Code that users never get: tests, what they share, and what spans packages. */
export const isTest = (path: string): boolean =>
  /\.test(-d)?\.ts$|^tests\/|[/-]fixtures?[/.-]/.test(path);
const packageOf = (path: string) => /^packages\/([^/]+)\//.exec(path)?.[1];

/** Packages import only what the edge table allows; systems only what a service author needs. */
export const dependencyDirection: Rule = (files) =>
  files.flatMap((file) => {
    if (isTest(file.path)) return [];
    const from = packageOf(file.path);
    const composes = systemComposers.test(file.path);
    const allowed = from
      ? [from, ...(edges[from] ?? [])]
      : file.path.startsWith('systems/') && !composes
        ? systemEdges
        : undefined;
    if (!allowed) return [];
    return file.imports.flatMap((edge) => {
      const name = /^@portico\/([^/]+)/.exec(edge.specifier)?.[1];
      if (!name || allowed.includes(name)) return [];
      const message = `must not import @portico/${name}; allowed: ${allowed.join(', ')}`;
      return [{ rule: 'dependency-direction', path: file.path, line: edge.line, message }];
    });
  });

/** `contract` runs in a browser: no Node modules. */
export const contractIsPure: Rule = (files) =>
  files.flatMap((file) =>
    packageOf(file.path) !== 'contract' || isTest(file.path)
      ? []
      : file.imports
          .filter((edge) => edge.specifier.startsWith('node:'))
          .map((edge) => ({
            rule: 'contract-is-pure',
            path: file.path,
            line: edge.line,
            message: `imports ${edge.specifier}; contract must run in a browser`,
          })),
  );

/** Relative imports stay within their package or system, and no module reaches itself through others. */
export const noCycles: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const cycle = [...trail.slice(at), path].join(' → ');
      findings.push({ rule: 'no-cycles', path, line: 1, message: cycle });
      return;
    }
    if (done.has(path)) return;
    const file = byPath.get(path);
    for (const edge of file?.imports ?? []) {
      if (edge.specifier.startsWith('.')) {
        visit(posix.join(posix.dirname(path), edge.specifier), [...trail, path]);
      }
    }
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return findings;
};

/** No file over 500 lines, no function over 70, no more than three positional parameters. */
export const sizes: Rule = (files) =>
  files.flatMap((file) => {
    const findings: Finding[] = [];
    const add = (line: number, message: string) =>
      findings.push({ rule: 'sizes', path: file.path, line, message });
    if (file.lines.length > LINES_MAX)
      add(LINES_MAX, `${file.lines.length} lines; at most ${LINES_MAX}`);
    if (isTest(file.path)) return findings;
    walk(file.program, (node) => {
      if (!isFunction(node)) return;
      const first = file.lineOf(node.start);
      const length = file.lineOf(node.end) - first + 1;
      // A function whose body only holds others (a factory) is measured by its own statements.
      const inner = ownLines(file, node);
      if (inner > FUNCTION_LINES_MAX)
        add(first, `function of ${length} lines; at most ${FUNCTION_LINES_MAX}`);
      const parameters = ((node.params ?? []) as readonly SyntaxNode[]).filter(isRequired).length;
      if (parameters > PARAMETERS_MAX) {
        add(first, `${parameters} positional parameters; at most ${PARAMETERS_MAX}`);
      }
    });
    return findings;
  });

function isFunction(node: SyntaxNode): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** Options with a default or a question mark come last and are not counted. */
function isRequired(parameter: SyntaxNode): boolean {
  return parameter.type !== 'AssignmentPattern' && parameter.optional !== true;
}

/** Lines of a function without the lines of functions inside of it. */
function ownLines(file: SourceFile, node: SyntaxNode): number {
  let lines = file.lineOf(node.end) - file.lineOf(node.start) + 1;
  const subtract = (child: SyntaxNode): void => {
    if (child !== node && isFunction(child)) {
      lines -= file.lineOf(child.end) - file.lineOf(child.start);
      return;
    }
    for (const value of Object.values(child)) {
      for (const item of Array.isArray(value) ? value : [value]) {
        if (item && typeof item === 'object' && 'type' in item) subtract(item as SyntaxNode);
      }
    }
  };
  subtract(node);
  return lines;
}

const banned: readonly (readonly [RegExp, string])[] = [
  [/^Date\.now$/, 'use host.clock'],
  [/^performance\.now$/, 'use host.clock'],
  [/^Math\.random$/, 'use host.random'],
  [/^(crypto\.)?randomUUID$/, 'use host.ids'],
  [/^(crypto\.)?(randomBytes|getRandomValues)$/, 'use host.random'],
  [/^(setTimeout|setInterval)$/, 'use host.timers'],
];

/** Time, timers and randomness come from `host`, so that tests and simulations decide them. */
export const bannedCalls: Rule = (files) =>
  files.flatMap((file) => {
    const name = packageOf(file.path);
    const covered = name ? name !== 'host' : /^systems\/[^/]+\/services\//.test(file.path);
    if (!covered || isTest(file.path)) return [];
    const findings: Finding[] = [];
    walk(file.program, (node) => {
      const message = banReason(file, node);
      if (!message) return;
      findings.push({
        rule: 'banned-calls',
        path: file.path,
        line: file.lineOf(node.start),
        message,
      });
    });
    return findings;
  });

function banReason(file: SourceFile, node: SyntaxNode): string | undefined {
  if (node.type === 'CallExpression') {
    const callee = node.callee as SyntaxNode;
    const text = file.text.slice(callee.start, callee.end);
    const ban = banned.find(([pattern]) => pattern.test(text));
    return ban && `${text}() is banned here: ${ban[1]}`;
  }
  if (node.type === 'NewExpression') {
    const callee = node.callee as SyntaxNode;
    const parameters = node.arguments as readonly unknown[];
    if (file.text.slice(callee.start, callee.end) === 'Date' && parameters.length === 0) {
      return 'new Date() is banned here: use host.clock';
    }
  }
  return undefined;
}

const vagueNames = /(^|-)(utils?|helpers?|manager|impl|base|misc|common-stuff)(-|\.|$)/;

/** kebab-case file names that say something; no default exports in packages; no `any`. */
export const names: Rule = (files) =>
  files.flatMap((file) => {
    const findings: Finding[] = [];
    const add = (line: number, message: string) =>
      findings.push({ rule: 'names', path: file.path, line, message });
    const base = posix.basename(file.path).replace(/\.(test-d|test)?\.?ts$/, '');
    if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(base)) add(1, 'file name is not kebab-case');
    if (vagueNames.test(posix.basename(file.path)))
      add(1, 'file name says nothing about its content');
    walk(file.program, (node) => {
      if (node.type === 'TSAnyKeyword' && !isTest(file.path)) add(file.lineOf(node.start), '`any`');
      if (node.type === 'ExportDefaultDeclaration' && packageOf(file.path)) {
        add(file.lineOf(node.start), 'default export in a package');
      }
      if (node.type === 'TSEnumDeclaration')
        add(file.lineOf(node.start), 'enum; use a literal union');
    });
    return findings;
  });

/** Every export of a package says what it is. */
export const docstrings: Rule = (files) =>
  files.flatMap((file) => {
    if (!packageOf(file.path) || isTest(file.path)) return [];
    const findings: Finding[] = [];
    for (const node of file.program.body as readonly SyntaxNode[]) {
      if (node.type !== 'ExportNamedDeclaration' || !node.declaration) continue;
      const documented = file.docEnds.some(
        (end) =>
          end <= node.start && /^\s*(\/\/[^\n]*\s*)*$/.test(file.text.slice(end, node.start)),
      );
      if (documented || isSelfExplaining(node.declaration as SyntaxNode)) continue;
      const line = file.lineOf(node.start);
      findings.push({
        rule: 'docstrings',
        path: file.path,
        line,
        message: 'export without a docstring',
      });
    }
    return findings;
  });

/** Types derived in one line from others need no sentence of their own. */
function isSelfExplaining(declaration: SyntaxNode): boolean {
  return declaration.type === 'TSTypeAliasDeclaration' || declaration.type === 'TSDeclareFunction';
}

/** No plans in code: what is undone is an issue, not a comment. */
export const noLeftovers: Rule = (files) =>
  files.flatMap((file) =>
    // The rule's own words must not trip it.
    file.path.startsWith('scripts/tidy')
      ? []
      : file.lines.flatMap((text, index) =>
          /\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-nocheck/.test(text) ||
          (/@ts-expect-error/.test(text) && !isTest(file.path))
            ? [{ rule: 'no-leftovers', path: file.path, line: index + 1, message: text.trim() }]
            : [],
        ),
  );

/** All rules, in the order they are reported. */
export const rules: readonly Rule[] = [
  dependencyDirection,
  contractIsPure,
  noCycles,
  sizes,
  bannedCalls,
  names,
  docstrings,
  noLeftovers,
];
