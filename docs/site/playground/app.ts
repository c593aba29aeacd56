/** Puts the page together, and keeps the address in step with it. */
import oftSource from '../../../examples/oft.ts?raw';
import type { OftcCompiler } from '../../../src/web/client.ts';
import type { LibraryExample, SourcePlace } from '../../../src/web/protocol.ts';
import { encodeLayer } from '../finetune/layer-hash.ts';
import { themeSwitch } from '../theme.ts';
import { Comparison } from './compare.ts';
import { button, el, fill, newId, refill } from './dom.ts';
import { note } from './format.ts';
import { isOwn, rememberOwn } from './own-address.ts';
import { CandidatesPane } from './panes/candidates.ts';
import { DerivationPane } from './panes/derivation.ts';
import { KernelsPane } from './panes/kernels.ts';
import type { Pane } from './panes/pane.ts';
import { ProblemsPane } from './panes/problems.ts';
import { RunPane } from './panes/run.ts';
import { TorchPane } from './panes/torch.ts';
import { needsSizes, Session } from './session.ts';
import { Source } from './source.ts';
import { splitter } from './splitter.ts';
import { decodeState, encodeState, HashError, type State, type Tab, type Version } from './state.ts';
import { type TabList, tabList } from './tabs.ts';

const NAMES: Readonly<Record<Tab, string>> = {
  derivation: 'Derivation',
  candidates: 'Candidates',
  kernels: 'Kernels',
  torch: 'PyTorch',
  run: 'Run',
  problems: 'Problems',
};

/** The layer that the page starts with. It is in the page, so that one can type before the worker has loaded. */
const FIRST: Version = {
  files: { '/oft.ts': oftSource },
  file: '/oft.ts',
  config: {},
  dims: { in: 1024, out: 1024, b: 32 },
  tokens: 512,
  device: 'gpu',
};

/** The milliseconds without a change after which the address is written. */
const WRITE_AFTER = 400;

export class App {
  readonly #session: Session;
  readonly #newCompiler: () => OftcCompiler;
  #compiler: OftcCompiler;
  readonly #source: Source;
  readonly #panes: Readonly<Record<Tab, Pane>>;
  readonly #tabs: TabList<Tab>;
  readonly #banner = el('div', { class: 'banner', 'aria-live': 'assertive' });
  readonly #status = el('span', { class: 'status', role: 'status' });
  readonly #panel = el('div', { class: 'panel', id: newId('panel'), tabindex: 0 });
  readonly #examples = el('select', {
    id: 'examples',
    onchange: () => this.#openExample(this.#examples.value),
  });
  readonly #pin = el('div', { class: 'pin' });
  readonly #compareBox = el('input', {
    type: 'checkbox',
    id: 'compare',
    onchange: () => this.#session.setCompare(this.#compareBox.checked),
  });
  readonly #comparison = new Comparison();
  #library: readonly LibraryExample[] = [];
  /** The last hash that the page wrote; another one comes from outside. */
  #hash = '';
  /** The state that the present address stands for without holding it, as a hash. */
  #clean: string | undefined;
  /** The number of states that the page began to write. */
  #written = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #message: string | undefined;

  constructor(root: Element, newCompiler: () => OftcCompiler) {
    this.#newCompiler = newCompiler;
    this.#compiler = newCompiler();
    const session = new Session(() => this.#compiler, FIRST, false);
    this.#session = session;
    this.#source = new Source(session, () => this.#compiler);
    const acts = {
      session,
      mark: (places: readonly SourcePlace[]) => this.#source.mark(places),
      go: (place: SourcePlace) => this.#source.go(place),
    };
    const run = new RunPane(session);
    const candidates = new CandidatesPane();
    this.#panes = {
      derivation: new DerivationPane(acts),
      candidates,
      kernels: new KernelsPane(acts),
      torch: new TorchPane(),
      run,
      problems: new ProblemsPane(acts),
    };
    this.#tabs = tabList('What the compiler says', NAMES, this.#panel, (tab) => session.show(tab));
    this.#source.caret = (offset, file) => this.#panes.derivation.caret?.(offset, file);
    const theme = el('button', {
      type: 'button',
      class: 'theme',
      'aria-label': 'Dark theme',
      title: 'Light or dark',
    });
    themeSwitch(theme, () => candidates.redraw());
    fill(root, ...this.#layout(theme));
    session.subscribe(() => this.#render());
    addEventListener('hashchange', () => {
      if (location.hash !== this.#hash) void this.openAddress();
    });
    void this.#greet(run);
  }

  /** Opens what the address says: a layer by a link, a method of the library, or the first layer. */
  async openAddress(): Promise<void> {
    const hash = location.hash;
    this.#message = undefined;
    const method = /^#method=([\w-]+)$/.exec(hash)?.[1];
    if (method !== undefined) return this.#openMethod(method);
    if (hash === '' || hash === '#') return this.#openClean(FIRST);
    try {
      this.#open(await decodeState(hash), isOwn(hash));
    } catch (e) {
      if (!(e instanceof HashError)) throw e;
      this.#message = e.message;
      this.#open({ version: FIRST, compare: false, tab: 'derivation' }, false);
    }
    this.#hash = hash;
  }

  #layout(theme: HTMLElement): HTMLElement[] {
    const right = el(
      'section',
      { class: 'results', 'aria-label': 'Compiled' },
      el('div', { class: 'results-bar' }, this.#tabs.dom, this.#status),
      this.#pin,
      this.#banner,
      this.#panel,
    );
    return [
      el(
        'header',
        { class: 'top' },
        el('a', { class: 'brand', href: '../index.html' }, 'oftc'),
        el('h1', {}, 'Playground'),
        el('label', { for: this.#examples.id, class: 'sr-only' }, 'Example'),
        this.#examples,
        el('span', { class: 'grow' }),
        button('Finetune', () => void this.#finetune(), {
          class: 'share',
          title: 'Train this layer on a language model, in a tab',
        }),
        button('Share', () => void this.#share(), { class: 'share' }),
        theme,
      ),
      el('main', { class: 'work' }, this.#source.dom, splitter(), right),
    ];
  }

  async #greet(run: RunPane): Promise<void> {
    fill(this.#examples, el('option', { value: '' }, 'Examples…'));
    try {
      run.sees((await this.#compiler.hello()).webgpu);
      this.#library = await this.#compiler.library();
    } catch (e) {
      this.#session.stopped = e instanceof Error ? e.message : String(e);
    }
    const group = (label: string, kind: LibraryExample['kind']) =>
      el(
        'optgroup',
        { label },
        ...this.#library.filter((x) => x.kind === kind).map((x) => el('option', { value: x.name }, x.title)),
      );
    fill(
      this.#examples,
      el('option', { value: '' }, 'Examples…'),
      group('Methods', 'method'),
      group('Strange ones', 'strange'),
    );
    this.#session.changed();
  }

  #openExample(name: string): void {
    this.#examples.value = '';
    const example = this.#library.find((x) => x.name === name);
    if (example) this.#open({ ...this.#state(), version: versionOf(example) }, true);
  }

  async #openMethod(name: string): Promise<void> {
    const library = await this.#compiler.library().catch(() => []);
    const example = library.find((x) => x.name === name) ?? library.find((x) => kebab(x.layer) === name);
    if (example) return this.#openClean(versionOf(example));
    this.#message = `The library has no method '${name}'. The list of examples has all of them.`;
    this.#open({ version: FIRST, compare: false, tab: 'derivation' }, false);
  }

  /** Opens a version of the project's own, which the address names: it stays as it is until something changes. */
  async #openClean(version: Version): Promise<void> {
    const state: State = { version, compare: false, tab: 'derivation' };
    this.#clean = await encodeState(state);
    this.#open(state, true);
  }

  #open({ version, before, compare, tab }: State, armed: boolean): void {
    const session = this.#session;
    if (before) session.pin(before);
    else if (!compare) session.unpin();
    session.compare = compare && session.before !== undefined;
    session.tab = tab;
    this.#tabs.select(tab);
    session.open(version, armed);
    this.#source.open();
  }

  #state(): State {
    const { current, before, compare, tab } = this.#session;
    return { version: current.version, ...(before ? { before: before.version } : {}), compare, tab };
  }

  #render(): void {
    const session = this.#session;
    const side = session.current;
    this.#source.render();
    this.#renderBanner();
    this.#renderPin();
    const errors = side.problems.filter((p) => p.severity === 'error').length;
    this.#tabs.badge(
      'problems',
      side.problems.length > 0 ? `${side.problems.length}` : '',
      errors > 0 ? 'badge-error' : '',
    );
    this.#status.classList.remove('said');
    this.#status.textContent = session.working === 'run' ? 'Running…' : session.working ? 'Compiling…' : '';
    const pane = this.#panes[session.tab];
    const shown: Pane | Comparison = session.compare && session.before ? this.#comparison : pane;
    if (this.#panel.lastElementChild !== shown.dom) fill(this.#panel, shown.dom);
    this.#panel.setAttribute('aria-busy', `${session.working !== undefined}`);
    pane.render(side);
    if (shown === this.#comparison) this.#comparison.render(session, pane);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#writeAddress(), WRITE_AFTER);
  }

  #renderBanner(): void {
    const { armed, stopped, tab, current } = this.#session;
    const wrong = armed && current.hasErrors && tab !== 'problems';
    const older = current.slots.explain.value !== undefined;
    const open = armed && !current.hasErrors && needsSizes(current) && ['kernels', 'torch'].includes(tab);
    const names = open ? current.slots.explain.value!.explanation.unbound.join(', ') : '';
    refill(this.#banner, [this.#message, stopped, armed, wrong, older, names], () => [
      this.#message !== undefined && note(this.#message, 'error'),
      stopped !== undefined &&
        ask(`The compiler stopped: ${stopped}`, 'Start it again', () => this.#restart(), 'note-error'),
      !armed &&
        ask(this.#message === undefined ? FROM_LINK : 'Below is the example OFT.', 'Compile this', () =>
          this.#arm(),
        ),
      wrong &&
        ask(
          `The source has errors.${older ? ' Shown is the last version that compiled.' : ''}`,
          'Show problems',
          () => this.#showTab('problems'),
          'note-error',
        ),
      open && note(`Sizes are open: ${names}. Give them beside the source.`),
    ]);
  }

  #renderPin(): void {
    const session = this.#session;
    const { before, armed, compare } = session;
    refill(this.#pin, [before !== undefined, armed], () =>
      before
        ? [
            el(
              'span',
              { class: 'field' },
              this.#compareBox,
              el('label', { for: this.#compareBox.id }, 'Compare with the one kept'),
            ),
            button('Keep this instead', () => session.pin(), { class: 'link' }),
            button('Exchange', () => this.#swap(), { class: 'link' }),
            button('Forget', () => session.unpin(), { class: 'link' }),
          ]
        : [button('Keep this version to compare', () => session.pin(), { class: 'link', disabled: !armed })],
    );
    this.#compareBox.checked = compare;
  }

  /** Exchanges the present version and the one that was kept. */
  #swap(): void {
    const { version, before } = this.#state();
    if (before) this.#open({ ...this.#state(), version: before, before: version }, this.#session.armed);
  }

  #showTab(tab: Tab): void {
    this.#tabs.select(tab);
    this.#session.show(tab);
  }

  #arm(): void {
    this.#message = undefined;
    this.#session.arm();
  }

  #restart(): void {
    this.#compiler.dispose();
    this.#compiler = this.#newCompiler();
    this.#session.restart();
    this.#session.changed();
  }

  /** Writes the state into the address. A link that was not compiled stays as it came. */
  async #writeAddress(): Promise<string | undefined> {
    if (!this.#session.armed) return undefined;
    const turn = ++this.#written;
    const hash = await encodeState(this.#state());
    if (hash === undefined) return undefined;
    // An earlier state may take longer to encode than a later one.
    if (turn !== this.#written) return hash;
    if (hash !== this.#clean) this.#clean = undefined;
    if (hash !== this.#hash && this.#clean === undefined) {
      this.#hash = hash;
      history.replaceState(null, '', hash);
    }
    rememberOwn(hash);
    return hash;
  }

  async #share(): Promise<void> {
    this.#clean = undefined;
    const hash = this.#session.armed ? await this.#writeAddress() : location.hash;
    if (hash === undefined) {
      this.#say('The source is too long for a link: share the file itself.');
      return;
    }
    try {
      await navigator.clipboard.writeText(location.href);
      this.#say('The link is copied.');
    } catch {
      this.#say('Copy the link from the address bar.');
    }
  }

  /** Opens the page that finetunes with this layer. */
  async #finetune(): Promise<void> {
    const { version } = this.#state();
    try {
      const hash = await encodeLayer(await this.#compiler.program(version), version.dims);
      if (hash === undefined) this.#say('The layer is too large for a link: train it with oftc finetune.');
      else location.assign(`../train/index.html${hash}`);
    } catch (e) {
      this.#say(e instanceof Error ? e.message : String(e));
    }
  }

  #say(text: string): void {
    this.#status.textContent = text;
    this.#status.classList.add('said');
  }
}

/** The name of a layer as addresses write it: `doubleGsoft` → `double-gsoft`. */
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

const FROM_LINK = 'This layer comes from a link. Nothing of it has been compiled or run.';

/** A message with a button. */
const ask = (text: string, answer: string, act: () => void, kind = ''): HTMLElement =>
  el(
    'div',
    { class: `note note-ask ${kind}`.trim() },
    el('span', {}, text),
    button(answer, act, { class: 'primary' }),
  );

const versionOf = ({ files, file, layer, dims, config }: LibraryExample): Version => ({
  files,
  file,
  layer,
  config: config as Version['config'],
  dims,
  tokens: 512,
  device: 'gpu',
});
