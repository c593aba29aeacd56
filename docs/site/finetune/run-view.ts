/** Shows the run that goes on. */
import { parseMetrics } from '../../../src/finetune/loop/metrics.ts';
import type { Report } from '../../../src/web/finetune/protocol.ts';
import { LossChart } from './chart.ts';
import { byId, made, megabytes, say, show, shownLoss } from './page.ts';

export type RunState = 'none' | 'starting' | 'going' | 'pausing' | 'paused' | 'ended';

/** The steps that the speed is the mean of. */
const RECENT = 10;

export class RunView {
  readonly #chart = new LossChart(byId<SVGSVGElement>('chart'));
  readonly #speeds: number[] = [];
  readonly #rows = new Map<number, HTMLTableRowElement>();
  #steps = 1;
  #state: RunState = 'none';

  get state(): RunState {
    return this.#state;
  }

  set state(to: RunState) {
    this.#state = to;
    show('pause', to === 'going' || to === 'pausing');
    byId<HTMLButtonElement>('pause').disabled = to === 'pausing';
    for (const id of ['continue', 'sample']) show(id, to === 'paused');
    show('stop', to !== 'none' && to !== 'ended');
  }

  /** Begins to show a run of so many steps; `metrics` are the lines of those that were taken. */
  begin(title: string, steps: number, metrics = ''): void {
    this.#steps = steps;
    this.#chart.clear(steps);
    this.#speeds.length = 0;
    this.#rows.clear();
    byId('losses').querySelector('tbody')!.replaceChildren();
    byId('notes').replaceChildren();
    for (const id of ['loss', 'held-out', 'speed', 'memory', 'most', 'saved']) say(id, '–');
    for (const id of ['notes', 'before', 'now', 'after', 'download']) show(id, false);
    say('run-title', title);
    this.#at(0);
    const taken = parseMetrics(metrics, 'metrics.jsonl').metrics;
    // These are the metrics of a checkpoint, which has the last of their steps.
    if (taken.length > 0) say('saved', `step ${taken.at(-1)!.step}`);
    for (const metric of taken)
      if ('loss' in metric) this.#step(metric.step, metric.loss);
      else this.#evaluated(metric.step, metric.heldOut);
    show('run');
  }

  hear(report: Report): void {
    switch (report.report) {
      case 'status':
        say('status', report.text);
        break;
      case 'note':
        this.#note(report.text);
        break;
      case 'step':
        this.#took(report);
        break;
      case 'evaluated':
        this.#evaluated(report.step, report.heldOut);
        break;
      case 'saved':
        say('saved', `step ${report.step}`);
        break;
      case 'sample':
        this.sample(report.when, report.text);
        break;
      default:
        this.#turned(report);
    }
  }

  /** Shows that the run paused, went on or ended. */
  #turned(report: Extract<Report, { readonly report: 'paused' | 'going' | 'done' | 'failed' }>): void {
    const turns: Record<typeof report.report, readonly [RunState, string]> = {
      paused: ['paused', 'Paused. A checkpoint of this step is stored: the tab may be closed.'],
      going: ['going', 'Training'],
      done: ['ended', 'Done: the adapter is below.'],
      failed: ['ended', 'The run ended before its last step.'],
    };
    const [state, text] = turns[report.report];
    this.state = state;
    say('status', text);
  }

  #took({ step, loss, tokens, seconds, held, most }: Extract<Report, { readonly report: 'step' }>): void {
    if (this.state === 'starting') {
      this.state = 'going';
      say('status', 'Training');
    }
    this.#step(step, loss);
    this.#speeds.push(tokens / seconds);
    if (this.#speeds.length > RECENT) this.#speeds.shift();
    const mean = this.#speeds.reduce((a, b) => a + b, 0) / this.#speeds.length;
    say('speed', mean.toLocaleString('en', { maximumFractionDigits: mean < 100 ? 1 : 0 }));
    say('memory', megabytes(held));
    say('most', megabytes(most));
  }

  #step(step: number, loss: number): void {
    this.#at(step);
    say('loss', shownLoss(loss));
    this.#chart.step({ step, loss });
    this.#row(step).cells[1]!.textContent = shownLoss(loss);
  }

  #evaluated(step: number, heldOut: number): void {
    say('held-out', shownLoss(heldOut));
    this.#chart.evaluated({ step, loss: heldOut });
    this.#row(step).cells[2]!.textContent = shownLoss(heldOut);
  }

  #row(step: number): HTMLTableRowElement {
    const known = this.#rows.get(step);
    if (known) return known;
    const row = made('tr');
    const head = made('th', `${step}`);
    head.scope = 'row';
    row.append(head, made('td'), made('td'));
    byId('losses').querySelector('tbody')!.append(row);
    this.#rows.set(step, row);
    return row;
  }

  #at(step: number): void {
    say('at-step', `${step} of ${this.#steps}`);
    byId<HTMLProgressElement>('progress').value = step / this.#steps;
  }

  #note(text: string): void {
    byId('notes').append(made('li', text));
    show('notes');
  }

  sample(when: 'before' | 'now' | 'after', text: string): void {
    byId(when).querySelector('blockquote')!.textContent = text;
    show(when, text !== '');
  }
}
