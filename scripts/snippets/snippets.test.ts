import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { extractSnippets } from './extract.ts';

const root = resolve(import.meta.dirname, '../..');
/** Compiled with the snippets, and wrong: a check that finds nothing here checks nothing. */
const PLANTED = 'planted.ts';

describe('the code of READMEs and documents', () => {
  const documents = globSync(
    ['*.md', 'packages/*/README.md', 'systems/*/README.md', 'docs/**/*.md'],
    {
      cwd: root,
    },
  ).toSorted();
  const problems = check(documents);
  for (const document of documents.filter((each) => snippetsOf(each).length > 0)) {
    it(`type-checks in ${document}`, () => {
      assert.deepEqual(
        problems.filter((problem) => problem.startsWith(`${document}:`)),
        [],
      );
    });
  }

  it('is really compiled: a planted mistake is found, the settings are accepted', () => {
    assert.ok(problems.some((problem) => problem.startsWith(`${PLANTED}:1: error TS2322`)));
    assert.deepEqual(
      problems.filter((problem) => problem.startsWith('error ')),
      [],
    );
  });
});

describe('extracting snippets', () => {
  const fence = '```';

  it('keeps the places of lines', () => {
    const [snippet] = extractSnippets(`# A\n\n${fence}ts\nlet a = 1;\n${fence}\n`);
    assert.deepEqual(snippet, { line: 3, code: '\n\n\nlet a = 1;\nexport {};\n' });
  });

  it('puts what is given before the next block only', () => {
    const block = `${fence}ts\na;\n${fence}\n`;
    const found = extractSnippets(`<!-- given\ndeclare const a: 1;\n-->\n${block}${block}`);
    assert.deepEqual(
      found.map(({ code }) => code.replaceAll('\n', ' ').trim()),
      ['declare const a: 1;   a; export {};', 'a; export {};'],
    );
  });

  it('leaves other languages and marked blocks alone, longer fences around blocks too', () => {
    const others = [`${fence}sh`, 'x', fence, `${fence}ts no-check`, 'x', fence];
    const nested = ['````md', `${fence}ts`, 'x', fence, '````'];
    assert.deepEqual(extractSnippets([...others, ...nested].join('\n')), []);
  });
});

function snippetsOf(document: string) {
  return extractSnippets(readFileSync(join(root, document), 'utf8'));
}

/** Type-checks all snippets in one run. @returns `packages/host/README.md:9: …` for each problem. */
function check(documents: readonly string[]): string[] {
  const work = mkdtempSync(join(tmpdir(), 'portico-snippets-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'), 'junction');
    const origins = new Map([[PLANTED, PLANTED]]);
    writeFileSync(join(work, PLANTED), "export const wrong: number = 'text';\n");
    for (const document of documents) {
      for (const { line, code } of snippetsOf(document)) {
        const name = `${document.replace(/[^A-Za-z0-9]/g, '-')}-${line}.ts`;
        origins.set(name, document);
        writeFileSync(join(work, name), code);
      }
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      // An example may show a value without using it, a parameter too.
      compilerOptions: {
        noUnusedLocals: false,
        noUnusedParameters: false,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [],
      files: [...origins.keys()],
    };
    writeFileSync(join(work, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', work, '--pretty', 'false'], {
      cwd: work,
      encoding: 'utf8',
    });
    return stdout
      .split('\n')
      .filter((text) => /(^|: )error TS/.test(text))
      .map((text) =>
        text.replace(
          /^([^(]+)\((\d+),\d+\)/,
          (_, file, line) => `${origins.get(file) ?? file}:${line}`,
        ),
      );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
