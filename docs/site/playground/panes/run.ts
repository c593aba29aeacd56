/** A run on the visitor's own GPU: as written beside as derived, with time, memory and the difference from float64. */
import type { Ran, RunFigures } from '../../../../src/web/protocol.ts';
import { button, el, fill, newId, refill } from '../dom.ts';
import { count, duration, figure, meter, note, textTable } from '../format.ts';
import { needsSizes, type Session, type Side } from '../session.ts';
import type { Pane } from './pane.ts';

type Result = NonNullable<Ran['result']>;

export class RunPane implements Pane {
  readonly dom = el('div', { class: 'pane run' });
  readonly #session: Session;
  /** Whether the worker sees WebGPU; undefined until it says so. */
  #webgpu: boolean | undefined;
  #shown: Side['ran'];
  /** Counts the runs that were shown. */
  #number = 0;
  readonly #runs = el('input', {
    id: newId('runs'),
    type: 'number',
    min: 1,
    max: 99,
    value: 9,
    inputmode: 'numeric',
  });
  readonly #start = button('Run on this device', () => this.#run(), { class: 'primary' });
  readonly #out = el('div', { 'aria-live': 'polite' });

  constructor(session: Session) {
    this.#session = session;
    fill(
      this.dom,
      el(
        'div',
        { class: 'controls' },
        this.#start,
        el('label', { for: this.#runs.id }, 'Timed runs'),
        this.#runs,
      ),
      this.#out,
    );
  }

  /** Says whether the worker sees WebGPU. */
  sees(webgpu: boolean): void {
    this.#webgpu = webgpu;
  }

  render(side: Side): void {
    const session = this.#session;
    const running = session.working === 'run';
    const why = this.#whyNot(side);
    this.#start.disabled = why !== undefined || running || !session.armed;
    this.#start.textContent = running ? 'Running…' : 'Run on this device';
    const { ran } = side;
    if (ran !== this.#shown) this.#number++;
    this.#shown = ran;
    refill(this.#out, [why, this.#number, ran?.of === side.version], () => [
      why !== undefined && note(why),
      !ran &&
        why === undefined &&
        note(
          'A run happens on your own GPU, when you press the button. It makes random tensors of these sizes, runs forward and backward as written and as derived, and compares both with the float64 reference.',
        ),
      ran && ran.of !== side.version && note('The layer has changed since this run.'),
      ...(ran ? shown(ran.ran) : []),
    ]);
  }

  text(side: Side) {
    const result = side.ran?.ran.result;
    return result && { text: textTable(tableOf(result)), language: 'text' as const };
  }

  #whyNot(side: Side): string | undefined {
    if (this.#webgpu === false)
      return 'This browser has no WebGPU here, so nothing can run. All else works: derivation, candidates, kernels and PyTorch. Recent Chrome and Edge have WebGPU, Safari from 26, Firefox from 141 on Windows.';
    if (side.hasErrors) return 'The source has errors: nothing can run before they are mended.';
    if (needsSizes(side)) return 'Sizes are open: give them above to run the layer.';
    return undefined;
  }

  #run(): void {
    const runs = Math.max(1, Math.min(99, Math.round(this.#runs.valueAsNumber || 9)));
    const { current, before, compare } = this.#session;
    void this.#session.run(current, runs).then(() => {
      if (compare && before) void this.#session.run(before, runs);
    });
  }
}

function shown({ available, reason, result }: Ran): HTMLElement[] {
  if (!result)
    return [note(reason ?? (available ? 'The run gave no result.' : 'There is no WebGPU device.'), 'error')];
  const { compared, derived, written } = result;
  return [
    el(
      'p',
      { class: 'small lead' },
      `${result.device}, class ${result.class}, ${count(result.tokens)} tokens. One run is forward and backward; the time is the median.`,
    ),
    ...(written ? [bars(derived, written)] : []),
    ...(result.writtenFails === undefined
      ? []
      : [note(`As written it does not run: ${result.writtenFails}`)]),
    el(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Figures of the run' },
      figures(result),
    ),
    el(
      'p',
      { class: 'small' },
      `Differences are the largest over all elements, relative to the largest magnitude in the reference${compared.reduced ? `. They are of smaller sizes, ${sizes(compared.sizes)} and ${count(compared.tokens)} tokens, because the reference takes long at these` : ''}.`,
    ),
  ];
}

const sizes = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([n, v]) => `${n}=${v}`)
    .join(', ');

/** Two bars whose lengths are the times. */
function bars(derived: RunFigures, written: RunFigures): HTMLElement {
  const most = Math.max(derived.seconds, written.seconds);
  const bar = (name: string, of: RunFigures, kind: string) =>
    el(
      'div',
      { class: `bar bar-${kind}` },
      el('span', { class: 'bar-name' }, name),
      meter(of.seconds / most),
      el('span', { class: 'bar-value' }, duration(of.seconds)),
    );
  return el(
    'div',
    { class: 'bars' },
    bar('As written', written, 'written'),
    bar('Derived', derived, 'derived'),
  );
}

function tableOf({ derived, written }: Result): string[][] {
  const row = (name: string, of: (f: RunFigures) => string) => [
    name,
    written ? of(written) : '–',
    of(derived),
  ];
  const difference = (name: string) => (f: RunFigures) =>
    f.differences.find((d) => d.name === name)?.relative.toExponential(1) ?? '–';
  return [
    ['', 'As written', 'Derived'],
    row('Time', (f) => duration(f.seconds)),
    row('Memory', (f) => figure(f.bytes.total, 'B')),
    row('Temporaries', (f) => figure(f.bytes.temporaries, 'B')),
    row('Launches', (f) => count(f.launches)),
    ...derived.differences.map(({ name }) => row(`Difference of ${name}`, difference(name))),
  ];
}

function figures(result: Result): HTMLElement {
  const [head, ...body] = tableOf(result);
  return el(
    'table',
    { class: 'figures' },
    el('caption', { class: 'sr-only' }, 'The run as written beside the run as derived'),
    el(
      'thead',
      {},
      el('tr', {}, ...head!.map((h, i) => (i === 0 ? el('td', {}) : el('th', { scope: 'col' }, h)))),
    ),
    el(
      'tbody',
      {},
      ...body.map(([name, ...cells]) =>
        el('tr', {}, el('th', { scope: 'row' }, name!), ...cells.map((c) => el('td', {}, c))),
      ),
    ),
  );
}
