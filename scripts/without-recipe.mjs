// Checks, builds and tests the project without one recipe of kernels-gen/schedule: in a copy of the tracked files,
// without its folder and its line of the registry. Kernels that it would compute are then portable.
//
//  npm run test:without -- NAME [--keep] [arguments of vitest run, such as test/golden]
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SCHEDULE = 'kernels-gen/schedule';
const REGISTRY = `${SCHEDULE}/registry.ts`;

const keep = process.argv.includes('--keep');
const [name, ...more] = process.argv.slice(2).filter((a) => a !== '--keep');

const recipes = readdirSync(join(root, SCHEDULE), { withFileTypes: true })
  .filter((f) => f.isDirectory())
  .map((f) => f.name);
if (!recipes.includes(name))
  refuse(
    `${name === undefined ? 'Name a recipe' : `'${name}' is no recipe`}: there is ${recipes.join(', ')}`,
  );

const lines = readFileSync(join(root, REGISTRY), 'utf8').split('\n');
const others = lines.filter((line) => !line.includes(`'./${name}/`));
if (others.length !== lines.length - 1)
  refuse(`${REGISTRY} has ${lines.length - others.length} lines of '${name}', which should be one`);

// Use the real path, because TypeScript and Node name files by theirs.
const folder = realpathSync(mkdtempSync(join(tmpdir(), `oftc-without-${name}-`)));
// SIGINT also reaches the running step, which ends; the copy is still removed.
process.on('SIGINT', () => {});
try {
  process.exitCode = run();
} finally {
  if (keep) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

function run() {
  const tracked = execFileSync('git', ['ls-files', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  for (const file of tracked.split('\0'))
    if (file !== '' && !file.startsWith(`${SCHEDULE}/${name}/`) && existsSync(join(root, file)))
      cpSync(join(root, file), join(folder, file), { recursive: true });
  writeFileSync(join(folder, REGISTRY), others.join('\n'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');

  const steps = [
    ['npm', ['run', '--silent', 'check']],
    ['npm', ['run', '--silent', 'build']],
    [process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...more]],
  ];
  for (const [command, argv] of steps) {
    const step = [command === 'npm' ? 'npm' : 'node', ...argv].join(' ');
    console.log(`\n── without ${name}: ${step}`);
    const shell = process.platform === 'win32' && command === 'npm';
    const { status, error } = spawnSync(command, argv, { cwd: folder, stdio: 'inherit', shell });
    if (status === 0) continue;
    console.error(`\nwithout ${name}, this step failed: ${step}${error ? ` (${error.message})` : ''}`);
    return status ?? 1;
  }
  console.log(
    `\nwithout ${name}, the project checks, builds and passes: vitest run ${more.join(' ')}`.trimEnd(),
  );
  return 0;
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}
