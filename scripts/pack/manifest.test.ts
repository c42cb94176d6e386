import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryPoints, toPublishedManifest } from './manifest.ts';

const source = {
  name: '@portico/cli',
  version: '1.2.3',
  type: 'module',
  exports: { '.': './src/index.ts', './spi': './src/spi/door.ts' },
  bin: { portico: './src/main.ts' },
  files: ['src'],
  dependencies: { '@portico/contract': '1.2.3' },
  devDependencies: { 'fast-check': '^4.0.0' },
  scripts: { postinstall: 'node evil.js' },
};

describe('a published package.json', () => {
  it('opens every door on built JavaScript and its declarations', () => {
    const { exports, bin } = toPublishedManifest(source);
    assert.deepEqual(exports, {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './spi': { types: './dist/spi/door.d.ts', default: './dist/spi/door.js' },
    });
    assert.deepEqual(bin, { portico: './dist/main.js' });
  });

  it('takes over what users need and nothing that only developers do', () => {
    assert.deepEqual(Object.keys(toPublishedManifest(source)), [
      'name',
      'version',
      'type',
      'dependencies',
      'exports',
      'bin',
      'files',
    ]);
  });

  it('refuses a door that is no module of the source', () => {
    const broken = { ...source, exports: { '.': './dist/index.js' } };
    assert.throws(() => toPublishedManifest(broken), /"\.\/dist\/index\.js" is no TypeScript/);
  });

  it('is built from its doors and commands', () => {
    assert.deepEqual(entryPoints(source), ['./src/index.ts', './src/spi/door.ts', './src/main.ts']);
  });
});
