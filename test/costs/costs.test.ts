/**
 * What the compiler derives costs no more than what a careful engineer writes by hand (test/costs/hand, from the
 * maths), and less than the layer as written. `npx tsx test/costs/table.ts` prints both, kernel by kernel.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../runtime/plan.ts';
import { renderCosts } from '../../scripts/costs-page.ts';
import { costAt, handCost, handSteps, trainingPlan } from './cost.ts';
import { HAND } from './hand/index.ts';
import { METHODS } from './methods.ts';

/** Element-wise arithmetic and work on vectors of parameters, which the hand programs leave out or round. */
const SLACK = 1.02;
const LAYERS = [
  { in: 4096, out: 4096 },
  { in: 1024, out: 2816 },
];
const ROWS = [512, 8192];
/** RoAd as written is element-wise too: what it wastes is traffic. */
const ELEMENTWISE = /^road/;

it('every method of the library has a hand-written program', () => {
  expect(METHODS.map((m) => m.name).sort()).toEqual(Object.keys(HAND).sort());
});

describe.each(LAYERS)('derived, $in → $out', (size) => {
  describe.each(METHODS)('$name', (method) => {
    let plan: Plan;
    beforeAll(() => {
      plan = trainingPlan(method, size, false);
    });

    it.each(ROWS)('%i rows: operations of the hand-written program', (rows) => {
      const hand = handCost(method, size, rows);
      expect(costAt(plan, method, rows).flops).toBeLessThanOrEqual(SLACK * hand.flops);
    });

    it.each(ROWS)('%i rows: bytes of the hand-written program', (rows) => {
      const hand = handCost(method, size, rows);
      expect(costAt(plan, method, rows).bytes).toBeLessThanOrEqual(SLACK * hand.bytes);
    });
  });
});

it.each(METHODS)('$name as written costs more', (method) => {
  const plan = trainingPlan(method, LAYERS[0]!, true);
  for (const rows of ROWS) {
    const [cost, hand] = [costAt(plan, method, rows), handCost(method, LAYERS[0]!, rows)];
    if (ELEMENTWISE.test(method.name)) expect(cost.bytes).toBeGreaterThan(1.4 * hand.bytes);
    else expect(cost.flops).toBeGreaterThan(1.4 * hand.flops);
  }
});

it('no hand-written program stores a tensor of more than rows × columns', () => {
  const [size, rows] = [LAYERS[0]!, 512];
  for (const method of METHODS) {
    for (const s of handSteps(method, size, rows)) {
      expect(s.writes, `${method.name}: ${s.what}`).toBeLessThanOrEqual(rows * size.in);
    }
  }
});

// Here and not in test/docs, for here its plans are compiled already.
it('docs/costs.md is what the plans cost; run `npm run docs`', () => {
  expect(readFileSync(new URL('../../docs/costs.md', import.meta.url), 'utf8')).toBe(renderCosts());
});
