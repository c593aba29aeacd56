/** The kernels of a training step. The one that is picked is told from its naive loops to WGSL. */
import { tokenRanges } from '../../../../src/explain/token-ranges.ts';
import type { Kernels, KernelView } from '../../../../src/web/protocol.ts';
import { CodeView, type Language } from '../code/views.ts';
import { button, el, fill, newId } from '../dom.ts';
import { count, duration, figure, meter, note } from '../format.ts';
import { needsSizes, type Side } from '../session.ts';
import { type TabList, tabList } from '../tabs.ts';
import { type Acts, type Pane, snippet } from './pane.ts';

const PARTS = {
  wgsl: 'WGSL',
  naive: 'Naive loops',
  steps: 'Steps',
  loops: 'Loops after',
  cost: 'Cost',
  fusion: 'Fusion',
} as const;
type Part = keyof typeof PARTS;

export class KernelsPane implements Pane {
  readonly dom = el('div', { class: 'pane kernels' });
  readonly #acts: Acts;
  readonly #list = el('div', { class: 'kernel-list', role: 'listbox', 'aria-label': 'Kernels' });
  readonly #about = el('div', { class: 'kernel-about' });
  readonly #code = new CodeView('Code of the kernel');
  readonly #parts: TabList<Part>;
  #shown: Kernels | undefined;
  #files: Readonly<Record<string, string>> = {};
  #picked: string | undefined;

  constructor(acts: Acts) {
    this.#acts = acts;
    const panel = el('div', { class: 'kernel-code', id: newId('kernel-code') }, this.#code.dom);
    this.#parts = tabList('Parts of the kernel', PARTS, panel, () => this.#showPart());
    this.#list.addEventListener('keydown', (event) => this.#move(event));
    fill(
      this.dom,
      el('div', { class: 'kernel-side' }, this.#list),
      el('div', { class: 'kernel-main' }, this.#about, this.#parts.dom, panel),
    );
  }

  render(side: Side): void {
    const { value, of } = side.slots.kernels;
    this.dom.classList.toggle('empty', !value || needsSizes(side));
    if (!value || value === this.#shown) return;
    this.#shown = value;
    this.#files = of!.files;
    if (!value.kernels.some((k) => k.kernel === this.#picked)) this.#picked = value.kernels[0]?.kernel;
    this.#renderList();
    this.#showKernel();
  }

  text(side: Side) {
    const { value } = side.slots.kernels;
    if (!value) return undefined;
    const text = value.kernels
      .filter((k) => k.launches.length > 0)
      .map((k) => `// ${k.kernel}: ${k.launches.map((l) => l.computes).join('; ')}\n${k.wgsl.trimEnd()}`)
      .join('\n\n');
    return { text, language: 'wgsl' as const };
  }

  get #kernel(): KernelView | undefined {
    return this.#shown?.kernels.find((k) => k.kernel === this.#picked);
  }

  #renderList(): void {
    const { kernels, tokens } = this.#shown!;
    const total = kernels.flatMap((k) => k.launches).reduce((sum, l) => sum + (l.predicted ?? 0), 0);
    const options = kernels.map((k) => this.#option(k, total));
    const first = kernels.findIndex((k) => k.launches.length === 0);
    if (first > 0)
      options.splice(
        first,
        0,
        el('div', { class: 'kernel-group', role: 'presentation' }, 'Of other token counts or devices'),
      );
    fill(
      this.#list,
      el('div', { class: 'kernel-group', role: 'presentation' }, `Launched at ${count(tokens)} tokens`),
      ...options,
    );
  }

  #option(k: KernelView, total: number): HTMLElement {
    const seconds = k.launches.reduce((sum, l) => sum + (l.predicted ?? 0), 0);
    const share = total > 0 ? seconds / total : 0;
    const picked = k.kernel === this.#picked;
    return el(
      'div',
      {
        class: 'kernel-option',
        role: 'option',
        'aria-selected': picked ? 'true' : 'false',
        tabindex: picked ? 0 : -1,
        'data-kernel': k.kernel,
        onclick: () => this.#pick(k.kernel),
        onmouseenter: () => this.#acts.mark(k.launches.flatMap((l) => l.places)),
        onmouseleave: () => this.#acts.mark([]),
      },
      el('code', { class: 'kernel-name' }, k.kernel, k.launches.length > 1 && ` ×${k.launches.length}`),
      el(
        'code',
        { class: 'kernel-computes' },
        k.launches.map((l) => l.computes).join('; ') || tokenRanges([k]),
      ),
      k.launches.length > 0 && el('span', { class: 'kernel-share' }, meter(share), duration(seconds)),
    );
  }

  #move(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || !this.#shown) return;
    event.preventDefault();
    const { kernels } = this.#shown;
    const at = kernels.findIndex((k) => k.kernel === this.#picked);
    this.#pick(kernels[Math.max(0, Math.min(kernels.length - 1, at + by))]!.kernel);
    this.#list.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  }

  #pick(kernel: string): void {
    this.#picked = kernel;
    for (const option of this.#list.querySelectorAll<HTMLElement>('[role=option]')) {
      const own = option.dataset.kernel === kernel;
      option.setAttribute('aria-selected', `${own}`);
      option.tabIndex = own ? 0 : -1;
    }
    this.#showKernel();
  }

  #showKernel(): void {
    const k = this.#kernel;
    if (!k) {
      fill(this.#about, note('The step launches no kernel.'));
      return;
    }
    const launch = k.launches[0];
    const places = k.launches.flatMap((l) => l.places).slice(0, 3);
    fill(
      this.#about,
      launch && el('code', { class: 'formula' }, launch.computes),
      el(
        'p',
        { class: 'small' },
        [
          launch && `${figure(launch.flops, 'FLOP')}, ${figure(launch.bytes, 'B')} of traffic`,
          `for ${tokenRanges([k])}`,
          k.instead.length > 0 && `in its place elsewhere: ${k.instead.join(', ')}`,
        ]
          .filter(Boolean)
          .join('; '),
      ),
      places.length > 0 &&
        el(
          'div',
          { class: 'law-places' },
          ...places.map((p) => button(snippet(this.#files, p), () => this.#acts.go(p), { class: 'place' })),
        ),
    );
    this.#showPart();
  }

  #showPart(): void {
    const k = this.#kernel;
    if (!k) return;
    const [text, language] = partOf(k, this.#parts.selected);
    this.#code.show(text, language);
  }
}

function partOf(k: KernelView, part: Part): readonly [string, Language] {
  if (part === 'wgsl') return [k.wgsl, 'wgsl'];
  if (part === 'steps') return [k.steps.join('\n') || 'The naive loops are taken as they are.', 'text'];
  if (part === 'cost')
    return [`At most, in all invocations\n${k.cost}\n\nPredicted, not measured\n${k.prediction}`, 'text'];
  if (part === 'fusion') return [fusion(k), 'text'];
  return [k[part], 'wgsl'];
}

function fusion({ computes, reads }: KernelView): string {
  const lines = [
    ...computes.map((c) => `${c.rule}: ${c.formula}`),
    ...reads.flatMap((r) => [
      `reads ${r.formula} of ${r.kernel}, and is not one with it:`,
      ...r.why.map((w) => `  ${w}`),
    ]),
  ];
  return lines.join('\n') || 'Nothing else is computed in this kernel.';
}
