// The direction of imports is the architecture: compiler and runtime know nobody, kernels-gen knows the
// compiler's Program and the Plan type, src wires them. Node's built-ins stay in src, in the compiler's
// one TypeScript host, and in the runtime's one Node file. Tests beside the code, in folders `test`, import what they test.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ROOMS = {
  compiler: ['compiler'],
  'kernels-gen': ['kernels-gen', 'compiler', 'runtime/plan.ts'],
  runtime: ['runtime', 'compiler/limits.ts', 'compiler/errors/coded.ts'],
  src: ['src', 'compiler', 'kernels-gen', 'runtime'],
};
const ONLY_HERE = {
  typescript: ['compiler/frontend/ts-host.ts'],
  webgpu: ['runtime/node.ts', 'src/cli/'],
};
const NODE_ALLOWED = ['src/', 'compiler/frontend/ts-host.ts', 'compiler/frontend/project.ts'];
const MAX_LINES = 400;

const files = Object.keys(ROOMS).flatMap((room) => list(join(root, room)));
const problems = [];
for (const file of files) {
  const path = relative(root, file).replaceAll('\\', '/');
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES)
    problems.push(`${path}: ${lines} lines; a file holds one idea in at most ${MAX_LINES}`);
  for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (target.startsWith('.')) {
      const to = relative(root, normalize(join(dirname(file), target))).replaceAll('\\', '/');
      const room = path.split('/')[0];
      if (!ROOMS[room].some((r) => to === r || to.startsWith(`${r}/`)))
        problems.push(`${path} imports ${to}: ${room} may only import ${ROOMS[room].join(', ')}`);
    } else if (target.startsWith('node:')) {
      if (!NODE_ALLOWED.some((a) => path.startsWith(a)))
        problems.push(`${path} imports ${target}: it must run in a browser`);
    } else if (ONLY_HERE[target] && !ONLY_HERE[target].some((a) => path.startsWith(a))) {
      problems.push(`${path} imports ${target}: only ${ONLY_HERE[target].join(', ')} may`);
    }
  }
}
for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log(`imports: ${files.length} files, every import in its direction, none over ${MAX_LINES} lines`);

function list(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((f) => f.endsWith('.ts') && !/(^|[\\/])test[\\/]/.test(f))
    .map((f) => join(folder, f));
}
