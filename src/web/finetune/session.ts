/** The state of a finetuning worker: the open device, model and text, and the run that goes on. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requestDevice } from '../../../runtime/device.ts';
import { ledgerOf } from '../../../runtime/memory.ts';
import { parametersIn, trainIn } from '../../cli/finetune/train-in.ts';
import { Warnings } from '../../cli/finetune/warnings.ts';
import { generate } from '../../finetune/generate.ts';
import { ADAPTER, checkFolder, readRun } from '../../finetune/loop/run-folder.ts';
import { secondsSince } from '../../finetune/loop/seconds.ts';
import { WebGpuEngine } from '../../finetune/loop/webgpu.ts';
import type { Model } from '../../finetune/model-run.ts';
import { spelt } from '../../finetune/spelt.ts';
import type { OpenModel } from '../../formats/model.ts';
import { removeLeftovers } from '../../formats/temporary.ts';
import { browser } from '../node/browser.ts';
import { argumentsOf } from './arguments.ts';
import { checkFits, estimateOf } from './estimate.ts';
import { failureOf, lossOf, ownCause } from './failures.ts';
import { ioTo, jobOf } from './job.ts';
import { folderOf as folderOfModel, infoOf, openFrom } from './model-files.ts';
import { Pause } from './pause.ts';
import type { DeviceInfo, ModelSource, Report, Requests, RunSettings, TextSource } from './protocol.ts';
import { checkedSettings } from './requests.ts';
import * as runs from './runs.ts';

const BEFORE = 'before.txt';

interface Going {
  readonly id: string;
  readonly asked: runs.Asked;
  readonly pause: Pause;
  model?: Model;
  /** The step of the last checkpoint. */
  saved?: number;
}

export class Session {
  readonly #tell: (report: Report) => void;
  #device: Promise<GPUDevice> | undefined;
  #model: { readonly files: OpenModel; readonly name: string; readonly isShipped: boolean } | undefined;
  #text: TextSource | undefined;
  #going: Going | undefined;
  /** Settles when no model is being opened, and no run is being started. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  /** Opens the device once; after it is lost, a new one. */
  #opened(): Promise<GPUDevice> {
    this.#device ??= this.#open();
    return this.#device;
  }

  async #open(): Promise<GPUDevice> {
    try {
      const device = await requestDevice(browser.navigator.gpu);
      void device.lost.then(({ message }) => {
        this.#device = undefined;
        this.#going?.pause.end(lossOf(message));
      });
      return device;
    } catch (error) {
      this.#device = undefined;
      throw error;
    }
  }

  async device(): Promise<DeviceInfo> {
    const device = await this.#opened();
    const { description, vendor, architecture } = device.adapterInfo;
    const { deviceMemory } = browser.navigator;
    return {
      name: description || [vendor, architecture].filter(Boolean).join(' ') || 'a GPU',
      largest: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
      memory: deviceMemory === undefined ? undefined : deviceMemory * 2 ** 30,
    };
  }

  /**
   * Does what is asked one after another: the model that was asked for last stays open, and of two runs that are asked for at
   * once, one starts.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#opening.then(work);
    this.#opening = done.catch(() => {});
    return done;
  }

  model(source: ModelSource): Promise<Requests['model']['gets']> {
    return this.#inTurn(() => this.#openModel(source));
  }

  async #openModel(source: ModelSource): Promise<Requests['model']['gets']> {
    this.#checkIdle();
    const before = this.#model;
    this.#model = undefined;
    await before?.files.close();
    const files = await openFrom(source);
    this.#model = { files, name: source.name, isShipped: source.kind === 'shipped' };
    return infoOf(source.name, files);
  }

  async text(source: TextSource): Promise<{ readonly tokens: number }> {
    const { files } = this.#needModel();
    const tokenizer = await files.tokenizer();
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await source.file.arrayBuffer());
    this.#text = source;
    return { tokens: /\.jsonl$/i.test(source.name) ? 0 : tokenizer.encode(text).length };
  }

  async estimate(settings: RunSettings): Promise<Requests['estimate']['gets']> {
    return estimateOf(this.#needModel().files, settings, await this.#opened());
  }

  /** Starts a run. What is refused before its first step leaves nothing behind. */
  start(given: Requests['start']['gives']): Promise<string> {
    return this.#inTurn(() => this.#start(given));
  }

  async #start({ settings, title }: Requests['start']['gives']): Promise<string> {
    this.#checkIdle();
    const { name, isShipped, files } = this.#needModel();
    if (!this.#text) throw new Error('there is no text: choose one');
    const { name: text, file } = this.#text;
    const device = await this.#opened();
    checkFits(await estimateOf(files, settings, device), device);
    const id = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${crypto.randomUUID().slice(0, 8)}`;
    const created = new Date().toISOString();
    const asked = { title, model: name, isShipped, text, settings, created, isDone: false };
    const prepare = async () => {
      await runs.writeAsked(id, asked);
      await mkdir(join(runs.folderOf(id), 'text'));
      await mkdir(runs.runIn(id));
      await writeFile(runs.textIn(id, text), new Uint8Array(await file.arrayBuffer()), { flush: true });
    };
    await this.#begin({ id, asked, pause: new Pause() }, prepare).catch(async (error) => {
      await runs.removeRun(id).catch(() => {});
      throw error;
    });
    return id;
  }

  /** Goes on with a run after its checkpoint, and returns the metrics up to there. */
  resume(id: string): Promise<string> {
    return this.#inTurn(async () => {
      this.#checkIdle();
      this.#needModel();
      const asked = await this.#on(id, () => runs.readAsked(id));
      // The stored settings may be damaged.
      checkedSettings(asked.settings);
      return this.#begin({ id, asked, pause: new Pause() });
    });
  }

  /** Resolves when the run's job is made and checked; the steps follow in the background. */
  #begin(going: Going, prepare: () => Promise<void> = async () => {}): Promise<string> {
    this.#going = going;
    const device = this.#device;
    return new Promise((resolve, reject) => {
      let isChecked = false;
      const whole = runs.withRun(going.id, going.asked.title, async () => {
        await prepare();
        await this.#run(going, (metrics) => {
          isChecked = true;
          resolve(metrics);
        });
      });
      const ended = () => {
        this.#going = undefined;
      };
      void whole.then(ended, async (given) => {
        const error = await ownCause(given, device);
        ended();
        if (!isChecked) return reject(error);
        this.#tell({ report: 'failed', failure: failureOf(error, going.saved) });
      });
    });
  }

  async #run(going: Going, checked: (metrics: string) => void): Promise<void> {
    const { id, asked, pause } = going;
    const { files, name } = this.#needModel();
    const { settings } = asked;
    const out = runs.runIn(id);
    const args = argumentsOf(settings, {
      model: folderOfModel(name),
      text: runs.textIn(id, asked.text),
      out,
    });
    await removeLeftovers(join(out, ADAPTER));
    await checkFolder(out, true);
    const left = await readRun(out);
    const io = ioTo(this.#tell);
    const job = await jobOf(files, settings, args, { left, device: () => this.#opened(), io });
    parametersIn(job);
    if (left.checkpoint) going.saved = left.checkpoint.step;
    checked(left.metrics);
    const began = performance.now();
    const engine = await job.openEngine();
    if (engine instanceof WebGpuEngine) going.model = engine.model;
    const ledger = ledgerOf(await this.#opened());
    const note = (text: string) => this.#tell({ report: 'note', text });
    const warnings = new Warnings(engine, job, args, { note, warn: (text) => note(`warning: ${text}`) });
    if (job.nothingHeldOut !== undefined) note(job.nothingHeldOut);
    const at = join(runs.folderOf(id), BEFORE);
    await trainIn(engine, job, args, {
      compiling: async (work) => {
        this.#tell({ report: 'status', text: 'Compiling' });
        await work();
        if (settings.prompt === '') return;
        const text = left.checkpoint
          ? new TextDecoder().decode(await readFile(at).catch(() => new Uint8Array()))
          : await this.#sampled(going, settings.prompt, settings.sampleTokens);
        if (!left.checkpoint) await writeFile(at, text);
        this.#tell({ report: 'sample', when: 'before', text });
      },
      step: async (taken) => {
        const { step, loss, tokens, seconds, rate } = taken;
        const { now: held, most } = ledger;
        this.#tell({ report: 'step', step, loss, tokens, seconds, rate, held, most });
        await warnings.step(taken);
        return pause.isAsked ? 'save' : undefined;
      },
      evaluated: async (evaluation) => {
        const { step, heldOut } = evaluation;
        this.#tell({ report: 'evaluated', step, heldOut });
        await warnings.evaluated(evaluation);
      },
      saved: async (step) => {
        going.saved = step;
        this.#tell({ report: 'saved', step });
        if (!pause.isAsked) return;
        this.#tell({ report: 'paused', step });
        await pause.over();
        this.#tell({ report: 'going' });
      },
      trained: async () => {
        if (settings.prompt === '') return;
        const text = await this.#sampled(going, settings.prompt, settings.sampleTokens);
        this.#tell({ report: 'sample', when: 'after', text });
      },
    });
    await runs.writeAsked(id, { ...asked, isDone: true });
    this.#tell({ report: 'done', id, seconds: secondsSince(began) });
  }

  pause(): void {
    this.#needRun().pause.ask();
  }

  continue(): void {
    this.#needRun().pause.end();
  }

  sample({ prompt, tokens }: Requests['sample']['gives']): Promise<string> {
    const going = this.#needRun();
    if (!going.pause.isOn) throw new Error('the run goes on: pause it to write a sample');
    return this.#sampled(going, prompt, tokens);
  }

  async #sampled({ model, asked }: Going, prompt: string, tokens: number): Promise<string> {
    const { files } = this.#needModel();
    const tokenizer = await files.tokenizer();
    const before = tokenizer.encode(prompt);
    if (before.length === 0) throw new Error('the prompt is empty: give the text to go on from');
    const options = { temperature: 0.8, topK: 40, seed: asked.settings.seed, tokens };
    const ids = [...before];
    for await (const id of generate(model!, before, { ...options, end: files.config.eosTokenIds }))
      ids.push(id);
    return spelt(tokenizer, ids);
  }

  runs(): Promise<Requests['runs']['gets']> {
    return runs.storedRuns(this.#going?.id);
  }

  async remove(id: string): Promise<void> {
    if (this.#going?.id === id) throw new Error('the run goes on: stop it first');
    await runs.checkStored(id);
    await runs.removeRun(id);
  }

  /** Does work on a run's files, whether or not it is the one that goes on. */
  async #on<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#going?.id === id) return work();
    await runs.checkStored(id);
    return runs.withRun(id, 'the run', work);
  }

  adapter(id: string): Promise<Requests['adapter']['gets']> {
    return this.#on(id, async () => {
      const folder = join(runs.runIn(id), ADAPTER);
      const names = await readdir(folder);
      return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
    });
  }

  metrics(id: string): Promise<string> {
    return this.#on(id, () => runs.metricsOf(id));
  }

  #checkIdle(): void {
    if (this.#going) throw new Error(`'${this.#going.asked.title}' goes on: wait for its end, or stop it`);
  }

  #needModel() {
    if (!this.#model) throw new Error('no model is open: choose one');
    return this.#model;
  }

  #needRun(): Going {
    if (!this.#going) throw new Error('no run goes on');
    return this.#going;
  }
}
