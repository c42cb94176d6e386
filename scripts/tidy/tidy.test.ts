import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as all from './rules.ts';
import { parseSource } from './source.ts';

function check(rule: all.Rule, files: Record<string, string>): string[] {
  return rule(Object.entries(files).map(([path, text]) => parseSource(path, text))).map(
    (finding) => `${finding.path}:${finding.line}`,
  );
}

describe('tidy', () => {
  it('refuses an import against the direction, re-exports and dynamic imports too', () => {
    const from = 'packages/contract/src/a.ts';
    assert.deepEqual(check(all.dependencyDirection, { [from]: "import '@portico/runtime';" }), [
      `${from}:1`,
    ]);
    assert.deepEqual(
      check(all.dependencyDirection, { [from]: "\nexport * from '@portico/host';" }),
      [`${from}:2`],
    );
    assert.deepEqual(
      check(all.dependencyDirection, { [from]: "await import('@portico/system');" }),
      [`${from}:1`],
    );
  });

  it('lets a package import what the table allows', () => {
    const files = { 'packages/runtime/src/a.ts': "import '@portico/store/spi';" };
    assert.deepEqual(check(all.dependencyDirection, files), []);
  });

  it('keeps services away from everything but contract, service and store', () => {
    const files = {
      'systems/shop/services/cart/service.ts': "import '@portico/gateway';",
      'systems/shop/system.ts': "import '@portico/system';",
    };
    assert.deepEqual(check(all.dependencyDirection, files), [
      'systems/shop/services/cart/service.ts:1',
    ]);
  });

  it('keeps Node out of contract', () => {
    const files = {
      'packages/contract/src/a.ts': "import 'node:fs';",
      'packages/host/src/a.ts': "import 'node:fs';",
    };
    assert.deepEqual(check(all.contractIsPure, files), ['packages/contract/src/a.ts:1']);
  });

  it('finds a cycle of modules, through types as well', () => {
    const files = {
      'packages/host/src/a.ts': "import type { B } from './b.ts';",
      'packages/host/src/b.ts': "import type { A } from './a.ts';",
      'packages/host/src/c.ts': "import './a.ts';",
    };
    assert.equal(check(all.noCycles, files).length, 1);
  });

  it('finds long files, long functions and long parameter lists', () => {
    const path = 'packages/host/src/a.ts';
    assert.deepEqual(check(all.sizes, { [path]: '\n'.repeat(600) }), [`${path}:500`]);
    assert.deepEqual(check(all.sizes, { [path]: `function f() {${'\nf();'.repeat(80)}\n}` }), [
      `${path}:1`,
    ]);
    assert.deepEqual(check(all.sizes, { [path]: 'function f(a, b, c, d) {}' }), [`${path}:1`]);
    const factory = `function f() {${'\nconst g = () => {\nf();\nf();\n};'.repeat(20)}\n}`;
    assert.deepEqual(check(all.sizes, { [path]: factory }), []);
  });

  it('finds clocks, timers and randomness outside of host', () => {
    const text = 'Date.now();\nMath.random();\nsetTimeout(f, 1);\nnew Date();\nnew Date(0);';
    assert.equal(check(all.bannedCalls, { 'packages/runtime/src/a.ts': text }).length, 4);
    assert.equal(check(all.bannedCalls, { 'packages/host/src/a.ts': text }).length, 0);
    assert.equal(check(all.bannedCalls, { 'systems/shop/services/cart/a.ts': text }).length, 4);
  });

  it('finds names that say nothing, any, enums and default exports', () => {
    assert.equal(check(all.names, { 'packages/host/src/utils.ts': '' }).length, 1);
    assert.equal(check(all.names, { 'packages/host/src/fooBar.ts': '' }).length, 1);
    assert.equal(check(all.names, { 'packages/host/src/a.ts': 'let x: any;' }).length, 1);
    assert.equal(
      check(all.names, { 'packages/host/src/a.ts': 'enum A {}\nexport default 1;' }).length,
      2,
    );
    assert.equal(check(all.names, { 'packages/host/src/store-driver.test.ts': '' }).length, 0);
  });

  it('finds exports without a docstring', () => {
    const path = 'packages/host/src/a.ts';
    assert.deepEqual(check(all.docstrings, { [path]: 'export function f() {}' }), [`${path}:1`]);
    assert.deepEqual(check(all.docstrings, { [path]: '/** What. */\nexport function f() {}' }), []);
    assert.deepEqual(check(all.docstrings, { [path]: '/** What. */\nf();\nexport const g = 1;' }), [
      `${path}:3`,
    ]);
  });

  it('finds what was left undone', () => {
    assert.equal(check(all.noLeftovers, { 'packages/host/src/a.ts': '// TODO later' }).length, 1);
  });
});
