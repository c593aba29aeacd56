/** The inputs beside the source: layer, configuration, sizes, token count and class of devices. */
import type { Checked, CheckedLayer, ConfigKey } from '../../../src/web/protocol.ts';
import { el, fill, newId } from './dom.ts';
import type { Session } from './session.ts';
import type { Version } from './state.ts';

type Value = string | number | boolean;

/** Classes of devices, for people. */
const DEVICES = {
  gpu: 'GPU',
  integrated: 'integrated GPU',
  'cpu-vectors': 'CPU (lavapipe)',
  portable: 'any device',
} as const;

export class Choices {
  readonly dom = el('form', { class: 'choices', 'aria-label': 'Sizes and configuration' });
  readonly #session: Session;
  readonly #config = el('div', { class: 'choice-group', role: 'group', 'aria-label': 'Configuration' });
  readonly #sizes = el('div', { class: 'choice-group', role: 'group', 'aria-label': 'Sizes' });
  readonly #layer = el('select', {
    id: newId('layer'),
    onchange: () => this.#edit({ layer: this.#layer.value, config: {} }),
  });
  readonly #layerField = field('layer', this.#layer);
  readonly #tokens = el('input', {
    id: newId('tokens'),
    inputmode: 'numeric',
    autocomplete: 'off',
    onchange: () => this.#readTokens(),
  });
  readonly #device = el('select', {
    id: newId('device'),
    onchange: () => this.#edit({ device: this.#device.value }),
  });
  readonly #objective = el('select', {
    id: newId('objective'),
    onchange: () => this.#edit({ objective: this.#objective.value as 'latency' | 'memory' }),
  });
  /** The names of sizes of the last version that could be read. */
  #names: readonly string[] = [];
  /** The names and values that the inputs were made from, as text. The inputs are made anew when it changes. */
  #made = '';

  constructor(session: Session) {
    this.#session = session;
    this.dom.addEventListener('submit', (event) => event.preventDefault());
    fill(this.#device, ...Object.entries(DEVICES).map(([value, text]) => el('option', { value }, text)));
    fill(
      this.#objective,
      el('option', { value: 'latency' }, 'least time'),
      el('option', { value: 'memory' }, 'least memory'),
    );
    fill(
      this.dom,
      this.#layerField,
      this.#sizes,
      this.#config,
      el(
        'div',
        { class: 'choice-group', role: 'group', 'aria-label': 'Device' },
        field('tokens', this.#tokens),
        field('device', this.#device),
        field('for', this.#objective),
      ),
    );
  }

  render(): void {
    const { version, slots } = this.#session.current;
    const checked = slots.check.value;
    const own = checked?.layers.find((l) => l.name === (checked.layer?.name ?? version.layer));
    if (checked?.layer) this.#names = dimNames(checked.layer);
    else if (!slots.check.answered) this.#names = [];
    const names = [...new Set([...this.#names, ...Object.keys(version.dims)])];
    const made = JSON.stringify([checked?.layers, own?.name, names]);
    if (made !== this.#made) {
      this.#made = made;
      this.#renderLayers(checked);
      fill(this.#sizes, ...names.map((n) => this.#size(n)));
      fill(this.#config, ...(own?.config ?? []).map((k) => this.#key(k)));
    }
    this.#fillIn(version, checked);
  }

  #renderLayers(checked: Checked | undefined): void {
    const layers = checked?.layers ?? [];
    this.#layerField.hidden = layers.length < 2;
    fill(this.#layer, ...layers.map((l) => el('option', { value: l.name }, l.name)));
  }

  /** Puts the version's values into the inputs, except the one that the visitor is in. */
  #fillIn(version: Version, checked: Checked | undefined): void {
    const set = (input: HTMLInputElement | HTMLSelectElement, value: string) => {
      if (document.activeElement !== input && input.value !== value) input.value = value;
    };
    set(this.#tokens, `${version.tokens}`);
    set(this.#device, version.device);
    set(this.#objective, version.objective ?? 'latency');
    set(this.#layer, checked?.layer?.name ?? version.layer ?? '');
    for (const input of this.#sizes.querySelectorAll('input')) {
      const name = input.name;
      set(input, `${version.dims[name] ?? ''}`);
      input.placeholder = `${checked?.layer?.sizes[name] ?? '?'}`;
    }
    for (const input of this.#config.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
      'input, select',
    )) {
      const value = version.config[input.name] ?? checked?.layer?.config[input.name];
      if (input instanceof HTMLInputElement && input.type === 'checkbox') input.checked = value === true;
      else
        set(
          input,
          value === undefined || value === null
            ? ''
            : typeof value === 'object'
              ? JSON.stringify(value)
              : `${value}`,
        );
    }
  }

  #size(name: string): HTMLElement {
    const input = el('input', {
      id: newId('size'),
      name,
      inputmode: 'numeric',
      autocomplete: 'off',
      onchange: () => {
        const { [name]: _, ...rest } = this.#session.current.version.dims;
        const value = wholeNumber(input);
        if (value !== null) this.#edit({ dims: value === undefined ? rest : { ...rest, [name]: value } });
      },
    });
    return field(name, input);
  }

  #key({ name, choices, default: standard, type }: ConfigKey): HTMLElement {
    const edit = (value: Value | undefined) => {
      const { [name]: _, ...rest } = this.#session.current.version.config;
      this.#edit({ config: value === undefined || value === standard ? rest : { ...rest, [name]: value } });
    };
    const id = newId('key');
    if (choices?.every((c) => typeof c === 'boolean')) {
      const box = el('input', { id, name, type: 'checkbox', onchange: () => edit(box.checked) });
      return field(name, box);
    }
    if (choices) {
      const select = el(
        'select',
        { id, name, onchange: () => edit(choices[select.selectedIndex]!) },
        ...choices.map((c) => el('option', { value: `${c}` }, `${c}`)),
      );
      return field(name, select);
    }
    const input = el('input', {
      id,
      name,
      title: type,
      autocomplete: 'off',
      onchange: () => edit(input.value.trim() === '' ? undefined : input.value.trim()),
    });
    return field(name, input);
  }

  #readTokens(): void {
    const tokens = wholeNumber(this.#tokens);
    if (tokens) this.#edit({ tokens });
    else if (tokens === undefined) this.#tokens.value = `${this.#session.current.version.tokens}`;
  }

  #edit(change: Partial<Version>): void {
    this.#session.edit(change);
  }
}

function field(name: string, input: HTMLInputElement | HTMLSelectElement): HTMLElement {
  return el('div', { class: 'field' }, el('label', { for: input.id }, name), input);
}

/** A whole number of at least 1; undefined for an empty input; null, and a message in the input, for anything else. */
function wholeNumber(input: HTMLInputElement): number | undefined | null {
  const text = input.value.trim();
  const value = Number(text);
  const wrong = text !== '' && !(Number.isSafeInteger(value) && value >= 1);
  input.setCustomValidity(wrong ? 'A whole number of at least 1, such as 512.' : '');
  input.setAttribute('aria-invalid', `${wrong}`);
  input.reportValidity();
  return wrong ? null : text === '' ? undefined : value;
}

/** The names of all sizes of a layer: those of the weight first, then in the order of its tensors. */
function dimNames({ inputs, where, sizesToGive }: CheckedLayer): string[] {
  const texts = [...inputs.flatMap((i) => i.shape), ...where, ...sizesToGive.flat()];
  const names = new Set(texts.flatMap((t) => t.match(/[A-Za-z_]\w*(?!\w*\s*\()/g) ?? []));
  names.delete('tokens');
  return [...new Set([...['in', 'out'].filter((n) => names.has(n)), ...names])];
}
