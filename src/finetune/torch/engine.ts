/** The engine that trains with PyTorch, in processes of their own. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { openSafetensors, type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import { io } from '../../formats/safetensors/io.ts';
import { naturalArray } from '../../formats/safetensors/read.ts';
import { undoAtEnd } from '../../formats/undo.ts';
import type { HostArray } from '../../session/tensors.ts';
import { type Moments, momentsOf } from '../adamw.ts';
import type { Batch } from '../batch.ts';
import type { ContinueOptions, Prompt } from '../greedy.ts';
import type { CompileOptions, Engine, StateAt, TrainedState } from '../loop/engine.ts';
import { type Draw, notFinite, type StepOptions, type Taken } from '../loop/step.ts';
import { apart, together } from '../models/stacked.ts';
import { type Job, JobFolder, type JobOptions } from './job.ts';
import { Processes } from './processes.ts';
import { listsOf, split } from './split.ts';

export interface TorchOptions extends JobOptions {
  readonly python: string;
  /** The folder of the package oftc_torch. */
  readonly library: string;
  readonly processes: number;
  /** Whether FSDP2 spreads the tensors over the processes. */
  readonly fsdp: boolean;
  readonly device: 'gpu' | 'cpu';
  /** Takes a sentence on what runs where. */
  tell(line: string): void;
}

export class TorchEngine implements Engine {
  readonly config: ModelShape;
  readonly bytes: Engine['bytes'];
  readonly mostBytes = undefined;
  readonly #options: TorchOptions;
  readonly #folder: string;
  readonly #job: Job;
  readonly #undone: () => void;
  #processes: Processes | undefined;

  private constructor(
    options: TorchOptions,
    folder: string,
    job: Job,
    made: Pick<Engine, 'bytes'>,
    undone: () => void,
  ) {
    this.config = options.files.config;
    this.bytes = made.bytes;
    this.#undone = undone;
    this.#options = options;
    this.#folder = folder;
    this.#job = job;
  }

  /** Prints the modules, and writes the tensors that are in no file of the model. */
  static async open(options: TorchOptions): Promise<TorchEngine> {
    const folder = await io(tmpdir(), 'cannot make a folder of temporary files in it', () =>
      mkdtemp(join(tmpdir(), 'oftc-torch-')),
    );
    const remove = () => rmSync(folder, { recursive: true, force: true });
    const undone = undoAtEnd(remove);
    try {
      const written = new JobFolder(folder, options);
      const job = await written.write();
      return new TorchEngine(options, folder, job, written, undone);
    } catch (e) {
      undone();
      remove();
      throw e;
    }
  }

  async compile({ betas, decay }: Pick<CompileOptions, 'betas' | 'decay'>): Promise<void> {
    const { python, library, processes: count, fsdp, device, tell } = this.#options;
    const job = { ...this.#job, device, fsdp, betas, decay };
    const torchrun = count > 1 || fsdp;
    const { processes, ready } = await Processes.start({
      ...{ python, library, folder: this.#folder, processes: count, torchrun, job },
    });
    this.#processes = processes;
    const on = `${ready.device}`.startsWith('cuda') ? (count > 1 ? `${count} GPUs` : 'a GPU') : 'the CPU';
    const how = fsdp ? ', with FSDP2' : count > 1 ? ', with DDP' : '';
    tell(`PyTorch ${ready.torch} on ${on}: ${count === 1 ? 'one process' : `${count} processes`}${how}`);
  }

  get #running(): Processes {
    if (!this.#processes) throw new Error('the engine is not compiled');
    return this.#processes;
  }

  async planned(): Promise<undefined> {
    return undefined;
  }

  async restore({ step, adapter, moments }: StateAt): Promise<void> {
    const file = join(this.#folder, 'restored.safetensors');
    const tensor = (name: string, data: HostArray): TensorData => {
      const values = data instanceof Float32Array ? data : Float32Array.from(data);
      return { name, dtype: 'F32', shape: [data.length], data: values };
    };
    const stacked = momentsOf(moments, (of) => together(of, this.config));
    await writeSafetensors(file, [
      ...[...together(adapter, this.config)].map(([path, data]) => tensor(`p/${path}`, data)),
      ...[...stacked].flatMap(([path, { m, v }]) => [tensor(`m/${path}`, m), tensor(`v/${path}`, v)]),
    ]);
    await this.#running.ask(() => ({ do: 'restore', file, step }));
  }

  async loss(batch: Batch): Promise<number> {
    const parts = split(batch, this.#options.processes);
    const answers = await this.#running.ask((rank) => ({ do: 'loss', batch: listsOf(parts[rank]!) }));
    return totalOf(answers);
  }

  /** With FSDP2 every process continues all prompts, because each forward pass needs the tensors of all processes. */
  async continued(
    prompts: readonly Prompt[],
    { most, batch, search }: ContinueOptions,
  ): Promise<readonly (readonly number[])[]> {
    if (search) throw new TypeError('PyTorch takes the likeliest tokens alone');
    const { fsdp, processes } = this.#options;
    const parts = fsdp ? 1 : processes;
    const ofRank = (rank: number) => prompts.filter((_, n) => n % parts === rank % parts).map(askedOf);
    const answers = await this.#running.ask((rank) => ({
      do: 'continue',
      ...{ prompts: ofRank(rank), most, batch },
    }));
    return prompts.map((_, n) => {
      const texts = answers[n % parts]!.texts as readonly (readonly number[] | null)[];
      const text = texts[Math.floor(n / parts)]!;
      if (text !== null) return text;
      throw new OftcError('OFT6011', `a logit after prompt ${n} is not finite`);
    });
  }

  async step(draw: Draw<Batch>, { accumulate, step, rate, clip }: StepOptions): Promise<Taken> {
    const batches = await Promise.all(Array.from({ length: accumulate }, (_, k) => draw(k)));
    const drawn = batches.map((batch) => split(batch, this.#options.processes));
    const firsts = drawn.map((parts) => firstsOf(parts.map(({ tokens }) => tokens)));
    const sourceFirsts = drawn.map((parts) => firstsOf(parts.map(({ source }) => source?.tokens ?? 0)));
    const answers = await this.#running.ask((rank) => ({
      do: 'step',
      ...{ rate, step, firsts: firsts.map((each) => each[rank]!) },
      source_firsts: sourceFirsts.map((each) => each[rank]!),
      clip: clip ?? null,
      batches: drawn.map((parts) => listsOf(parts[rank]!)),
    }));
    const [loss, norm] = [totalOf(answers), numberOf(answers[0]!.norm)];
    const stop = (what: string) => notFinite(step, what, step - 1);
    if (!Number.isFinite(loss)) throw stop(`the loss is ${loss}`);
    const { culprit } = answers[0]!;
    if (typeof culprit === 'string') throw stop(`the gradient of '${culprit}' is not finite`);
    if (!Number.isFinite(norm)) throw stop(`the norm of the gradient is ${norm}`);
    return { loss, norm };
  }

  async adapter(): Promise<ReadonlyMap<string, HostArray>> {
    return (await this.state()).adapter;
  }

  async state(): Promise<TrainedState> {
    const path = join(this.#folder, 'state.safetensors');
    await this.#running.ask(() => ({ do: 'save', file: path }));
    const file = await openSafetensors(path);
    try {
      const kinds = { p: new Map<string, HostArray>(), m: new Map(), v: new Map() };
      for (const [name, info] of file.tensors) {
        const kind = kinds[name[0] as keyof typeof kinds];
        kind.set(name.slice(2), naturalArray(info, await file.bytes(name), path) as HostArray);
      }
      const moments = new Map<string, Moments>(
        [...kinds.m].map(([name, m]) => [name, { m, v: kinds.v.get(name)! }]),
      );
      const c = this.config;
      return { adapter: apart(kinds.p, c), moments: momentsOf(moments, (of) => apart(of, c)) };
    } finally {
      await file.close();
    }
  }

  async dispose(): Promise<void> {
    await this.#processes?.dispose();
    this.#undone();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The index of each part's first token in the batch, by the parts' numbers of tokens. */
function firstsOf(counts: readonly number[]): number[] {
  let first = 0;
  return counts.map((tokens) => {
    first += tokens;
    return first - tokens;
  });
}

/** A prompt as JSON has it. */
const askedOf = (prompt: Prompt) => ({
  ...prompt,
  ...(prompt.source ? { source: { ...prompt.source, ids: Array.from(prompt.source.ids) } } : {}),
});

type Answers = readonly Readonly<Record<string, unknown>>[];

const totalOf = (answers: Answers): number => answers.reduce((sum, a) => sum + numberOf(a.loss), 0);

/** A number as Python writes it. */
const numberOf = (text: unknown): number =>
  Number(`${text}`.replace(/^(-?)inf$/, (_, sign: string) => `${sign}Infinity`));
