/** Layers as users write them, each with one planted fault. `oftc check` finds every fault and names its property. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { forget } from '../../../compiler/extend/definitions.ts';
import { checkGradients } from '../../../src/check/gradients.ts';
import { check } from '../../../src/check/index.ts';
import { smallSizes } from '../../../src/identity/sizes.ts';
import { loadProgram, newFrontEnd } from '../../../src/language/load.ts';

const FOLDER = fileURLToPath(new URL('./faults/', import.meta.url));
const frontEnd = newFrontEnd();
const load = (file: string, layer: string) => loadProgram(FOLDER + file, { layer }, frontEnd).program;
afterAll(() => forget(new Set(readdirSync(FOLDER).map((f) => FOLDER + f))));

interface Fault {
  readonly file: string;
  /** The layer of reference.ts that the faulty one is compared with. */
  readonly against?: string;
  /** Matches the name of the property that fails. */
  readonly property: RegExp;
  readonly counterexample: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    file: 'merged-with-the-transpose',
    property: /^forward ≡ merged, the claimed weight$/,
    counterexample: /of y − \(x·weightᵀ\) is not 0/,
  },
  {
    file: 'merged-in-the-other-order',
    property: /^forward ≡ merged, the claimed weight$/,
    counterexample: /is not 0/,
  },
  {
    file: 'merged-without-the-scale',
    property: /^forward ≡ merged, the claimed weight$/,
    counterexample: /is not 0/,
  },
  {
    file: 'bias-rotated',
    property: /^forward ≡ merged, the claimed weight and bias$/,
    counterexample: /x·weightᵀ \+ bias\) is not 0/,
  },
  {
    file: 'truncated-claimed-exact',
    property: /is orthogonal, exactly \(claimed\)$/,
    counterexample: /truncated series/,
  },
  {
    file: 'rotation-transposed',
    against: 'rotated',
    property: /^y ≡ that of rotated$/,
    counterexample: /element \d+ is .* and should be/,
  },
  {
    file: 'scale-forgotten',
    against: 'lora',
    property: /^y ≡ that of lora$/,
    counterexample: /and should be/,
  },
  {
    file: 'power-missing',
    against: 'neumann',
    property: /^y ≡ that of neumann$/,
    counterexample: /and should be/,
  },
  {
    file: 'detach-missing',
    against: 'dora',
    property: /^grad\.[AB] ≡ that of dora$/,
    counterexample: /and should be/,
  },
  {
    file: 'vjp-factor-missing',
    property: /^operator cubeA: vjp ≡ central differences/,
    counterexample: /cubeA\(t0\) with t0 \(1, 1\).*argument 0 the difference quotient is/,
  },
  {
    file: 'vjp-missing',
    property: /^operator cubeB: vjp ≡ central differences/,
    counterexample: /vjp gives no cotangent/,
  },
  {
    file: 'transpose-is-not',
    property: /^operator bandA: transpose is the transpose/,
    counterexample: /bandA\(t0\) with t0 \(2\).*element \d is/,
  },
  {
    file: 'transpose-that-is-a-view',
    property: /^operator thrice: transpose is the transpose/,
    counterexample: /did not end/,
  },
  {
    file: 'symmetric-is-false',
    property: /^operator bandB: facts are true/,
    counterexample: /facts say symmetric, Aᵀ = A, which is false/,
  },
  {
    file: 'orthogonal-is-false',
    property: /^operator bandC: facts are true/,
    counterexample: /facts say orthogonal, AᵀA = I, which is false/,
  },
  {
    file: 'skew-is-false',
    property: /^operator bandE: facts are true/,
    counterexample: /facts say skewSymmetric, Aᵀ = −A, which is false/,
  },
  {
    file: 'multiplies-from-the-wrong-side',
    property: /^operator bandD: multiplies with structure/,
    counterexample: /x·M multiplied with structure/,
  },
  {
    file: 'lower-has-another-shape',
    property: /^operator rowSums: lower and vjp have the types/,
    counterexample: /lower gives f32\(2, 2\), type says f32\(2\)/,
  },
  {
    file: 'rule-with-a-wrong-sign',
    property: /^rule cayley-transpose: left ≡ right, exactly/,
    counterexample: /element \d+ is \d+ and should be/,
  },
  {
    file: 'rule-in-the-wrong-order',
    property: /^rule mixed-product: left ≡ right, exactly/,
    counterexample: /kronecker\(.*element \d+ is/,
  },
  {
    file: 'rule-without-its-guard',
    property: /^derived ≡ written, outputs, exactly/,
    counterexample: /y\[\d+\] is \d+, written \d+/,
  },
  {
    file: 'approximate-rule-called-exact',
    property: /^rule cayley-first-order: left ≡ right, exactly/,
    counterexample: /I \+ 2·skew\(t0\) \(mod p\): element/,
  },
  {
    file: 'reassociation-called-exact',
    property: /^rule factor-out: left ≡ right in float64, to the bit/,
    counterexample: /element \d+ is/,
  },
  {
    file: 'rule-that-changes-the-type',
    property: /^rule add-zero: fires on its instances and keeps their type/,
    counterexample: /t0 has type f32\(1\), not f32\([23]\)/,
  },
  {
    file: 'rules-undo-one-another',
    property: /^rule (cayley-minus|transpose-cayley): ends, with all other rules/,
    counterexample: /did not end/,
  },
];

it('covers every file', () => {
  const files = readdirSync(FOLDER).filter((f) => f !== 'reference.ts');
  expect(FAULTS.map((f) => `${f.file}.ts`).sort()).toEqual(files.sort());
});

describe('every fault', () => {
  it.each(FAULTS)('$file is found', async ({ file, against, property, counterexample }) => {
    const reference = against === undefined ? undefined : load('reference.ts', against);
    const report = await check(load(`${file}.ts`, 'fault'), {
      trials: 20,
      ...(reference ? { against: reference } : {}),
    });
    expect(report.passed).toBe(false);
    const failed = report.findings.filter((f) => !f.passed);
    const found = failed.find((f) => property.test(f.property));
    expect(found, JSON.stringify(failed, null, 1)).toBeDefined();
    expect(found!.counterexample).toMatch(counterexample);
  });
});

describe('a wrong gradient', () => {
  it.each(['vjp-factor-missing', 'rule-without-its-guard'])('of %s is told from rounding', (file) => {
    const program = load(`${file}.ts`, 'fault');
    const found = checkGradients(program, smallSizes(program).at(-1)!, 3, 3, 1);
    expect(found.passed).toBe(false);
    expect(found.observed).toBeGreaterThan(1e-2);
  });
});

describe('the correct layers', () => {
  it.each(['rotated', 'neumann', 'dora', 'lora'])('%s passes its own check', async (layer) => {
    const program = load('reference.ts', layer);
    const report = await check(program, { trials: 5, against: program });
    expect(report.findings.filter((f) => !f.passed)).toEqual([]);
  });
});
