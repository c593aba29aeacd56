/** `oftc convert`: writes an adapter as LoRA, exactly where its change has low rank. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../../explain/layout.ts';
import { readTrained } from '../../finetune/adapter-files.ts';
import { baseModelName } from '../../finetune/base-name.ts';
import { loraFields } from '../../finetune/convert/lora-fields.ts';
import { ownSites, peftSites, type Sites } from '../../finetune/convert/sites.ts';
import {
  type ConvertedModule,
  EXACT,
  type LoraOptions,
  loraTensors,
  overall,
  relativeError,
  toLora,
} from '../../finetune/convert/to-lora.ts';
import type { Data } from '../../finetune/data/read.ts';
import { DENSE } from '../../finetune/dense.ts';
import { checkEmpty } from '../../finetune/loop/run-folder.ts';
import { isOwn } from '../../finetune/own-files.ts';
import { baseNotes } from '../../finetune/stated-base.ts';
import { removeEmpty } from '../../formats/empty-folders.ts';
import { lockBeside, locked } from '../../formats/lock.ts';
import type { OpenModel } from '../../formats/model.ts';
import { writeAdapter } from '../../formats/peft/adapter.ts';
import { CONFIG, TENSORS } from '../../formats/peft/fields.ts';
import { dtypeBits } from '../../formats/safetensors/index.ts';
import { io as inside } from '../../formats/safetensors/io.ts';
import { removeLeftovers } from '../../formats/temporary.ts';
import { adapterDivergences } from '../divergence.ts';
import { dataName } from '../finetune/data.ts';
import { heldOutLoss, heldOutOf } from '../finetune/held-out.ts';
import { type ClaimsArguments, mergeable } from '../finetune/mergeable.ts';
import { trainedWithNotes } from '../finetune/trained-with.ts';
import { trustOf } from '../finetune/trust.ts';
import { type ModelArguments, type Opened, withFiles } from '../finetune/with-model.ts';
import { type Io, print, printJson, printNotes, say, warnTo, withProgress } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { checkWritable } from '../writable.ts';

export interface ConvertArguments extends ModelArguments, ClaimsArguments, LoraOptions {
  readonly to: 'lora';
  readonly adapter: string;
  readonly out: string;
  readonly data?: readonly string[];
  readonly chatTemplate?: string;
  readonly length: number;
  readonly batch: number;
}

export async function convertCommand(args: ConvertArguments, io: Io): Promise<void> {
  if (args.chatTemplate !== undefined && args.data === undefined)
    throw new UsageError('--chat-template is for the conversations of --data: give --data, or leave it out');
  await checkWritable(args.out);
  await locked(lockBeside(args.out), args.out, { warn: warnTo(io) }, async (isHeld) => {
    if (isHeld)
      await inside(args.out, 'cannot remove temporary folders beside it', removeLeftovers(args.out));
    await checkEmpty(args.out);
    const { adapter, ...model } = args;
    await withFiles(model, io, async (opened) => {
      const { files, weights } = opened;
      const sites = await sitesIn(args, files, io);
      const before = args.data === undefined ? undefined : await beforeLosses(args, opened, io);
      const modules = await withProgress(io, 'Converting', (saying) =>
        toLora(sites, files, weights, args, (module, n) =>
          saying(`Converting ${module}, ${n + 1} of ${sites.sites.length}`),
        ),
      );
      const fields = loraFields(modules, files.config, baseModelName(args.model, files.config.name));
      const wasThere = existsSync(args.out);
      await writeAdapter(args.out, { fields, tensors: loraTensors(modules, args.dtype) });
      const losses = before && {
        ...before.losses,
        lora: await loraLoss(args, opened, before.data, wasThere, io),
      };
      report(args, sites, modules, losses, io);
    });
  });
}

async function sitesIn(args: ConvertArguments, files: OpenModel, io: Io): Promise<Sites> {
  const sites = (await isOwn(args.adapter))
    ? await ownSites(args.adapter, files.config, trustOf(args, io), (a) => mergeable(a, args))
    : await peftSites(args.adapter, files);
  printNotes(io, [
    ...sites.notes,
    ...(await baseNotes(args.adapter, files)),
    ...(await trainedWithNotes(args.adapter, args.quantize)),
  ]);
  for (const warning of await adapterDivergences(sites.sites, sites.tensors)) say(io, `warning: ${warning}`);
  return sites;
}

interface Losses {
  readonly base: number;
  readonly adapter: number;
  readonly lora: number;
}

/**
 * The losses of the model without and with the adapter. They come first, so that a text that does not fit costs no
 * conversion.
 */
async function beforeLosses(args: ConvertArguments, opened: Opened, io: Io) {
  const data = await heldOutOf({ ...args, data: args.data! }, opened, io);
  const adapter = await lossWith(args, opened, data, args.adapter, io);
  const base = await heldOutLoss(opened, data, args, io);
  return { data, losses: { base, adapter } };
}

/** The loss with the LoRA that is written. A failure removes the LoRA's files, so that the command can run again. */
async function loraLoss(
  args: ConvertArguments,
  opened: Opened,
  data: Data,
  wasThere: boolean,
  io: Io,
): Promise<number> {
  try {
    return await lossWith(args, opened, data, args.out, io);
  } catch (error) {
    for (const name of [CONFIG, TENSORS]) await rm(join(args.out, name), { force: true });
    if (!wasThere) removeEmpty(args.out, args.out);
    throw error;
  }
}

async function lossWith(
  args: ConvertArguments,
  opened: Opened,
  data: Data,
  folder: string,
  io: Io,
): Promise<number> {
  const adapter = await readTrained(folder, opened.files, trustOf(args, io));
  return heldOutLoss({ ...opened, adapters: [{ ...adapter, called: folder }] }, data, args, io);
}

function report(
  args: ConvertArguments,
  { name }: Sites,
  modules: readonly ConvertedModule[],
  losses: Losses | undefined,
  io: Io,
): void {
  const ranks = modules.map((m) => m.rank);
  const [least, most] = [Math.min(...ranks), Math.max(...ranks)];
  const total = relativeError(overall(modules));
  const numbers = modules.reduce((sum, m) => sum + m.factors.A.length + m.factors.B.length, 0);
  const bytes = (numbers * dtypeBits(DENSE[args.dtype].stored)) / 8;
  if (io.json) {
    const each = modules.map((m) => ({
      module: m.module,
      rank: m.rank,
      change: m.change,
      error: relativeError(m),
    }));
    printJson(io, {
      ...{ out: args.out, method: name, rank: most, dtype: args.dtype, bytes },
      ...{ error: total, exact: modules.every((m) => relativeError(m) <= EXACT) },
      ...{ modules: each, losses: losses ?? null },
    });
    return;
  }
  const rank = least === most ? `rank ${most}` : `ranks ${least} to ${most}`;
  print(
    io,
    [
      `${args.out}: ${name} as a LoRA of ${rank} on ${modules.length} modules, ${(bytes / 1e6).toFixed(2)} MB in ${args.dtype}`,
      ...table(
        { cells: ['', 'rank', '‖W′ − W‖'], items: ['left'] },
        [
          ...modules.map((m) => row(m.module, String(m.rank), m)),
          row('all', least === most ? String(most) : `${least}–${most}`, overall(modules)),
        ],
        '  ',
        'left',
      ).map((line) => line.trimEnd()),
      'left: ‖W′ − W − B·A‖ ÷ ‖W′ − W‖, with A and B as they are stored.',
      ...(losses ? [lossLine(dataName(args.data!), losses)] : []),
    ].join('\n'),
  );
}

const row = (name: string, rank: string, of: Pick<ConvertedModule, 'change' | 'error'>) => ({
  cells: [name, rank, of.change.toPrecision(4)],
  items: [shownError(relativeError(of))],
});

const shownError = (error: number): string =>
  error <= EXACT ? `${error.toExponential(0)}, exact` : `${(100 * error).toPrecision(3)} %`;

const lossLine = (data: string, { base, adapter, lora }: Losses): string =>
  `loss on ${data}: model ${base.toFixed(4)}, with the adapter ${adapter.toFixed(4)}, with the LoRA ${lora.toFixed(4)}`;
