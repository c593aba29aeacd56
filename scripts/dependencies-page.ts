/** Renders docs/dependencies.md: the packages that npm installs with oftc, their licences and their install scripts. */
import { readFileSync } from 'node:fs';
import { direct, type Locked, lockedPackages, root } from './shipped.mjs';

/** The licences that a package which comes with oftc may have: all allow use in any work, with notice. */
export const LICENCES: readonly string[] = [
  ...['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'BlueOak-1.0.0'],
  'MIT OR Apache-2.0',
];
/** Those that a package may have besides that only development needs, and no user gets. */
export const FOR_DEVELOPMENT: readonly string[] = ['MPL-2.0', 'EPL-2.0', 'CC0-1.0', 'CC-BY-4.0'];

/** The purpose of each package that oftc depends on. */
const FOR: Readonly<Record<string, string>> = {
  '@eslint-community/regexpp': 'reads regular expressions, to find those that search in linear time',
  '@huggingface/jinja': 'chat templates',
  '@huggingface/tokenizers': 'tokenizers',
  commander: 'the command line',
  'fast-png': 'images for Vision Transformers',
  'fs-native-extensions': 'locks on files',
  jiti: 'runs TypeScript files that define operators',
  koffi: 'keeps a warning of Dawn off the terminal, on Linux',
  'ml-matrix': 'decompositions of matrices',
  re2js: 'regular expressions in linear time',
  typescript: 'reads layers',
  unplugin: 'one plugin for all bundlers',
  valibot: 'checks JSON',
  webgpu: 'WebGPU in Node, by Dawn',
};

/** Lists the packages with a licence that is not allowed, or without one. */
export const refused = (packages: readonly Locked[]): string[] =>
  packages
    .filter(
      ({ licence, isShipped }) =>
        !(isShipped ? LICENCES : [...LICENCES, ...FOR_DEVELOPMENT]).includes(licence),
    )
    .map(({ name, version, licence }) => `${name} ${version}: ${licence}`);

/** Packages that are one in several builds, as a row: `koffi-linux-x64` and its kind. */
function rows(packages: readonly Locked[]): string[] {
  const own = new Set(direct());
  const platforms = packages.filter((p) => /^@koromix\/koffi-/.test(p.name));
  const others = packages.filter((p) => !platforms.includes(p));
  const row = ({ path, name, version, licence, hasInstallScript }: Locked): string => {
    const what = own.has(path)
      ? (FOR[name] ?? fail(`scripts/dependencies-page.ts does not say what ${name} is for`))
      : '';
    return `| ${name} | ${version} | ${licence} | ${hasInstallScript ? 'yes' : ''} | ${what} |`;
  };
  const licences = [...new Set(platforms.map(({ licence }) => licence))].join(', ');
  return [
    ...others.map(row),
    `| @koromix/koffi-*, ${platforms.length} builds of which npm installs one | ${platforms[0]!.version} | ${licences} | | |`,
  ];
}

function fail(message: string): never {
  throw new Error(message);
}

const listed = (names: readonly string[]): string => names.map((n) => `\`${n}\``).join(' and ');

/** The table of `npm run licences` for development: the number of packages by licence. */
function counts(packages: readonly Locked[]): string[] {
  const by = new Map<string, number>();
  for (const { licence } of packages) by.set(licence, (by.get(licence) ?? 0) + 1);
  return [...by].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name, n]) => `| ${name} | ${n} |`);
}

export function renderDependencies(): string {
  const all = lockedPackages();
  const shipped = all.filter((p) => p.isShipped);
  const development = all.filter((p) => !p.isShipped);
  const scripts = (of: readonly Locked[]) => of.filter((p) => p.hasInstallScript).map((p) => p.name);
  const own = new Set(direct());
  const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  return `# Dependencies

\`npm run docs\` generates this page from package-lock.json, and \`npm run licences\` prints it. \`npm test\` holds every package to
the licences below (test/scripts/dependencies.test.ts).

oftc has no install script: installing it runs no code of oftc. ${listed(scripts(shipped))} ${scripts(shipped).length === 1 ? 'has' : 'have'} one, which npm
runs unless you give \`--ignore-scripts\`. oftc works without them: koffi's builds its library where npm has none for the
system, and webgpu's takes the quarantine mark of macOS off its own file.

package.json names exact versions, and package-lock.json the digest of each package. Every tarball of oftc holds
\`dist/sbom.cdx.json\`, a bill of materials in [CycloneDX](https://cyclonedx.org) with the table below as data. [versions.md](versions.md#releases)
says how a release is built.

## What npm installs with oftc

${shipped.filter((p) => own.has(p.path)).length} packages are oftc's own choice; the others are what these depend on.

| Package | Version | Licence | Install script | For |
|---|---|---|---|---|
${rows(shipped).join('\n')}

Allowed are ${LICENCES.join(', ')}.

The tarball holds one text that is not oftc's: \`dist/src/web/files.json\` has the declarations of TypeScript's library, for the compiler in
a browser. They are Apache-2.0, and the package \`typescript\`, which comes with oftc, has the licence's text.

## What development needs besides

${Object.keys(devDependencies).length} packages, and ${development.length - Object.keys(devDependencies).length} that these depend on. No user gets them. ${listed([...new Set(scripts(development))])} ${new Set(scripts(development)).size === 1 ? 'has an install script' : 'have install scripts'}.

| Licence | Packages |
|---|--:|
${counts(development).join('\n')}

Allowed are those above, ${FOR_DEVELOPMENT.join(', ')}.
`;
}
