/** The candidates: every way to put the parentheses, its cost over token counts, and the guards between choices. */

import { WAYS } from '../../../../src/explain/ordered.ts';
import { tokenRanges } from '../../../../src/explain/token-ranges.ts';
import type { CostPlot, Explained } from '../../../../src/web/protocol.ts';
import { el, fill, newId } from '../dom.ts';
import { count, duration, figure, note, textTable } from '../format.ts';
import { COLOURS, Plot } from '../plot.ts';
import type { Side } from '../session.ts';
import type { Pane } from './pane.ts';

const MEASURES = {
  seconds: { name: 'Time', unit: duration },
  operations: { name: 'Operations', unit: (n: number) => figure(n, 'FLOP') },
  bytes: { name: 'Traffic', unit: (n: number) => figure(n, 'B') },
  memory: { name: 'Memory', unit: (n: number) => figure(n, 'B') },
} as const;
type Measure = keyof typeof MEASURES;

export class CandidatesPane implements Pane {
  readonly dom = el('div', { class: 'pane candidates' });
  readonly #plot = new Plot();
  readonly #table = el('div', {
    class: 'table-scroll',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Candidates',
  });
  readonly #which = el('select', { id: newId('group'), onchange: () => this.#draw() });
  readonly #measure = el('select', { id: newId('measure'), onchange: () => this.#draw() });
  readonly #chains = el('div', { class: 'chains' });
  #shown: Explained | undefined;

  constructor() {
    fill(
      this.#measure,
      ...Object.entries(MEASURES).map(([value, { name }]) => el('option', { value }, name)),
    );
  }

  render(side: Side): void {
    const { value } = side.slots.explain;
    if (!value || value === this.#shown) return;
    const before = this.#which.value;
    this.#shown = value;
    if (value.plots.length === 0) {
      fill(this.dom, note(whyNone(value)));
      return;
    }
    fill(
      this.#which,
      ...inUse(value.plots).map((p) => el('option', { value: value.plots.indexOf(p) }, nameOf(value, p))),
    );
    if ([...this.#which.options].some((o) => o.value === before)) this.#which.value = before;
    fill(
      this.dom,
      el(
        'div',
        { class: 'controls' },
        el('label', { for: this.#which.id }, 'Products'),
        this.#which,
        el('label', { for: this.#measure.id }, 'Cost'),
        this.#measure,
      ),
      this.#chains,
      this.#plot.dom,
      el(
        'p',
        { class: 'small' },
        'Dashed lines are the guards: the token counts at which another program is taken. Times are modelled, not measured.',
      ),
      this.#table,
    );
    this.#draw();
  }

  /** Draws anew, in the colours of the present theme. */
  redraw(): void {
    this.#plot.redraw();
  }

  text(side: Side) {
    const { value } = side.slots.explain;
    if (!value) return undefined;
    const text = value.plots.map((p) => `${nameOf(value, p)}\n${textTable(rows(value, p))}`).join('\n\n');
    return { text: text || whyNone(value), language: 'text' as const };
  }

  #draw(): void {
    const value = this.#shown!;
    const plot = value.plots[Number(this.#which.value)]!;
    const measure = this.#measure.value as Measure;
    const colours = coloursOf(plot);
    const group = value.explanation[plot.of][plot.derivation]?.groups[plot.group];
    const listed =
      group?.complete === false
        ? `, of which the ${plot.candidates.length} that no other beats in everything are listed`
        : '';
    fill(
      this.#chains,
      el('span', { class: 'small' }, group ? `${count(group.associations)} ways to multiply${listed}` : ''),
      ...(group?.chains ?? []).map((c) =>
        el('span', { class: 'chain' }, el('code', {}, c.factors), ` for ${c.of}`),
      ),
      plot.chosen.length === 0 &&
        el('span', {}, 'None of them is taken: another derivation takes less time at every token count.'),
    );
    this.#plot.show({
      x: plot.tokens,
      lines: plot.candidates.map((c, n) => ({
        label: c.forms.join('   '),
        values: c[measure],
        colour: colours.get(n),
      })),
      guards: plot.chosen.map((c) => c.minTokens).filter((t) => t > 1),
      unit: MEASURES[measure].unit,
    });
    fill(this.#table, this.#rows(value, plot, colours));
  }

  #rows(value: Explained, plot: CostPlot, colours: ReadonlyMap<number, number>): HTMLElement {
    const [head, ...body] = rows(value, plot);
    const order = inOrder(value, plot);
    return el(
      'table',
      {},
      el(
        'caption',
        { class: 'sr-only' },
        `Candidates, their costs at ${value.explanation.tokens} tokens, and the token counts that each is chosen for`,
      ),
      el('thead', {}, el('tr', {}, ...head!.map((h) => el('th', { scope: 'col' }, h)))),
      el(
        'tbody',
        {},
        ...body.map((cells, row) => {
          const n = order[row]!;
          const colour = colours.get(n);
          return el(
            'tr',
            {
              class:
                `${colour === undefined ? '' : 'chosen'} ${plot.candidates[n]!.dominated ? 'dominated' : ''}`.trim(),
              onmouseenter: () => this.#plot.emphasise(n),
              onmouseleave: () => this.#plot.emphasise(undefined),
            },
            el(
              'th',
              { scope: 'row' },
              el('span', {
                class: `swatch${colour === undefined ? '' : ` swatch-${colour}`}`,
                'aria-hidden': 'true',
              }),
              ...plot.candidates[n]!.forms.map((f) => el('code', {}, f)),
            ),
            ...cells.slice(1).map((c) => el('td', {}, c)),
          );
        }),
      ),
    );
  }
}

/** The costs of each candidate at the explanation's token count. */
const costsOf = ({ explanation }: Explained, { of, derivation, group }: CostPlot) =>
  explanation[of][derivation]!.groups[group]!.candidates.map((c) => c.at!);

/** The names and the numbers of candidates, in their order. */
function rows(value: Explained, plot: CostPlot): string[][] {
  const costs = costsOf(value, plot);
  const head = [
    'Parentheses',
    'Operations',
    'Traffic',
    'Memory',
    `Time at ${count(value.explanation.tokens)}`,
    'Chosen for',
  ];
  return [
    head,
    ...inOrder(value, plot).map((n) => {
      const { operations, bytes, memory, seconds } = costs[n]!;
      return [
        plot.candidates[n]!.forms.join('   '),
        figure(operations, 'FLOP'),
        figure(bytes, 'B'),
        figure(memory, 'B'),
        duration(seconds),
        tokenRanges(plot.chosen.filter((k) => k.candidate === n)),
      ];
    }),
  ];
}

/** The candidates that are chosen somewhere, then the others, each by time. */
function inOrder(value: Explained, plot: CostPlot): number[] {
  const costs = costsOf(value, plot);
  const chosen = new Set(plot.chosen.map((c) => c.candidate));
  return costs
    .map((_, n) => n)
    .sort((a, b) => Number(chosen.has(b)) - Number(chosen.has(a)) || costs[a]!.seconds - costs[b]!.seconds);
}

/** The plots, those first whose candidates are chosen at some token count. */
const inUse = (plots: readonly CostPlot[]): CostPlot[] =>
  plots.toSorted((a, b) => Number(b.chosen.length > 0) - Number(a.chosen.length > 0));

/** The colours of the candidates that are chosen somewhere. */
const coloursOf = (plot: CostPlot): Map<number, number> => {
  const chosen = [...new Set(plot.chosen.flatMap((c) => (c.candidate === undefined ? [] : [c.candidate])))];
  return new Map(chosen.map((c, i) => [c, i % COLOURS]));
};

const nameOf = (value: Explained, { of, derivation, group }: CostPlot): string => {
  const d = value.explanation[of][derivation];
  const chains = d?.groups[group]?.chains ?? [];
  const results = [...new Set(chains.flatMap((c) => c.of.split(', ')))].join(', ');
  const way = value.explanation[of].length > 1 && d ? `, ${WAYS[d.way]}` : '';
  return `${of === 'training' ? 'Training' : 'Inference'}: ${results}${way}`;
};

const whyNone = ({ explanation: { unbound } }: Explained): string =>
  unbound.length > 0
    ? `Sizes are open: ${unbound.join(', ')}. With them, the candidates have costs to plot.`
    : 'There is one way to multiply, so there is nothing to choose.';
