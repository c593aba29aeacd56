/** The supply chain: exact versions, digests, licences, no install script of our own. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { refused } from '../../scripts/dependencies-page.ts';
import { direct, lockedPackages, root } from '../../scripts/shipped.mjs';

const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const all = lockedPackages();

it('every package has an allowed licence, and another licence is refused', () => {
  expect(all.length).toBeGreaterThan(200);
  expect(refused(all)).toEqual([]);
  const [one] = all.filter((p) => p.isShipped);
  expect(refused([{ ...one!, licence: 'GPL-3.0' }])).toEqual([`${one!.name} ${one!.version}: GPL-3.0`]);
  expect(refused([{ ...one!, licence: 'MPL-2.0' }])).toHaveLength(1);
  expect(refused([{ ...one!, licence: 'MPL-2.0', isShipped: false }])).toEqual([]);
});

it('the lock file states the licence that each installed package states itself', () => {
  const wrong = all
    .filter((p) => existsSync(`${root}/${p.path}/package.json`))
    .map((p) => ({ p, own: JSON.parse(readFileSync(`${root}/${p.path}/package.json`, 'utf8')) }))
    .filter(({ p, own }) => typeof own.license === 'string' && own.license !== p.licence);
  expect(wrong.map(({ p }) => p.path)).toEqual([]);
});

it('oftc has no install script', () => {
  const run = [
    'preinstall',
    'install',
    'postinstall',
    'prepare',
    'preprepare',
    'postprepare',
    'dependencies',
  ];
  expect(Object.keys(manifest.scripts).filter((name) => run.includes(name))).toEqual([]);
  expect(existsSync(`${root}/binding.gyp`)).toBe(false);
});

it('versions are exact, and the lock file has a digest of every package and no address', () => {
  const given = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(given))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  expect(all.filter((p) => !p.integrity?.startsWith('sha512-')).map((p) => p.path)).toEqual([]);
  // Without addresses npm asks the registry that the user has chosen, and the digest says whether it is the package.
  expect(readFileSync(`${root}/package-lock.json`, 'utf8')).not.toContain('"resolved"');
});

it('what comes with oftc is what its dependencies reach', () => {
  const shipped = all.filter((p) => p.isShipped).map((p) => p.name);
  const own = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
  expect(direct()).toHaveLength(own.length);
  expect(shipped).toEqual(expect.arrayContaining([...own, 'iobuffer', 'ms', '@koromix/koffi-linux-x64']));
  for (const name of ['vitest', 'esbuild', 'axe-core', 'playwright-core'])
    expect(shipped).not.toContain(name);
});

it('a release is published with provenance', () => {
  expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
});
