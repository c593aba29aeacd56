/** Reads and writes the settings of a run in the form. */
import type { OwnLayer, RunSettings } from '../../../src/web/finetune/protocol.ts';
import { byId, inputOf, made } from './page.ts';

/** The methods that the page offers, with settings to begin with. PEFT reads what the first three write. */
export const METHODS: readonly { readonly name: string; readonly title: string; readonly set: string }[] = [
  { name: 'oft', title: 'OFT; on a model in 4 bits, QOFT', set: 'b=32' },
  { name: 'lora', title: 'LoRA', set: 'r=8' },
  { name: 'boft', title: 'BOFT', set: 'b=8,m=2' },
  { name: 'hra', title: 'HRA', set: 'r=8' },
  { name: 'road', title: 'RoAd', set: 'g=32' },
  { name: 'dora', title: 'DoRA', set: 'r=8' },
  { name: 'ether', title: 'ETHER', set: 'b=32' },
  { name: 'psoft', title: 'PSOFT', set: 'r=16' },
];

/** The error for a field, which the page puts at the field. */
export class FieldError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function whole(id: string, least: number): number {
  const text = inputOf(id).value.trim();
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new FieldError(id, `${nameOf(id)} must be a whole number of at least ${least}, and is '${text}'`);
}

function positive(id: string): number {
  const text = inputOf(id).value.trim();
  const value = /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new FieldError(id, `${nameOf(id)} must be a number above 0, and is '${text}'`);
}

/** The name of a field in its label. */
const nameOf = (id: string): string =>
  document.querySelector(`label[for="${id}"]`)?.firstChild?.textContent?.trim() ?? id;

/** Reads `b=32,cayley=exact`, as --set has it. */
function pairsIn(id: string): Record<string, string> {
  const text = inputOf(id).value.trim();
  const all: Record<string, string> = {};
  for (const part of text === '' ? [] : text.split(/,(?=\s*\w+\s*=)/)) {
    const [, name, value] = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw new FieldError(
        id,
        `Settings are pairs with commas, such as b=32,cayley=exact, and '${part}' is none`,
      );
    all[name] = value;
  }
  return all;
}

/** The settings in the form. Throws FieldError. */
export function settingsIn(own: OwnLayer | undefined): RunSettings {
  const adapter = byId<HTMLSelectElement>('method').value;
  const targets = [...document.querySelectorAll<HTMLInputElement>('#target-boxes input:checked')].map(
    ({ value }) => value,
  );
  if (targets.length === 0) throw new FieldError('target-boxes', 'Choose at least one of the linear layers');
  return {
    adapter: adapter === 'own' && own ? own : adapter,
    set: pairsIn('set'),
    targets,
    steps: whole('steps', 1),
    lr: positive('lr'),
    length: whole('length', 1),
    batch: whole('batch', 1),
    seed: whole('seed', 0),
    evalEvery: whole('eval-every', 1),
    saveEvery: whole('save-every', 1),
    holdOut: whole('hold-out', 0),
    inOrder: false,
    prompt: inputOf('prompt').value.trim(),
    sampleTokens: 60,
  };
}

/** Offers the linear layers of a model; those that are chosen stay so, and at first those of attention's queries and values. */
export function offerTargets(names: readonly string[]): void {
  const boxes = byId('target-boxes');
  const before = new Set(
    [...boxes.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value),
  );
  const kept = names.filter((name) => before.has(name));
  const usual = names.filter((name) => /^(?:q_proj|v_proj|qkv_proj)$/.test(name));
  const chosen = kept.length > 0 ? kept : usual.length > 0 ? usual : names.slice(0, 1);
  boxes.replaceChildren(
    ...names.map((name) => {
      const label = made('label');
      const box = made('input');
      box.type = 'checkbox';
      box.value = name;
      box.checked = chosen.includes(name);
      label.append(box, name);
      return label;
    }),
  );
}

/** Offers the methods; `own` is a layer of the visitor's. */
export function offerMethods(own: OwnLayer | undefined): void {
  const select = byId<HTMLSelectElement>('method');
  const options = METHODS.map(({ name, title }) => new Option(title, name));
  if (own) options.unshift(new Option(`${own.name}, from the playground`, 'own', true, true));
  select.replaceChildren(...options);
}
