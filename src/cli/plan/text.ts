/** Prints the report of `oftc plan` as tables. */
import { figure, short } from '../../explain/units.ts';
import type { PeftAssumptions } from '../../finetune/sized/assumptions.ts';
import { columnsOf, KINDS, kindOf, type PlannedColumn } from './columns.ts';
import type { PlanReport } from './report.ts';

export function rendered(r: PlanReport): string {
  const { model, methods, batch, length, accumulate } = r;
  const batches = `${accumulate} ${accumulate === 1 ? 'batch' : 'batches'} a step`;
  const { oftc, peft } = columnsOf(r);
  const alone = methods.length === 1;
  const tables = alone
    ? [table([...oftc, ...peft].map((c) => ({ ...c, name: c.account })))]
    : [oftc, peft].filter((all) => all.length > 0).map((all) => `${all[0]!.account}\n${table(all)}`);
  return [
    `${model.name ?? model.architecture}: ${short(model.parameters)} parameters in ${model.blocks} blocks${model.quantization ? `, projections in ${model.quantization}` : ''}`,
    ...methods.map((m) => `${m.name} on ${r.targets.join(', ')}: ${short(m.trained)} parameters trained`),
    `${batch} × ${length} tokens in a batch, ${batches}`,
    '',
    tables.join('\n\n'),
    ...(oftc.length > 0
      ? [
          '',
          `oftc: computed from the Plans that a run compiles for the class ${r.device.class}, with at most ${r.device.binding} bytes bound at once.`,
        ]
      : []),
    ...(peft.length > 0 ? ['', `PyTorch with PEFT: an estimate. ${assumed(r.assumptions)}`] : []),
  ].join('\n');
}

const assumed = (a: PeftAssumptions): string =>
  [
    `It assumes weights and activations in ${a.dtype} (--peft-dtype)`,
    `adapter, gradients and AdamW's means in ${a.adapterDtype} (--peft-adapter-dtype)`,
    `${a.checkpointing ? 'gradient checkpointing' : 'no gradient checkpointing'} (--peft-checkpointing)`,
    `${a.attention} attention (--peft-attention)`,
    `${a.logitBytes} bytes for a logit (--peft-logit-bytes)`,
    `${figure(a.context, 'B')} for the CUDA context (--peft-context)`,
    'and no memory that the allocator holds unused.',
  ].join(', ');

/** Parts as rows, and accounts or methods as columns. */
function table(columns: readonly PlannedColumn[]): string {
  const named = [...new Set(columns.flatMap((c) => Object.keys(c.bytes)))];
  const parts = KINDS.flatMap((kind) => named.filter((part) => kindOf(part) === kind));
  const cells = (name: string, of: (c: PlannedColumn) => string | undefined) => [
    name,
    ...columns.map((c) => of(c) ?? '–'),
  ];
  const bytes = (n: number | undefined) => (n === undefined ? undefined : figure(n, 'B'));
  const rows = [
    cells('', (c) => c.name),
    ...parts.map((part) => cells(part, (c) => bytes(c.bytes[part]))),
    cells('peak', (c) => bytes(c.total)),
    ...(columns.some((c) => c.operations !== undefined)
      ? [cells('operations a step', (c) => (c.operations === undefined ? undefined : short(c.operations)))]
      : []),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
