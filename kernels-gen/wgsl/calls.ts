/** Prints calls of the scalar functions as WGSL. */
import { fromNumber } from '../../compiler/dims/rational.ts';
import type { ScalarFn } from '../../compiler/primitives/expr.ts';
import { f32Literal } from './literal.ts';

export const INFIX: ReadonlySet<ScalarFn> = new Set(['add', 'sub', 'mul', 'div', 'neg']);
export const EXPENSIVE: ReadonlySet<ScalarFn> = new Set([
  'div',
  'sqrt',
  'exp',
  'log',
  'sin',
  'cos',
  'tanh',
  'erf',
]);

/** The name of the function that computes tanh. */
export const TANH = 'tanh_of';

/**
 * The coefficients c of tanh x ≈ x + x³(c₀ + c₁x² + …) below `NEAR`: a Chebyshev interpolation in x², whose relative error
 * is 6e-9.
 */
const SERIES = [-0.33333332, 0.13333079, -0.0539025, 0.02126713, -0.00653151];
const NEAR = 0.5625;

/**
 * The function that computes tanh. WGSL promises its own to an absolute 1e-5 only, which loses the digits of small
 * results, and some implementations overflow for large arguments. This one is within 10 ULP: see accuracy.ts.
 */
export function tanhFunction(): string[] {
  const number = (x: number): string => f32Literal(fromNumber(x));
  const series = SERIES.map(number).reduceRight((sum, c) => `(${sum}) * z + ${c}`);
  return [
    `fn ${TANH}(x: f32) -> f32 {`,
    '  let z = x * x;',
    `  let near = x + x * z * (${series});`,
    // tanh is 1 in f32 from 9.02 on.
    '  let far = 1.0f - 2.0f / (exp(2.0f * min(abs(x), 15.0f)) + 1.0f);',
    `  return select(select(far, -far, x < 0.0f), near, abs(x) < ${number(NEAR)});`,
    '}',
  ];
}

/** The name of the function that computes erf, which WGSL lacks. */
export const ERF = 'erf_of';

/** The coefficients c of erf x ≈ x·(c₀ + c₁x² + …) below 1: a Chebyshev interpolation whose relative error is 2e-9. */
const ERF_NEAR = [
  1.1283791065, -0.3761262596, 0.1128359735, -0.0268543288, 0.0051893122, -0.0008018856, 0.000078824975,
];
/** The coefficients c of exp(x²)·erfc x ≈ c₀ + c₁t + …, t = 1/(1 + x/2), from 1 to 4: the relative error is 5e-8. */
const ERF_FAR = [
  0.00060640875, 0.27361816168, 0.33084067702, 0.10126824677, 0.40383836627, -0.05733873695, -0.05354061723,
];

const polynomialText = (coefficients: readonly number[], of: string): string =>
  coefficients.map((c) => f32Literal(fromNumber(c))).reduceRight((sum, c) => `(${sum}) * ${of} + ${c}`);

/** The function that computes erf within 10 ULP: see accuracy.ts. */
export const erfFunction = (): string[] => [
  `fn ${ERF}(x: f32) -> f32 {`,
  '  let z = x * x;',
  `  let near = x * (${polynomialText(ERF_NEAR, 'z')});`,
  // erf is 1 in f32 from 3.92 on.
  '  let a = min(abs(x), 4.0f);',
  '  let t = 1.0f / (1.0f + 0.5f * a);',
  `  let far = 1.0f - exp(-a * a) * (${polynomialText(ERF_FAR, 't')});`,
  '  return select(select(far, -far, x < 0.0f), near, abs(x) < 1.0f);',
  '}',
];

/** The name of the function that computes sin x after `quarters` quarter turns: sin x for 0, cos x for 1. */
export const SINE = 'sine_of';

/**
 * π/2 as a sum: a quarter turn counted up to 4096 times, times one of the first two numbers, which have few bits, is exact
 * in f32.
 */
const QUARTER = [1.5703125, 0.0004837512969970703, 7.549789948768648e-8];
/** The coefficients c of sin r ≈ r + r³(c₀ + c₁r² + …) up to 0.8, interpolated as SERIES is: the error is 1.2e-8. */
const SINE_SERIES = [-0.16666664428782205, 0.008332703724360353, -0.00019578443964322917];
/** The same of cos r ≈ 1 − r²/2 + r⁴(c₀ + …), whose error is 1e-9. */
const COSINE_SERIES = [0.04166666442552445, -0.001388825839751779, 0.00002453847488363088];

/**
 * The function that computes sin and cos. WGSL promises its own to an absolute 2⁻¹¹ within [−π, π] only: too little for a
 * Fourier transform, whose angles reach 2π. This one is within 2⁻²⁰ up to 4096: see accuracy.ts.
 */
export function sineFunction(): string[] {
  const [first, second, third] = QUARTER.map((c) => f32Literal(fromNumber(c)));
  return [
    `fn ${SINE}(x: f32, quarters: i32) -> f32 {`,
    `  let k = round(x * ${f32Literal(fromNumber(2 / Math.PI))});`,
    `  let r = ((x - k * ${first}) - k * ${second}) - k * ${third};`,
    '  let z = r * r;',
    `  let sine = r + r * z * (${polynomialText(SINE_SERIES, 'z')});`,
    `  let cosine = 1.0f - z * (0.5f - z * (${polynomialText(COSINE_SERIES, 'z')}));`,
    '  let turns = (i32(k) + quarters) & 3;',
    '  let near = select(sine, cosine, (turns & 1) == 1);',
    '  return select(near, -near, turns > 1);',
    '}',
  ];
}

export function callText(
  fn: ScalarFn,
  args: readonly { readonly text: string; readonly atomic: boolean }[],
): string {
  const [a, b] = args.map((v) => (v.atomic ? v.text : `(${v.text})`));
  switch (fn) {
    case 'add':
      return `${a} + ${b}`;
    case 'sub':
      return `${a} - ${b}`;
    case 'mul':
      return `${a} * ${b}`;
    case 'div':
      return `${a} / ${b}`;
    case 'neg':
      return `-${a}`;
    case 'tanh':
      return `${TANH}(${a})`;
    case 'erf':
      return `${ERF}(${a})`;
    case 'sin':
      return `${SINE}(${a}, 0i)`;
    case 'cos':
      return `${SINE}(${a}, 1i)`;
    case 'max':
    case 'min':
      return `${fn}(${a}, ${b})`;
    case 'abs':
    case 'sqrt':
    case 'exp':
    case 'log':
      return `${fn}(${a})`;
    default:
      throw new TypeError(`unknown function ${fn satisfies never}`);
  }
}
