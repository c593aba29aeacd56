/**
 * `npx tsx test/src/adapters/costs/table.ts [file]` prints the costs of every method: derived, as written and by hand.
 * It lists the kernels of those that cost more than by hand.
 */
import { writeFileSync } from 'node:fs';
import type { Plan } from '../../../../runtime/plan.ts';
import { costAt, handCost, handSteps, plannedSteps, trainingPlan } from './cost.ts';
import { type LayerSize, METHODS, type Method } from './methods.ts';

const LIMIT = 1.02;
const SIZES: readonly (readonly [LayerSize, number])[] = [
  [{ in: 4096, out: 4096 }, 512],
  [{ in: 4096, out: 4096 }, 8192],
  [{ in: 1024, out: 2816 }, 512],
  [{ in: 1024, out: 2816 }, 8192],
];

const giga = (x: number): string => (x / 1e9).toFixed(2);
const mega = (x: number): string => (x / 1e6).toFixed(1);
const ratio = (x: number): string => (x > LIMIT ? `**${x.toFixed(3)}**` : x.toFixed(3));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The derived Plan, or the message of the error that prevents it. */
function compiled(method: Method, size: LayerSize): Plan | string {
  try {
    return trainingPlan(method, size, false);
  } catch (e) {
    return String(e);
  }
}

const tables: string[] = [];
const details: string[] = [];
for (const [size, rows] of SIZES) {
  tables.push(`\n## ${size.in} → ${size.out}, ${rows} rows: Gflop and MB of forward and all gradients\n`);
  tables.push(
    row([
      'method',
      'written',
      'derived',
      'hand',
      'derived/hand',
      'written',
      'derived',
      'hand',
      'derived/hand',
      'peak written',
      'peak derived',
      'launches',
    ]),
    row(['---', ...Array<string>(11).fill('--:')]),
  );
  for (const method of METHODS) {
    const plan = compiled(method, size);
    if (typeof plan === 'string') {
      tables.push(row([method.name, plan, ...Array<string>(10).fill('')]));
      continue;
    }
    const [written, derived] = [
      costAt(trainingPlan(method, size, true), method, rows),
      costAt(plan, method, rows),
    ];
    const hand = handCost(method, size, rows);
    const [flops, bytes] = [derived.flops / hand.flops, derived.bytes / hand.bytes];
    tables.push(
      row([
        method.name,
        ...[written.flops, derived.flops, hand.flops].map(giga),
        ratio(flops),
        ...[written.bytes, derived.bytes, hand.bytes].map(mega),
        ratio(bytes),
        mega(written.peakTemporaryBytes),
        mega(derived.peakTemporaryBytes),
        `${derived.launches}`,
      ]),
    );
    if (Math.max(flops, bytes) <= LIMIT || size.in !== 4096) continue;
    const noted = (s: { flops: number; bytes: number }) =>
      `${giga(s.flops).padStart(9)} Gflop ${mega(s.bytes).padStart(8)} MB`;
    details.push(
      `\n### ${method.name}, ${rows} rows: operations ×${flops.toFixed(3)}, bytes ×${bytes.toFixed(3)}\n\n\`\`\``,
      'plan',
      ...plannedSteps(plan, method, rows).map((s) => `${noted(s)}  ${s.kernel}: ${s.label}`),
      'hand',
      ...handSteps(method, size, rows).map(
        (s) => `${noted({ flops: s.flops, bytes: 4 * (s.reads + s.writes) })}  ${s.what}`,
      ),
      '```',
    );
  }
}
const text = [...tables, `\n## Over ${LIMIT}, step by step`, ...details, ''].join('\n');
const [, , file] = process.argv;
if (file) writeFileSync(file, text);
else console.log(text);
