// Reads package-lock.json: every package in it, and those that npm installs with oftc.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Lists the packages in the lock file, sorted by name and version. `isShipped` marks those that come with oftc. */
export function lockedPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = reached(packages);
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      path,
      name: nameIn(path),
      version: entry.version,
      licence: entry.license ?? 'none stated',
      integrity: entry.integrity,
      hasInstallScript: entry.hasInstallScript === true,
      isOptional: shipped.get(path)?.isOptional ?? true,
      isShipped: shipped.has(path),
      dependsOn: dependenciesOf(packages, path).map(({ to }) => to),
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version) || compare(a.path, b.path));
}

/** The paths that oftc itself depends on, in the lock file. */
export function direct() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return dependenciesOf(packages, '').map(({ to }) => to);
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const nameIn = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The packages that are reached from oftc by what it depends on, without what only its development needs. */
function reached(packages) {
  const found = new Map();
  const visit = (from, isOptional) => {
    for (const { to, optional } of dependenciesOf(packages, from)) {
      const known = found.get(to);
      if (known && (!known.isOptional || isOptional || optional)) continue;
      found.set(to, { isOptional: isOptional || optional });
      visit(to, isOptional || optional);
    }
  };
  visit('', false);
  return found;
}

/** The paths of what a package depends on. Peers that are optional come with nobody, and are left out. */
function dependenciesOf(packages, path) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = packages[path];
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const names = [
    ...[...Object.keys(dependencies), ...peers].map((name) => [
      name,
      Object.hasOwn(optionalDependencies, name),
    ]),
    ...Object.keys(optionalDependencies).map((name) => [name, true]),
  ];
  return names.flatMap(([name, optional]) => {
    const to = resolved(packages, path, name);
    return to === undefined ? [] : [{ to, optional }];
  });
}

/** The path that Node finds a package at, from a package's own folder upwards. */
function resolved(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (Object.hasOwn(packages, path)) return path;
    if (at === '') return undefined;
  }
}
