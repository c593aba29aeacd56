// Builds the package from nothing before `npm pack` and `npm publish`, in a fresh clone too. It empties dist first,
// because files of an older build there would be packed too.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Options of `npm pack`, such as --dry-run, are not for the commands here. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_config_(dry_run|json|pack_destination)$/i.test(name)),
);
// Write to stderr, because npm's --json prints to stdout.
const npm = (...argv) =>
  execFileSync('npm', argv, {
    cwd: root,
    stdio: ['ignore', process.stderr, 'inherit'],
    env,
    shell: process.platform === 'win32',
  });

if (!existsSync(join(root, 'node_modules/typescript')))
  npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
rmSync(join(root, 'dist'), { recursive: true, force: true });
npm('run', '--silent', 'build');
await import('./sbom.mjs');
