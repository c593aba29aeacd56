// Writes dist/sbom.cdx.json, the bill of materials of the package in CycloneDX: what npm installs with oftc, each with its
// licence and the digest in package-lock.json. `npm sbom` leaves out packages that development needs too, so a library
// writes what the lock file says. The file has no date and no random number: the same lock file gives the same bytes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { direct, lockedPackages, root } from './shipped.mjs';

const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { ComponentType, ComponentScope } = Enums;

const purl = (packageName, packageVersion) => `pkg:npm/${packageName.replace(/^@/, '%40')}@${packageVersion}`;

/** An expression such as `MIT OR Apache-2.0`, or a single licence. */
const licenceOf = (text) =>
  / (?:OR|AND|WITH) /.test(text) ? new Models.LicenseExpression(text) : new Models.SpdxLicense(text);

function component(packageName, packageVersion, licence, more) {
  return new Models.Component(ComponentType.Library, packageName, {
    version: packageVersion,
    bomRef: purl(packageName, packageVersion),
    purl: purl(packageName, packageVersion),
    licenses: new Models.LicenseRepository([licenceOf(licence)]),
    ...more,
  });
}

/** The digest of npm's `integrity`, such as `sha512-…` in base64, as CycloneDX has it. */
function hashesOf(integrity) {
  const [, algorithm, digest] = /^(sha\d+)-(\S+)/.exec(integrity ?? '') ?? [];
  if (algorithm !== 'sha512') throw new Error(`package-lock.json has no sha512 of a package: ${integrity}`);
  return new Models.HashDictionary([
    [Enums.HashAlgorithm['SHA-512'], Buffer.from(digest, 'base64').toString('hex')],
  ]);
}

const shipped = lockedPackages().filter((p) => p.isShipped);
const components = new Map(
  shipped.map((p) => [
    p.path,
    component(p.name, p.version, p.licence, {
      hashes: hashesOf(p.integrity),
      scope: p.isOptional ? ComponentScope.Optional : ComponentScope.Required,
    }),
  ]),
);
const connect = (of, paths) => {
  for (const path of paths) if (components.has(path)) of.dependencies.add(components.get(path).bomRef);
};
for (const { path, dependsOn } of shipped) connect(components.get(path), dependsOn);
const own = component(name, version, license, { description });
connect(own, direct());

const bom = new Models.Bom({
  version: 1,
  metadata: new Models.Metadata({ component: own }),
  components: new Models.ComponentRepository(components.values()),
});
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(
  join(root, 'dist/sbom.cdx.json'),
  `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`,
);
