/**
 * A derived program costs no more than one that a careful engineer writes by hand from the maths (`hand/`), and less
 * than the layer as written. `npx tsx test/src/adapters/costs/table.ts` prints the costs, kernel by kernel.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../../runtime/plan.ts';
import { renderCosts } from '../../../../scripts/costs-page.ts';
import { costAt, handCost, handSteps, trainingPlan } from './cost.ts';
import { HAND } from './hand/index.ts';
import { METHODS } from './methods.ts';

/** The tolerance: hand programs leave out or round element-wise arithmetic and work on vectors of parameters. */
const SLACK = 1.02;
const LAYERS = [
  { in: 4096, out: 4096 },
  { in: 1024, out: 2816 },
];
const ROWS = [512, 8192];
/**
 * Methods whose derivation saves bytes and few operations: they are element-wise even as written, or change W by a
 * matrix of full rank. The number is how many times the hand-written program's bytes they take as written, at least.
 */
const BYTES: readonly (readonly [RegExp, number])[] = [
  [/^road/, 1.4],
  [/^hira/, 1.2],
  [/^ia3/, 1],
  [/^miss bat/, 1.2],
];
/**
 * Methods that multiply x by two more matrices of full rank. As written they form W′ instead, which costs less from
 * some thousand rows on.
 */
const SQUARE = /^frod/;
/** The tolerance for bytes of a method whose sparse matrix is found by a search, for which hand code stores at places. */
const SEARCHED = 1.07;
/** Methods that form a matrix of W's size, because it has full rank, or tables of nearly that size. */
const FULL_RANK = /^(?:hira|miss bat|randlora|osf|shira|waveft|fourierft|frod)/;
/** Methods whose layer is written input-centrically, because what it adds has the rank of W. */
const INPUT_CENTRIC = /^(?:svft|randlora|osf|fourierft)/;

it('every method of the library has a hand-written program', () => {
  expect(METHODS.map((m) => m.name).sort()).toEqual(Object.keys(HAND).sort());
});

describe.each(LAYERS)('derived, $in → $out', (size) => {
  describe.each(METHODS)('$name', (method) => {
    let plan: Plan;
    beforeAll(() => {
      plan = trainingPlan(method, size, false);
    });

    it.each(ROWS)('%i rows: at most the operations of the hand-written program', (rows) => {
      const hand = handCost(method, size, rows);
      expect(costAt(plan, method, rows).flops).toBeLessThanOrEqual(SLACK * hand.flops);
    });

    it.each(ROWS)('%i rows: at most the bytes of the hand-written program', (rows) => {
      const hand = handCost(method, size, rows);
      const slack = SQUARE.test(method.name) ? SEARCHED : SLACK;
      expect(costAt(plan, method, rows).bytes).toBeLessThanOrEqual(slack * hand.bytes);
    });
  });
});

it.each(METHODS.filter((m) => !INPUT_CENTRIC.test(m.name)))('$name as written costs more', (method) => {
  const plan = trainingPlan(method, LAYERS[0]!, true);
  for (const rows of SQUARE.test(method.name) ? ROWS.slice(0, 1) : ROWS) {
    const [cost, hand] = [costAt(plan, method, rows), handCost(method, LAYERS[0]!, rows)];
    const times = BYTES.find(([names]) => names.test(method.name))?.[1];
    if (times !== undefined) expect(cost.bytes).toBeGreaterThan(times * hand.bytes);
    else expect(cost.flops).toBeGreaterThan(1.4 * hand.flops);
  }
});

it('no hand-written program stores a tensor of more than rows × columns, or at full rank than W', () => {
  const [size, rows] = [LAYERS[0]!, 512];
  for (const method of METHODS) {
    for (const s of handSteps(method, size, rows)) {
      expect(s.writes, `${method.name}: ${s.what}`).toBeLessThanOrEqual(
        (FULL_RANK.test(method.name) ? size.out : rows) * size.in,
      );
    }
  }
});

// This test is here and not in test/docs, because this file has compiled the plans already.
it('docs/costs.md is what the plans cost; run `npm run docs`', () => {
  expect(readFileSync(new URL('../../../../docs/costs.md', import.meta.url), 'utf8')).toBe(renderCosts());
});
