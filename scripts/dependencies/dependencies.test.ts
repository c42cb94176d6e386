import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { listInstalled } from './installed.ts';
import { isPermissive, readLicence } from './licence.ts';

const root = resolve(import.meta.dirname, '../..');

/** What is installed with a lock file of its own; only the first reaches users of Portico. */
const places: readonly Place[] = [
  {
    directory: '.',
    licences: {},
    scripts: {
      'vue-demi': 'chooses between Vue 2 and 3; as published it is set to 3, which is installed',
    },
  },
  {
    directory: 'bench',
    licences: {
      'strong-globalize':
        'Artistic-2.0; of strong-soap, which is measured beside us, never shipped',
    },
    scripts: { protobufjs: 'warns of version ranges in the manifest around it; nothing needs it' },
  },
  {
    directory: 'tests/judges',
    licences: {},
    scripts: { '@scarf/scarf': 'reports installations to its maker; nothing needs it' },
  },
];

interface Place {
  readonly directory: string;
  /** Packages whose licence is accepted all the same, with the reason. */
  readonly licences: Readonly<Record<string, string>>;
  /** Packages with a script at installation, and why it need not run. */
  readonly scripts: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly hasInstallScript?: boolean }>
  >;
}

for (const { directory, licences, scripts } of places) {
  const name = directory === '.' ? 'the root' : directory;
  const lock: Lock = JSON.parse(readFileSync(join(root, directory, 'package-lock.json'), 'utf8'));
  const modules = join(root, directory, 'node_modules');

  describe(`dependencies of ${name}`, () => {
    const skip = existsSync(modules) ? false : 'not installed';

    it('are under permissive licences', { skip }, () => {
      const installed = listInstalled(modules);
      assert.ok(installed.length > 0);
      const refused = installed.filter(({ licence }) => !isPermissive(licence));
      const strangers = refused.filter(({ name }) => !licences[name]);
      assert.deepEqual(
        strangers.map((each) => `${each.name} ${each.version}: "${each.licence}" (${each.path})`),
        [],
      );
      const accepted = refused.map(({ name }) => name).filter((name) => licences[name]);
      assert.deepEqual([...new Set(accepted)].toSorted(), Object.keys(licences).toSorted());
    });

    it('are locked without the address of a registry', () => {
      const addresses = Object.values(lock.packages).flatMap(({ resolved }) =>
        resolved && /^[a-z+]+:/i.test(resolved) ? [resolved] : [],
      );
      assert.deepEqual(addresses, []);
    });

    it('need no script at installation', () => {
      const withScript = Object.entries(lock.packages)
        .filter(([, { hasInstallScript }]) => hasInstallScript)
        .map(([path]) => path.replace(/^.*node_modules\//, ''));
      assert.deepEqual([...new Set(withScript)].toSorted(), Object.keys(scripts).toSorted());
    });
  });
}

describe('permissive licences', () => {
  it('are those on the list, one of several, or all that apply', () => {
    for (const expression of ['MIT', '(MIT OR GPL-3.0)', 'GPL-3.0 OR ISC', 'MIT AND Apache-2.0']) {
      assert.equal(isPermissive(expression), true, expression);
    }
  });

  it('are no others, none, and nothing unreadable', () => {
    for (const expression of [
      '',
      'GPL-3.0',
      'MIT AND GPL-3.0',
      'MIT AND (ISC OR GPL-3.0) AND AGPL-3.0',
      'SEE LICENSE IN LICENSE',
      '(MIT',
      'MIT)',
      'MIT ISC',
      'Apache-2.0 WITH LLVM-exception',
      'UNLICENSED',
    ]) {
      assert.equal(isPermissive(expression), false, expression);
    }
  });

  it('are read from the forms that older packages use', () => {
    assert.equal(readLicence({ license: { type: 'MIT' } }), 'MIT');
    assert.equal(
      readLicence({ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] }),
      'MIT OR GPL-2.0',
    );
    assert.equal(readLicence({}), '');
  });
});
