/**
 * `npx tsx bench/beside.ts OTHER [table …] [--pairs n] [--out folder]`: times the Plans of this checkout
 * against those of another one, such as an earlier commit, in turns on one device. The npm packages of both
 * checkouts must be installed. Writes beside.json, and keeps the figures of tables that are not named.
 */
import '../src/node.ts';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { classOf, openDevice } from '../src/session/backends/gpu.ts';
import { BUILDS, compileFor, Pool, place } from './compiled.ts';
import { seconds, takeTurns } from './interleave.ts';
import { drawn, isDrawn } from './layer-values.ts';
import { load, machineOf } from './report.ts';
import { ratio } from './statistics.ts';
import type { Table } from './table.ts';
import { printTable, times } from './terminal.ts';

const TABLES = ['kernels', 'layers', 'neumann', 'quantized', 'bandwidth', 'model'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '31' },
    out: { type: 'string', default: fileURLToPath(new URL('./results', import.meta.url)) },
  },
});
const [other, ...named] = positionals;
const rounds = Number(options.pairs);
if (
  other === undefined ||
  !Number.isInteger(rounds) ||
  rounds < 1 ||
  named.some((t) => !TABLES.includes(t))
) {
  console.error(
    `usage: npx tsx bench/beside.ts OTHER_CHECKOUT [${TABLES.join('|')}] … [--pairs n] [--out folder]`,
  );
  process.exit(2);
}

/**
 * Imports a module of the other checkout, with the type of this one's. Callers use only names that both have.
 */
const theirs = async <M>(path: string): Promise<M> => import(pathToFileURL(join(resolve(other), path)).href);

const tableOf = (module: object): Table =>
  Object.values(module).find((x): x is Table => typeof x === 'object' && x !== null && 'measure' in x)!;

/**
 * The values of an input: random where layer-values.ts defines them, else 0. A model's times do not depend on
 * its weights.
 */
const fill = (name: string, elements: number): Float32Array<ArrayBuffer> =>
  isDrawn(name) ? drawn(name, elements) : new Float32Array(elements);

const { place: placeTheirs, ...others } = await theirs<typeof import('./compiled.ts')>('bench/compiled.ts');
const device = await openDevice();
compileFor(classOf(device));
// Earlier commits have the file elsewhere, and the earliest have no classes of devices.
const gpu = ['src/session/backends/gpu.ts', 'src/backends/gpu.ts'].find((f) => existsSync(join(other, f)))!;
const { classOf: classOfTheirs } =
  await theirs<Partial<typeof import('../src/session/backends/gpu.ts')>>(gpu);
if (classOfTheirs) others.compileFor(classOfTheirs(device));
const file = join(options.out, 'beside.json');
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).tables : {};
const tables: Record<string, Record<string, unknown>> = { ...known };
for (const name of named.length > 0 ? named : TABLES) {
  const path = `bench/tables/${name}.ts`;
  const own = tableOf(await import(`./tables/${name}.ts`)).plans();
  const theirPlans = tableOf(await theirs<object>(path)).plans();
  const pool = new Pool(device);
  const figures: Record<string, unknown> = {};
  const rows: string[][] = [];
  for (const [plan, job] of Object.entries(own)) {
    const before = theirPlans[plan];
    // Plans as written are slow, and no schedule is chosen for them.
    if (before === undefined || /as written/.test(plan)) continue;
    const placement = { pool, builds: BUILDS };
    const here = await place(device, 'own', job, fill, placement);
    const there = await placeTheirs(device, 'other', before, fill, placement);
    const { own: now, other: then } = await takeTurns([here, there], rounds);
    const [wall, cpu] = [ratio(now!.wall, then!.wall), ratio(now!.cpu, then!.cpu)];
    figures[plan] = { other: seconds(then!), ratio: { wall, cpu } };
    rows.push([plan, times(wall), times(cpu)]);
    here.dispose();
    there.dispose();
  }
  pool.destroy();
  tables[name] = figures;
  console.log(name);
  printTable(['own ÷ other', 'wall', 'CPU'], rows);
}
const report = { machine: machineOf(device), rounds, load: load(), tables };
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
device.destroy();
process.exit(0);
