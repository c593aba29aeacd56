/** The page's state: the worker, the model and the text that are open, and the run that goes on. */
import { Finetuner, type WorkerLike } from '../../../src/web/finetune/client.ts';
import type {
  ModelInfo,
  ModelSource,
  OwnLayer,
  Report,
  StoredRun,
} from '../../../src/web/finetune/protocol.ts';
import { download } from './download.ts';
import { layerIn } from './layer-hash.ts';
import { buttonOf, byId, inputOf, megabytes, messageOf, problem, say, show } from './page.ts';
import { RunView } from './run-view.ts';
import { FieldError, METHODS, offerMethods, offerTargets, settingsIn } from './settings.ts';
import { list } from './stored.ts';
import { type Chosen, onFiles } from './visitor-files.ts';

const SHIPPED: ModelSource = {
  kind: 'shipped',
  name: 'shakespeare-llama-nf4',
  base: new URL('./model/', location.href).href,
  files: ['config.json', 'tokenizer.json', 'model.safetensors'],
};

/** The milliseconds until runs that another tab has open are looked at again. */
const AGAIN = 2000;

export class App {
  #worker = this.#newWorker();
  readonly #view = new RunView();
  #model: (ModelInfo & { readonly isShipped: boolean }) | undefined;
  #text: File | undefined;
  /** A layer of the visitor's own, from the playground. */
  #own: OwnLayer | undefined;
  #run: { readonly id: string; readonly title: string } | undefined;
  /** Counts the models that were asked for: only the newest is shown when it is open. */
  #opening = 0;
  /** The timer of another look at the stored runs. */
  #again = 0;
  /** A run that waits for the folder of its model. */
  #waiting: StoredRun | undefined;

  #newWorker(): Finetuner {
    const worker = new Worker(new URL('../../../src/web/finetune/worker.ts', import.meta.url), {
      type: 'module',
    });
    return new Finetuner(worker as unknown as WorkerLike, (report) => this.#hear(report));
  }

  open(): void {
    void this.#doing(() => this.#offer());
    this.#listen();
    this.#view.state = 'none';
    void this.#device();
    void this.#list();
    void this.#open(SHIPPED);
    void this.#useShippedText();
  }

  /** Offers the methods, and first a layer that the address holds. */
  async #offer(): Promise<void> {
    offerMethods(undefined);
    const linked = await layerIn(location.hash);
    if (!linked) return;
    this.#own = linked.layer;
    offerMethods(linked.layer);
    inputOf('set').value = Object.entries(linked.set)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
  }

  #listen(): void {
    byId('model').addEventListener('change', () => this.#chooseModel());
    byId('text').addEventListener('change', () => this.#chooseText());
    byId('method').addEventListener('change', () => {
      const { value } = byId<HTMLSelectElement>('method');
      inputOf('set').value = METHODS.find(({ name }) => name === value)?.set ?? '';
    });
    onFiles(inputOf('model-files'), byId('model-drop'), (chosen) => void this.#openOwn(chosen));
    onFiles(inputOf('text-file'), byId('text-drop'), ({ files }) => void this.#useText(files[0]!.file));
    byId('form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#doing(() => this.#start());
    });
    const on = (id: string, act: () => Promise<void>) =>
      byId(id).addEventListener('click', () => void this.#doing(act));
    on('estimate', () => this.#estimate());
    on('pause', () => this.#pause());
    on('continue', () => this.#worker.ask('continue'));
    on('sample', () => this.#sample());
    on('stop', () => this.#stop());
    on('download', () => this.#download(this.#run!));
  }

  /** Does something that the visitor asked for, and says what went wrong. */
  async #doing(act: () => Promise<void>): Promise<void> {
    problem('');
    for (const field of document.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
    try {
      await act();
    } catch (error) {
      problem(messageOf(error));
      if (!(error instanceof FieldError)) return;
      const field = byId(error.field);
      field.setAttribute('aria-invalid', 'true');
      field.focus();
    }
  }

  async #device(): Promise<void> {
    try {
      const { name, largest } = await this.#worker.ask('device');
      say('device', `GPU: ${name}. The largest tensor that it takes at once has ${megabytes(largest)}.`);
      this.#enable();
    } catch (error) {
      say('device', `No training here: ${messageOf(error)}`);
      byId('device').classList.add('problem');
    }
  }

  /** Whether no run goes on. */
  get #isFree(): boolean {
    return this.#view.state === 'none' || this.#view.state === 'ended';
  }

  #enable(): void {
    const isReady = this.#model !== undefined && this.#text !== undefined;
    const isFree = this.#isFree;
    const hasGpu = !byId('device').classList.contains('problem');
    buttonOf('start').disabled = !(isReady && isFree && hasGpu);
    buttonOf('estimate').disabled = !(this.#model !== undefined && isFree && hasGpu);
    byId<HTMLFieldSetElement>('what').disabled = !isFree;
    byId<HTMLFieldSetElement>('how').disabled = !isFree;
  }

  #chooseModel(): void {
    const isOwn = byId<HTMLSelectElement>('model').value === 'own';
    show('model-drop', isOwn);
    this.#forgetModel('');
    if (!isOwn) void this.#open(SHIPPED);
  }

  #forgetModel(info: string): void {
    this.#opening++;
    this.#model = undefined;
    say('model-info', info);
    this.#enable();
  }

  async #openOwn({ name, files }: Chosen): Promise<void> {
    await this.#open({ kind: 'own', name, files });
    const run = this.#waiting;
    if (!run || !this.#model) return;
    this.#waiting = undefined;
    await this.#doing(() => this.#resumeOn(run));
  }

  async #open(source: ModelSource): Promise<void> {
    this.#forgetModel('Reading it…');
    const turn = this.#opening;
    await this.#doing(async () => {
      try {
        const info = await this.#worker.ask('model', source);
        if (turn !== this.#opening) return;
        this.#model = { ...info, isShipped: source.kind === 'shipped' };
        say('model-info', described(info));
        offerTargets(info.targets);
        if (this.#text) await this.#countTokens(this.#text);
      } catch (error) {
        if (turn !== this.#opening) return;
        say('model-info', '');
        throw error;
      }
    });
    this.#enable();
  }

  #chooseText(): void {
    const isOwn = byId<HTMLSelectElement>('text').value === 'own';
    show('text-drop', isOwn);
    this.#text = undefined;
    say('text-info', '');
    this.#enable();
    if (!isOwn) void this.#useShippedText();
  }

  async #useShippedText(): Promise<void> {
    await this.#doing(async () => {
      const response = await fetch('./genesis.txt');
      if (!response.ok) throw new Error(`The text is not there: the site answered ${response.status}`);
      await this.#useText(new File([await response.blob()], 'genesis.txt'));
    });
  }

  async #useText(file: File): Promise<void> {
    await this.#doing(async () => {
      this.#text = file;
      if (this.#model) await this.#countTokens(file);
      this.#enable();
    });
  }

  async #countTokens(file: File): Promise<void> {
    try {
      const { tokens } = await this.#worker.ask('text', { name: file.name, file });
      const count = tokens === 0 ? '' : `, ${tokens.toLocaleString('en')} tokens`;
      say('text-info', `${file.name}: ${megabytes(file.size)}${count}`);
    } catch (error) {
      this.#text = undefined;
      say('text-info', '');
      throw error;
    }
  }

  async #estimate(): Promise<void> {
    const settings = settingsIn(this.#own);
    say('estimate-info', 'Compiling, to estimate its memory…');
    try {
      const { trained, total, refusals } = await this.#worker.ask('estimate', settings);
      const refused = refusals.length === 0 ? '' : ` This device refuses it: ${refusals[0]}`;
      say(
        'estimate-info',
        `${trained.toLocaleString('en')} trained parameters; ${megabytes(total)} of device memory at the most.${refused}`,
      );
    } catch (error) {
      say('estimate-info', '');
      throw error;
    }
  }

  async #start(): Promise<void> {
    const settings = settingsIn(this.#own);
    const name = typeof settings.adapter === 'string' ? settings.adapter : settings.adapter.name;
    const title = `${name} on ${this.#model!.name}, ${this.#text!.name}`;
    await this.#beginning(title, settings.steps, async () => {
      // Without this, a browser that lacks room may remove the runs.
      await navigator.storage.persist?.();
      const id = await this.#worker.ask('start', { settings, title });
      this.#run = { id, title };
      this.#view.begin(title, settings.steps);
    });
  }

  async #resume(run: StoredRun): Promise<void> {
    if (run.isShipped) {
      if (!this.#model?.isShipped) {
        byId<HTMLSelectElement>('model').value = 'shipped';
        show('model-drop', false);
        await this.#open(SHIPPED);
      }
    } else if (this.#model?.name !== run.model || this.#model.isShipped) {
      this.#waiting = run;
      byId<HTMLSelectElement>('model').value = 'own';
      show('model-drop');
      this.#forgetModel(`Choose the folder '${run.model}' again, and the run goes on.`);
      byId('model-files').focus();
      return;
    }
    await this.#resumeOn(run);
  }

  async #resumeOn(run: StoredRun): Promise<void> {
    await this.#beginning(run.title, run.settings.steps, async () => {
      const metrics = await this.#worker.ask('resume', run.id);
      this.#run = run;
      this.#view.begin(run.title, run.settings.steps, metrics);
    });
  }

  async #beginning(title: string, steps: number, begin: () => Promise<void>): Promise<void> {
    const before = this.#view.state;
    this.#view.begin(title, steps);
    this.#view.state = 'starting';
    say('status', 'Checking the run…');
    this.#enable();
    byId('run-title').focus();
    try {
      await begin();
    } catch (error) {
      this.#view.state = before === 'none' ? 'none' : 'ended';
      show('run', false);
      this.#enable();
      throw error;
    }
    await this.#list();
  }

  async #pause(): Promise<void> {
    this.#view.state = 'pausing';
    say('status', 'Pausing after this step…');
    await this.#worker.ask('pause');
  }

  async #sample(): Promise<void> {
    const prompt = inputOf('prompt').value.trim();
    say('status', 'Writing a sample…');
    try {
      this.#view.sample('now', await this.#worker.ask('sample', { prompt, tokens: 60 }));
    } finally {
      say('status', 'Paused.');
    }
  }

  /** Ends the worker, with what it does, and starts another one. */
  async #stop(): Promise<void> {
    this.#worker.end();
    this.#worker = this.#newWorker();
    this.#run = undefined;
    this.#view.state = 'ended';
    say('status', 'Stopped. Its last checkpoint is kept: resume it below.');
    this.#reopen();
  }

  /** Gives a new worker the model again. The visitor's own folder must be chosen again. */
  #reopen(): void {
    const isShipped = this.#model?.isShipped ?? true;
    if (isShipped) void this.#open(SHIPPED);
    else this.#forgetModel('Choose the folder again.');
    void this.#device();
    void this.#list();
  }

  async #download({ id, title }: { readonly id: string; readonly title: string }): Promise<void> {
    download(`${title.replaceAll(/[^\w.-]+/g, '-')}.zip`, await this.#worker.ask('adapter', id));
  }

  async #remove(run: StoredRun): Promise<void> {
    if (!confirm(`Delete '${run.title}'? Its checkpoint and its adapter are lost.`)) return;
    await this.#worker.ask('remove', run.id);
    await this.#list();
  }

  async #list(): Promise<void> {
    const runs = await this.#worker.ask('runs');
    // A tab that was just closed or reloaded holds its run for a moment, and another one holds it as long as it likes.
    clearTimeout(this.#again);
    if (runs.some(({ problem }) => problem !== undefined))
      this.#again = window.setTimeout(() => void this.#list(), AGAIN);
    await list(runs, this.#isFree ? undefined : this.#run?.id, {
      resume: (run) => void this.#doing(() => this.#resume(run)),
      download: (run) => void this.#doing(() => this.#download(run)),
      remove: (run) => void this.#doing(() => this.#remove(run)),
    });
  }

  #hear(report: Report): void {
    this.#view.hear(report);
    if (report.report === 'failed') {
      problem(report.failure.message);
      this.#run = undefined;
    } else if (report.report === 'done') show('download');
    if (report.report !== 'failed' && report.report !== 'done') return;
    this.#enable();
    void this.#list();
  }
}

const described = ({ architecture, parameters, bytes, forms, positions }: ModelInfo): string => {
  const weights = Object.entries(forms)
    .map(([form, n]) => `${n} ${form}`)
    .join(', ');
  return `${architecture}, ${parameters.toLocaleString('en')} parameters, ${megabytes(bytes)} (weights: ${weights}), up to ${positions} tokens`;
};
