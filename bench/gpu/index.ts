/**
 * `npm run bench -- --gpu [table …]`: all tables on this machine's GPU, their measured times beside predicted ones, and
 * PEFT on the same card, as one report to send in. docs/benchmarks.md explains it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownVersions } from '../report.ts';
import { BESIDE_PEFT } from './cases.ts';
import { runPeft, runRows, runTable } from './children.ts';
import { describeDevice, refusal } from './device.ts';
import { renderReport } from './markdown.ts';
import type { FailedRow, GpuReport, PlanRow, TableReport } from './type.ts';

/** The tables whose Plans are those of other tables, or other sizes of them. */
const REPEATED: readonly string[] = ['first-dispatch', 'tuning', 'scale'];
export const FOLDER = 'gpu-report';

export interface GpuOptions {
  readonly tables: readonly string[];
  readonly folder: string;
  readonly rounds: number;
  /** Whether a software device may take the place of a GPU. */
  readonly software: boolean;
}

/** Measures, and writes report.json and report.md. The exit code is 0 where a report is written, 1 without a GPU. */
export async function measureGpu({ tables: names, folder, rounds, software }: GpuOptions): Promise<number> {
  const described = await describeDevice();
  const reason = refusal(described?.adapter, software);
  if (described === undefined || reason !== undefined) {
    console.error(`bench: ${reason}`);
    return 1;
  }
  const tables: Record<string, TableReport> = {};
  const rows: (PlanRow | FailedRow)[] = [];
  let peft: GpuReport['peft'] = { missing: 'the run ended before' };
  mkdirSync(folder, { recursive: true });
  const [json, markdown] = ['report.json', 'report.md'].map((f) => join(folder, f)) as [string, string];
  const write = () => {
    const report: GpuReport = {
      ...{ format: 'oftc-gpu-report', version: 1, date: new Date().toISOString(), rounds },
      ...{ ...described, versions: ownVersions(), tables, rows, peft },
    };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(markdown, renderReport(report));
  };
  // The report is written after each part, so that an interrupted run leaves one.
  const take = async (table: string) => {
    rows.push(...(await runRows({ table, rounds, rates: described.measuredRates })));
    write();
  };
  for (const name of names) {
    console.log(`\n${name}`);
    tables[name] = await runTable(name, join(folder, 'tables'), rounds);
    if (!REPEATED.includes(name)) await take(name);
  }
  console.log(`\n${BESIDE_PEFT}`);
  peft = runPeft(rounds, described.adapter.isSoftware);
  await take(BESIDE_PEFT);
  console.log(`\nThe report is ${markdown}, with all figures in ${json}. Please send both.`);
  return 0;
}
