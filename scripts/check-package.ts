/**
 * `npm run check:package`: packs the package, and checks how it is published: publint reads package.json and the files
 * that it names, attw follows the types of each export as TypeScript does under each rule of resolution.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Lists publint's findings about a tarball, its suggestions included. */
export async function publintProblems(tarball: string): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer },
    strict: true,
  });
  return messages.map((m) => `${m.type}: ${formatMessage(m, pkg, { color: false })}`);
}

/**
 * The findings that every package of ES modules alone has: `moduleResolution: node10` knows no exports, and CommonJS gets
 * ES modules, which Node's require() loads from 20.19 on (docs/versions.md).
 */
const OF_ES_MODULES = new Set(['node10 NoResolution', 'node16-cjs CJSResolvesToESM']);

/** Lists attw's findings about a tarball. */
export async function typesProblems(tarball: string): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (checked.types === false) return ['the package has no types'];
  return checked.problems.flatMap((p) => {
    const under = 'resolutionKind' in p ? p.resolutionKind : '';
    return OF_ES_MODULES.has(`${under} ${p.kind}`) ? [] : [JSON.stringify(p)];
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-check-'));
  try {
    const { status, stdout } = spawnSync(
      'npm',
      ['pack', '--json', '--silent', '--pack-destination', folder],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        shell: process.platform === 'win32',
      },
    );
    if (status !== 0) process.exit(1);
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
    const tarball = join(folder, filename);
    const problems = [...(await publintProblems(tarball)), ...(await typesProblems(tarball))];
    for (const problem of problems) console.error(problem);
    console.log(
      problems.length === 0 ? `${filename}: publint and attw find nothing` : `${filename} is refused`,
    );
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
