import type { Manifest } from './manifests.ts';

/** Where the page lies; a check compares it with what {@link createPackagesPage} says. */
export const PACKAGES_PAGE = 'docs/packages.md';

/** The page that shows the packages, who knows whom, and what they bring from outside. */
export function createPackagesPage(manifests: readonly Manifest[]): string {
  const packages = manifests.filter(({ directory }) => directory.startsWith('packages/'));
  const names = new Set(packages.map(({ name }) => name));
  const arrows = packages.flatMap((manifest) =>
    withoutImplied(manifest, packages).map((to) => `  ${short(to)} --> ${short(manifest.name)}`),
  );
  const rows = packages.map(({ name, description, dependencies }) => {
    const outside = Object.keys(dependencies).filter((each) => !names.has(each));
    return `| [${short(name)}](../packages/${short(name)}) | ${description ?? ''} | ${outside.join(', ')} |`;
  });
  return `# Packages

Made by \`node scripts/tidy/main.ts --write\` from the package.json files, which a check compares with the
imports. An arrow leads from a package to one that knows it; arrows that follow from others are left out.

\`\`\`mermaid
graph LR
${arrows.toSorted().join('\n')}
\`\`\`

| package | what | from outside |
| --- | --- | --- |
${rows.toSorted().join('\n')}
`;
}

const short = (name: string) => name.replace('@portico/', '');

/** The dependencies of a package that it does not have through another one anyway. */
function withoutImplied(manifest: Manifest, packages: readonly Manifest[]): string[] {
  const direct = ourDependencies(manifest.name, packages);
  const implied = new Set(direct.flatMap((name) => [...reachable(name, packages)]));
  return direct.filter((name) => !implied.has(name));
}

function reachable(name: string, packages: readonly Manifest[]): Set<string> {
  const found = new Set<string>();
  const open = ourDependencies(name, packages);
  for (let next = open.pop(); next; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...ourDependencies(next, packages));
  }
  return found;
}

function ourDependencies(name: string, packages: readonly Manifest[]): string[] {
  const manifest = packages.find((each) => each.name === name);
  return Object.keys(manifest?.dependencies ?? {}).filter((dependency) =>
    packages.some((each) => each.name === dependency),
  );
}
