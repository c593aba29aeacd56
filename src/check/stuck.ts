/**
 * Finds trainables that training would never change, and starts with which training changes all of them. The values of
 * gradients at small sizes decide both.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { Init } from '../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { Singular } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { smallSizes, tokensFrom } from '../identity/sizes.ts';
import { realValues, type Values } from '../identity/values.ts';
import { random } from '../start/random.ts';
import { candidates, type Starts, startText, withStarts } from './candidates.ts';
import { compilerOf } from './compiled.ts';
import { evaluate } from './evaluate.ts';
import { NewAdapter } from './frozen-start.ts';
import { started } from './starts.ts';

/** The largest gradient that counts as 0: rounding leaves one where terms cancel. */
const ROUNDING = 1e-12;

const trainables = ({ inputs }: Program): InputNode[] => inputs.filter((i) => i.role === 'trainable');

/** The layer with its gradients at small sizes and random values of everything but its trainables. */
export class AtStart {
  readonly #program: Program;
  readonly #random: Values;
  readonly #run: (at: Values) => Values;

  constructor(source: Program, small: readonly Binding[] = smallSizes(source), compile = compilerOf(source)) {
    const sizes = small[1] ?? small[0]!;
    const tokens = tokensFrom(source, sizes, 3);
    const { program, primitives } = compile({ gradients: true, sizes }).variants[0]!;
    this.#program = bindProgram(source, sizes);
    this.#random = realValues(program, tokens, random(1));
    this.#run = (at) => evaluate(primitives)(float64, at, tokens);
  }

  #at(starts: Starts, moved: ReadonlySet<string>): Values {
    const at = started(withStarts(this.#program, starts), float64, this.#random, this.#random);
    return { ...at, ...Object.fromEntries([...moved].map((name) => [name, this.#random[name]!])) };
  }

  /**
   * The trainables whose gradient is 0 at the start, and stays so once all others have moved. Undefined where an inverse
   * does not exist there.
   */
  stuck(starts: Starts): InputNode[] | undefined {
    const moved = new Set<string>();
    for (;;) {
      const still = trainables(this.#program).filter((i) => !moved.has(i.name));
      const moving = this.#moving(still, starts, moved);
      if (!moving) return undefined;
      if (moving.length === 0) return still;
      for (const i of moving) moved.add(i.name);
    }
  }

  /** Those of some trainables that have a gradient once those in `moved` have left their start. */
  #moving(of: readonly InputNode[], starts: Starts, moved: ReadonlySet<string>): InputNode[] | undefined {
    try {
      const results = this.#run(this.#at(starts, moved));
      return of.filter((i) => results[gradName(i.name)]!.values.some((g) => !(Math.abs(g) <= ROUNDING)));
    } catch (e) {
      if (e instanceof Singular) return undefined;
      throw e;
    }
  }

  /** Whether none of some trainables has a gradient wherever all are. */
  unread(of: readonly InputNode[]): boolean {
    const all = new Set(trainables(this.#program).map((i) => i.name));
    return this.#moving(of, new Map(), all)?.length === 0;
  }

  /**
   * The first starts with which no trainable is stuck. It prefers starts with which the layer equals the frozen one.
   */
  best(choices: readonly Starts[]): Starts | undefined {
    const trained = choices.filter((starts) => this.stuck(starts)?.length === 0);
    const isFrozen = (starts: Starts) =>
      NewAdapter.of(withStarts(this.#program, starts), [{}])?.isFrozen() ?? true;
    return trained.find(isFrozen) ?? trained[0];
  }
}

/** All combinations of starts. The start of the first tensor changes fastest. */
function combinations(of: readonly InputNode[]): Starts[] {
  return of
    .reduceRight<[string, Init][][]>(
      (all, i) =>
        all.flatMap((rest) => candidates(i).map((init): [string, Init][] => [[i.name, init], ...rest])),
      [[]],
    )
    .map((entries) => new Map(entries));
}

/** The most tensors whose starts are tried together. */
const MOST = 4;

/**
 * Starts for tensors that state none, with which training changes every trainable. If possible, the layer then starts
 * as the frozen one. Undefined if no combination that is tried does so, or if more than MOST tensors lack a start.
 */
export function startsFor(source: Program, lacking: readonly InputNode[]): Starts | undefined {
  return lacking.length > MOST ? undefined : new AtStart(source).best(combinations(lacking));
}

/** The note for trainables that training will never change; empty if there is none, or if a trainable states no start. */
export function stuckNotes(
  source: Program,
  sizes: readonly Binding[] = smallSizes(source),
  compile = compilerOf(source),
): string[] {
  const all = trainables(source);
  if (all.length === 0 || all.some((i) => i.init === undefined)) return [];
  const layer = new AtStart(source, sizes, compile);
  const stuck = layer.stuck(new Map());
  if (!stuck || stuck.length === 0) return [];
  if (layer.unread(stuck))
    return [`no output depends on ${stuck.map((i) => `'${i.name}'`).join(' and ')}, whatever its values are`];
  const starts = stuck.length > MOST ? undefined : layer.best(combinations(stuck));
  const changed = stuck.flatMap((i) => {
    const start = starts?.get(i.name);
    return start === undefined || start === i.init ? [] : [`'${i.name}' with ${startText(start)}`];
  });
  return [`${said(stuck)}${changed.length > 0 ? `: declare ${changed.join(' and ')}` : ''}`];
}

function said(stuck: readonly InputNode[]): string {
  const names = stuck.map((i) => `'${i.name}'`).join(' and ');
  if (stuck.length === 1) return `${names} has no gradient where it starts, and will never change`;
  const [all, none] = stuck.length === 2 ? ['both', 'neither'] : ['all', 'none of them'];
  const start = stuck.every((i) => i.init === 'zeros')
    ? 'start at zeros'
    : 'have no gradient where they start';
  return `${names} ${all} ${start}, and ${none} will ever change`;
}
