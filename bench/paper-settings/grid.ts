/** The runs of bench/paper-settings.ts: what each trains, and at which learning rate. */

/** Settings that all runs share. The rate falls along a cosine to `floor` of its start, as the paper's Appendix C says. */
export const SETTINGS = {
  steps: 100,
  longer: 400,
  batch: 4,
  length: 64,
  schedule: 'cosine',
  floor: 0.1,
} as const;

/** The size of OFT's blocks, and LoRA's rank: the paper's defaults. */
export const [BLOCK, RANK] = [32, 16] as const;
/** Two rates of the paper, 2e-4 and 8e-4, and higher ones, which a small model needs in so few steps. */
export const RATES = [2e-4, 8e-4, 1.6e-3, 3.2e-3, 6.4e-3, 1.28e-2] as const;
/** The rate at which the number of terms varies. */
export const TERMS_RATE = 3.2e-3;
/** Four terms are left out: in PEFT since 0.18, and here, they are the polynomial of three. */
export const TERMS = ['2', '3', '5', '6', 'exact'] as const;

export const PARTS = ['rates', 'terms', 'double', 'longer', 'f16'] as const;
export type Part = (typeof PARTS)[number];

export type Method = 'OFTv2' | 'LoRA' | 'QOFT' | 'QLoRA';
export const METHODS: readonly Method[] = ['OFTv2', 'LoRA', 'QOFT', 'QLoRA'];

export interface Cell {
  readonly method: Method;
  /** The number of terms, or `exact`; null for a method without a series. */
  readonly terms: string | null;
  readonly adapter: 'oft' | 'lora';
  readonly set: string;
  readonly nf4: boolean;
  readonly activations: 'f32' | 'f16';
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
}

export interface Deviation {
  /** The largest ‖RᵀR − I‖_F of a block, and the root mean square over the blocks. */
  readonly largest: number;
  readonly rms: number;
}

export interface Run extends Cell {
  readonly parameters: number;
  /** The mean held-out losses in nats a token, at the start and at the end. */
  readonly start: number;
  readonly heldOut: number;
  readonly deviation: Deviation | null;
}

export const nameOf = ({ method, terms, rate, steps, activations, seed }: Cell): string =>
  [method, ...(terms === null ? [] : [terms]), rate, steps, activations, seed].join('-');

const rotates = (method: Method): boolean => method === 'OFTv2' || method === 'QOFT';

/** Rates of a method in the part `rates`: its best ones are among them. OFT needs lower rates than LoRA. */
const ratesOf = (method: Method): readonly number[] =>
  rotates(method) ? [2e-4, 8e-4, 1.6e-3, 3.2e-3] : [2e-4, 8e-4, 3.2e-3, 6.4e-3];
/** The best of these rates, at which longer runs train. */
export const bestRate = (method: Method): number => (rotates(method) ? 1.6e-3 : 6.4e-3);
/** A rate twice as high as the highest of these. */
const doubled = (method: Method): number => 2 * Math.max(...ratesOf(method));

function cell(
  method: Method,
  seed: number,
  more: Partial<Pick<Cell, 'terms' | 'rate' | 'steps' | 'activations'>>,
): Cell {
  const { terms = '5', rate = TERMS_RATE, steps = SETTINGS.steps, activations = 'f32' } = more;
  const series = terms === 'exact' ? 'cayley=exact' : `terms=${terms}`;
  return {
    method,
    ...(rotates(method)
      ? ({ terms, adapter: 'oft', set: `b=${BLOCK},${series}` } as const)
      : ({ terms: null, adapter: 'lora', set: `r=${RANK}` } as const)),
    nf4: method === 'QOFT' || method === 'QLoRA',
    ...{ activations, rate, steps, seed },
  };
}

/** The runs of a method in float32, with five terms if it has any, at a rate. */
export const runsAt = (runs: readonly Run[], method: Method, rate: number, steps: number): Run[] =>
  runs.filter(
    (r) =>
      r.method === method &&
      r.rate === rate &&
      r.steps === steps &&
      (r.terms ?? '5') === '5' &&
      r.activations === 'f32',
  );

/** The runs of a part with a seed. */
export function cellsOf(part: Part, seed: number): Cell[] {
  const each = (more: (method: Method) => Parameters<typeof cell>[2]) =>
    METHODS.map((method) => cell(method, seed, more(method)));
  switch (part) {
    case 'rates':
      return METHODS.flatMap((method) => ratesOf(method).map((rate) => cell(method, seed, { rate })));
    case 'terms':
      return METHODS.filter(rotates).flatMap((m) => TERMS.map((terms) => cell(m, seed, { terms })));
    case 'double':
      return each((method) => ({ rate: doubled(method) }));
    case 'longer':
      return each((method) => ({ rate: bestRate(method), steps: SETTINGS.longer }));
    case 'f16':
      return each(() => ({ activations: 'f16' }));
  }
}
