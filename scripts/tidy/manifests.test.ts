import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPackagesPage } from './graph.ts';
import { checkManifests, type Manifest } from './manifests.ts';
import { parseSource } from './source.ts';

const create = (name: string, dependencies: Record<string, string> = {}): Manifest => ({
  directory: `packages/${name}`,
  name: `@portico/${name}`,
  version: '1.0.0',
  description: `What ${name} is`,
  dependencies,
});

function check(manifest: Manifest, files: Record<string, string>): string[] {
  const parsed = Object.entries(files).map(([path, text]) => parseSource(path, text));
  return checkManifests(parsed, [manifest, create('host')]).map(({ message }) => message);
}

describe('the dependencies of a package', () => {
  const path = 'packages/store/src/a.ts';

  it('are what it imports: types, re-exports, doors and dynamic imports too', () => {
    const dependencies = { '@portico/host': '1.0.0', kysely: '^0.29.0', pino: '1', jose: '1' };
    const text = `import type { Host } from '@portico/host/spi';
      export { sql } from 'kysely';
      import 'node:fs';
      import './b.ts';
      import '@portico/store/spi';
      await import('pino');
      await import(path);
      import.meta.resolve('jose/style.css');`;
    assert.deepEqual(check(create('store', dependencies), { [path]: text }), []);
  });

  it('lack nothing', () => {
    assert.deepEqual(check(create('store'), { [path]: "import type { K } from 'kysely';" }), [
      `"kysely" is imported by ${path}, but no dependency`,
    ]);
  });

  it('hold nothing unused; what only tests import is no use', () => {
    const files = { 'packages/store/src/a.test.ts': "import 'kysely';" };
    assert.deepEqual(check(create('store', { kysely: '1' }), files), [
      'dependency "kysely" is imported nowhere',
    ]);
  });

  it('serve the tests too where nothing is published', () => {
    const files = { 'packages/store/src/a.test.ts': "import 'kysely';" };
    assert.deepEqual(check({ ...create('store', { kysely: '1' }), private: true }, files), []);
  });

  it('name our own packages in the version they have', () => {
    const manifest = create('store', { '@portico/host': '0.9.0' });
    assert.deepEqual(check(manifest, { [path]: "import '@portico/host';" }), [
      'asks for @portico/host 0.9.0, which is 1.0.0',
    ]);
  });
});

describe('the page of packages', () => {
  it('draws no arrow that follows from others, and lists what comes from outside', () => {
    const page = createPackagesPage([
      create('contract'),
      create('host', { '@portico/contract': '1.0.0' }),
      create('service', {
        '@portico/contract': '1.0.0',
        '@portico/host': '1.0.0',
        ajv: '^8.0.0',
      }),
    ]);
    assert.deepEqual(page.match(/^ {2}.*$/gm), ['  contract --> host', '  host --> service']);
    assert.match(page, /\| \[service\]\(\.\.\/packages\/service\) \| What service is \| ajv \|/);
  });
});
