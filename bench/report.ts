/** Writes a table's report: its figures as JSON with the machine they were measured on, and a chart. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { type Chart, drawChart } from './chart.ts';
import type { LimitRow } from './limit.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly device: string;
  readonly driver: string;
  readonly subgroupSize: readonly [number | undefined, number | undefined];
}

export function machineOf(device: GPUDevice): Machine {
  const { description, vendor, architecture, subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    device: description || [vendor, architecture].filter(Boolean).join(' '),
    driver: [vendor, architecture].filter(Boolean).join(' '),
    subgroupSize: [subgroupMinSize, subgroupMaxSize],
  };
}

const packageVersion = (path: string): string =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;

export const ownVersions = () => ({
  oftc: packageVersion('../package.json'),
  webgpu: packageVersion('../node_modules/webgpu/package.json'),
});

/** The results of a table; `figures` has the table's own form. */
export interface TableResult {
  readonly figures: object;
  readonly charts: readonly Chart[];
  /** The rows beside their limits; absent where a table measures no running Plans. */
  readonly limits?: readonly LimitRow[];
  /** Whether the table is measured once, not in rounds. */
  readonly once?: boolean;
  /** The version of each peer, or why it is missing. */
  readonly peers?: Readonly<Record<string, string>>;
}

/** Load averages over one and five minutes. */
export const load = (): readonly number[] => loadavg().slice(0, 2);

export interface Circumstances {
  readonly machine: Machine;
  readonly rounds: number;
  readonly loadBefore: readonly number[];
  /** The tuning table that the Plans were compiled with. */
  readonly table?: string | undefined;
}

/** Writes `<folder>/<name>.json`, and `<name>.svg` if the charts' library is installed. */
export async function writeReport(
  folder: string,
  name: string,
  { figures, charts, limits, peers = {}, once = false }: TableResult,
  { machine, rounds, loadBefore, table }: Circumstances,
): Promise<void> {
  const report = {
    date: new Date().toISOString(),
    machine,
    versions: { ...ownVersions(), ...peers },
    rounds: once ? 1 : rounds,
    ...(table === undefined ? {} : { tuning: table }),
    load: { before: loadBefore, after: load() },
    ...figures,
    ...(limits ? { limits } : {}),
    charts,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await redraw(folder, name);
}

/** Draws the charts of a report as `<name>.svg`: none without charts, or without their library. */
async function redraw(folder: string, name: string): Promise<void> {
  const { charts = [], machine, rounds } = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
  if (charts.length === 0) return;
  const sampling = rounds === 1 ? 'measured once' : `median and 95 % interval of ${rounds} rounds`;
  const subtitle = `${machine.device}, ${machine.cores} cores; ${sampling}`;
  const svg = await drawChart(charts, subtitle).catch((e: Error) => {
    console.warn(`no chart of ${name}: ${e.message.split('\n')[0]}`);
  });
  if (svg !== undefined) writeFileSync(`${folder}/${name}.svg`, svg);
}

/** Draws the charts of all reports in the folder again. */
export async function redrawAll(folder: string): Promise<void> {
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.json')))
    await redraw(folder, file.slice(0, -'.json'.length));
}
