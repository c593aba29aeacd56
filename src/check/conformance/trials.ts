/** Tries a property on random instances, small ones first, so that the first failure is a small one. */
import { drawing } from '../../../compiler/extend/draw.ts';
import { printShape, topological } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import type { Draw } from '../../../compiler/rewrite/rule.ts';
import { random } from '../../start/random.ts';
import type { Finding } from '../report.ts';

export interface ConformanceOptions {
  /** Random instances per property; default 50. */
  readonly trials?: number;
  readonly seed?: number;
}

/** A statement about every instance of an operator or a rule, and the test of it. */
export interface Property<Subject> {
  readonly property: string;
  /** Whether the property applies to the subject; default true. */
  readonly applies?: (subject: Subject) => boolean;
  /** Says what is wrong with the instance; undefined if nothing is. */
  readonly wrong: (subject: Subject, node: Node, draw: Draw, next: () => number) => string | undefined;
}

/** The properties that apply to the subject. */
export const applying = <Subject>(
  properties: readonly Property<Subject>[],
  subject: Subject,
): Property<Subject>[] => properties.filter((p) => p.applies?.(subject) ?? true);

export function tried<Subject>(
  who: string,
  { property, wrong }: Property<Subject>,
  subject: Subject,
  instance: (draw: Draw) => Node,
  { trials = 50, seed = 1 }: ConformanceOptions,
): Finding {
  const finding = { property: `${who}: ${property}`, where: 'random instances, small ones first' };
  for (let t = 0; t < trials; t++) {
    const next = random(seed + t);
    const draw = drawing(next, t / trials);
    let shown = 'drawing it';
    let found: string | undefined;
    try {
      const node = instance(draw);
      shown = show(node);
      found = wrong(subject, node, draw, next);
    } catch (e) {
      found = e instanceof Error ? e.message : String(e);
    }
    if (found !== undefined) {
      const counterexample = `${shown}, seed ${seed + t}: ${found}`;
      return { ...finding, trials: t + 1, passed: false, counterexample };
    }
  }
  return { ...finding, trials, passed: true };
}

/** Prints an expression with the shapes of its inputs: `circulant(t0) with t0 (3)`. */
function show(node: Node): string {
  const inputs = topological([node]).filter((n) => n.kind === 'input');
  const shapes = inputs.map((n) => `${n.name} ${printShape(n.type.shape)}`);
  return `${printNode(node)}${shapes.length === 0 ? '' : ` with ${shapes.join(', ')}`}`;
}
