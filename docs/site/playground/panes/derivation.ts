/** The derivation: what was written and derived, and each law beside the source that it rewrote. */
import { Legend } from '../../../../src/explain/legend.ts';
import { chosenOf, ordered, WAYS } from '../../../../src/explain/ordered.ts';
import { tokenRanges } from '../../../../src/explain/token-ranges.ts';
import { sampledText } from '../../../../src/identity/sampled-text.ts';
import { families, familyLine } from '../../../../src/language/formulas/families.ts';
import type {
  Explained,
  PlacedDerivation,
  PlacedExplanation,
  PlacedStep,
} from '../../../../src/web/protocol.ts';
import { button, el, fill } from '../dom.ts';
import { comparedWith, count, duration, figure, heading, note, stat } from '../format.ts';
import type { Side } from '../session.ts';
import { type Acts, type Pane, snippet } from './pane.ts';

/** The names of the compiler's passes, for people. */
const PASSES: Readonly<Record<string, string>> = {
  normalise: 'Normal form',
  apply: 'Laws that save work',
  differentiate: 'Gradients, by reverse mode',
};

export class DerivationPane implements Pane {
  readonly dom = el('div', { class: 'pane derivation' });
  readonly #acts: Acts;
  #shown: Explained | undefined;
  /** The list items of the steps, for marking those of the caret. */
  #steps: { readonly step: PlacedStep; readonly item: HTMLElement; readonly counts: boolean }[] = [];
  readonly #atCaret = el('p', { class: 'at-caret-line', 'aria-live': 'polite' });

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  render(side: Side): void {
    const { value, of } = side.slots.explain;
    if (!value || value === this.#shown) return;
    this.#shown = value;
    this.#steps = [];
    const { explanation: e } = value;
    const files = of!.files;
    fill(
      this.dom,
      ...costs(e),
      ...value.notes.map((n) => note(n)),
      this.#formulas(e),
      this.#atCaret,
      ...e.training.map((d) => this.#laws(d, e, files)),
      e.sampled && el('p', { class: 'small' }, `Sampled: ${sampledText(e.sampled)}`),
      ...e.stopped.map((s) => note(`A search stopped: ${s}`)),
    );
  }

  text(side: Side) {
    const text = side.slots.explain.value?.full;
    return text === undefined ? undefined : { text, language: 'text' as const };
  }

  caret(offset: number, file: string): void {
    let found = 0;
    for (const { step, item, counts } of this.#steps) {
      const here = step.places.some((p) => p.file === file && p.start <= offset && offset <= p.end);
      item.classList.toggle('at-caret', here);
      if (here && counts) found++;
    }
    this.#atCaret.textContent =
      found === 0
        ? ''
        : `${found === 1 ? 'One step rewrites' : `${found} steps rewrite`} the text at the caret.`;
  }

  #formulas(e: PlacedExplanation): HTMLElement {
    const own = chosenOf(e);
    const legend = new Legend(e.legend);
    const order = ordered(own, e.tokens);
    const derived = families(own.derived.map(order)).map(familyLine);
    return el(
      'section',
      { class: 'formulas' },
      el(
        'div',
        { class: 'formula-card' },
        heading('Written'),
        formulaLines(e.formula, legend.for([...e.formula])),
      ),
      el(
        'div',
        { class: 'formula-card' },
        heading(e.asWritten ? 'Compiled' : 'Derived'),
        formulaLines(derived, legend.for(own.derived).map(order)),
      ),
    );
  }

  #laws(d: PlacedDerivation, e: PlacedExplanation, files: Readonly<Record<string, string>>): HTMLElement {
    const title = e.training.length > 1 ? `Laws, ${WAYS[d.way]}` : 'Laws';
    const { chosenFor } = d;
    const chosen =
      e.training.length === 1 || !chosenFor
        ? ''
        : chosenFor.length > 0
          ? `, chosen for ${tokenRanges(chosenFor)}`
          : ', never chosen: another takes less time at every token count';
    const isChosen = d === chosenOf(e);
    const body = el('ol', { class: 'laws' }, ...this.#passes(d, files, isChosen));
    if (d.steps.length === 0) fill(body, el('li', { class: 'small' }, 'No rule is applied.'));
    const head = el(
      'summary',
      {},
      el('span', { class: 'h2' }, title),
      el('span', { class: 'small' }, `${d.steps.length} ${d.steps.length === 1 ? 'step' : 'steps'}${chosen}`),
    );
    return el('details', { class: 'law-list', open: isChosen }, head, body);
  }

  #passes(d: PlacedDerivation, files: Readonly<Record<string, string>>, counts: boolean): HTMLElement[] {
    let pass = '';
    return d.steps.flatMap((step, n) => {
      const title = step.pass === pass ? undefined : (PASSES[step.pass] ?? step.pass);
      pass = step.pass;
      return [
        ...(title === undefined ? [] : [el('li', { class: 'pass' }, title)]),
        this.#step(step, n + 1, files, counts),
      ];
    });
  }

  #step(step: PlacedStep, n: number, files: Readonly<Record<string, string>>, counts: boolean): HTMLElement {
    const places = step.places;
    const item = el(
      'li',
      { class: 'law', onmouseenter: () => this.#acts.mark(places), onmouseleave: () => this.#acts.mark([]) },
      el(
        'div',
        { class: 'law-head' },
        el('span', { class: 'law-number' }, n),
        el('code', { class: 'law-name' }, step.rule),
        el('span', { class: 'law-text' }, step.law),
      ),
      change(step),
      places.length > 0 &&
        el('div', { class: 'law-places' }, ...places.slice(0, 4).map((p) => this.#place(p, step, files))),
    );
    this.#steps.push({ step, item, counts });
    return item;
  }

  #place(place: PlacedStep['places'][number], step: PlacedStep, files: Readonly<Record<string, string>>) {
    return button(snippet(files, place), () => this.#acts.go(place), {
      class: 'place',
      title: `Go to line ${place.line}, column ${place.column}`,
      'aria-label': `Line ${place.line}: ${snippet(files, place)}`,
      onfocus: () => this.#acts.mark(step.places),
      onblur: () => this.#acts.mark([]),
    });
  }
}

const change = ({ before, after, rule }: PlacedStep): HTMLElement | false => {
  if (rule === 'vjp')
    return el('div', { class: 'law-change' }, el('code', {}, `adds ${after.replace('outputs, ', '')}`));
  if (before === after) return false;
  return el(
    'div',
    { class: 'law-change' },
    el('code', {}, before),
    el('span', { class: 'arrow', 'aria-label': 'becomes' }, '→'),
    el('code', {}, after),
  );
};

function formulaLines(lines: readonly string[], definitions: readonly string[]): HTMLElement {
  return el(
    'div',
    { class: 'formula-lines', tabindex: 0, role: 'group', 'aria-label': 'Formulas' },
    ...lines.map((l) => el('code', { class: 'formula' }, l)),
    ...definitions.map((l) => el('code', { class: 'definition' }, l)),
  );
}

/** The costs of a training step, as written and as derived. */
function costs({
  cost,
  prediction,
  asWritten,
  tokens,
  unbound,
  toGive,
  weightSized,
}: PlacedExplanation): HTMLElement[] {
  if (!cost) {
    const names = toGive.map((of) => of.join(' or '));
    return [
      note(
        `Sizes are open: ${unbound.join(', ')}. Give ${names.join(', ')} above for costs, candidates at a token count, kernels and a run.`,
      ),
    ];
  }
  const { own, written } = cost;
  const beside = (of: 'flops' | 'bytes' | 'peakTemporaryBytes', unit: string) =>
    written && !asWritten ? comparedWith(own[of], written[of], figure(written[of], unit)) : [];
  const launches =
    written && !asWritten ? comparedWith(own.launches, written.launches, count(written.launches)) : [];
  return [
    el(
      'p',
      { class: 'small lead' },
      `One training step of ${count(tokens)} tokens${written && !asWritten ? ', from as written to derived' : ''}${weightSized ? `; ${weightSized.length > 0 ? `not input-centric: forms ${weightSized.join(', ')}` : 'input-centric'}` : ''}${written ? '' : '; as written, no kernel can compute it'}.`,
    ),
    el(
      'dl',
      { class: 'stats' },
      stat('Operations', figure(own.flops, 'FLOP'), beside('flops', 'FLOP')),
      stat('Temporaries', figure(own.peakTemporaryBytes, 'B'), beside('peakTemporaryBytes', 'B')),
      stat('Traffic', figure(own.bytes, 'B'), beside('bytes', 'B')),
      stat('Launches', count(own.launches), launches),
      ...(prediction
        ? [stat('Predicted time', duration(prediction.seconds), [`on ${prediction.on.name}`])]
        : []),
    ),
  ];
}
