// Builds the package from nothing before `npm pack` and `npm publish`, in a fresh clone too. What an older build left in
// dist would be packed with the rest, so dist is emptied first.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What was asked of `npm pack`, such as --dry-run, is not asked of the commands here. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_config_(dry_run|json|pack_destination)$/i.test(name)),
);
// stdout is npm's own: --json prints there.
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
