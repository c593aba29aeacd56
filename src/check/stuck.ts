/**
 * Finds trainables that training would never change, and starts with which training changes all of them. The values of
 * gradients at small sizes decide both.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { equalDim } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { Init } from '../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { smallSizes, tokensFrom } from '../identity/sizes.ts';
import { realValues, type Values } from '../identity/values.ts';
import { random } from '../start/random.ts';
import { compilerOf } from './compiled.ts';
import { evaluate } from './evaluate.ts';
import { started } from './starts.ts';

type Starts = ReadonlyMap<string, Init>;

const trainables = ({ inputs }: Program): InputNode[] => inputs.filter((i) => i.role === 'trainable');

/** The layer with its gradients at small sizes and random values of everything but its trainables. */
class AtStart {
  readonly #program: Program;
  readonly #random: Values;
  readonly #run: (at: Values) => Values;

  constructor(source: Program, compile = compilerOf(source)) {
    const small = smallSizes(source);
    const sizes = small[1] ?? small[0]!;
    const tokens = tokensFrom(source, sizes, 3);
    const { program, primitives } = compile({ gradients: true, sizes }).variants[0]!;
    this.#program = bindProgram(source, sizes);
    this.#random = realValues(program, tokens, random(1));
    this.#run = (at) => evaluate(primitives)(float64, at, tokens);
  }

  #at(starts: Starts, moved: ReadonlySet<string>): Values {
    const inputs = this.#program.inputs.map((i): InputNode => {
      const init = starts.get(i.name);
      return init === undefined ? i : { ...i, init };
    });
    const at = started({ ...this.#program, inputs }, float64, this.#random, this.#random);
    return { ...at, ...Object.fromEntries([...moved].map((name) => [name, this.#random[name]!])) };
  }

  /** The trainables whose gradient is 0 at the start, and stays so once all others have moved. */
  stuck(starts: Starts): InputNode[] {
    const moved = new Set<string>();
    for (;;) {
      const results = this.#run(this.#at(starts, moved));
      const still = trainables(this.#program).filter((i) => !moved.has(i.name));
      const moving = still.filter((i) => results[gradName(i.name)]!.values.some((g) => g !== 0));
      if (moving.length === 0) return still;
      for (const i of moving) moved.add(i.name);
    }
  }

  /**
   * The first starts with which no trainable is stuck. It prefers starts with which the layer equals the frozen one.
   */
  best(choices: readonly Starts[]): Starts | undefined {
    const trained = choices.filter((starts) => this.stuck(starts).length === 0);
    return trained.find((starts) => this.#isFrozenLayer(starts)) ?? trained[0];
  }

  /** Whether the layer starts as x·Wᵀ + bias; true for a layer without x or W, or with several outputs. */
  #isFrozenLayer(starts: Starts): boolean {
    const at = this.#at(starts, new Set());
    const [x, W, bias] = [at.x, at.W, at.bias];
    const [output] = this.#program.outputs;
    if (!x || !W || !output || this.#program.outputs.length > 1) return true;
    const [out, inner] = W.shape as [number, number];
    const y = this.#run(at)[output.name]!.values;
    return y.every((value, k) => {
      const [t, o] = [Math.floor(k / out), k % out];
      let sum = bias?.values[o] ?? 0;
      for (let i = 0; i < inner; i++) sum += x.values[t * inner + i]! * W.values[o * inner + i]!;
      return Math.abs(value - sum) < 1e-9;
    });
  }
}

/** The starts to try for a tensor, the commonest first. */
function candidates({ type: { shape } }: InputNode): Init[] {
  const [rows, cols] = [shape.at(-2), shape.at(-1)];
  const identity: Init[] = rows && cols && equalDim(rows, cols) ? ['identity'] : [];
  return ['zeros', ...identity, { kaiming: Math.max(shape.length - 1, 0) }, 'ones'];
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

/** A start as an author writes it: `{ init: { kaiming: 1 } }`. */
export const startText = (init: Init): string =>
  `{ init: ${
    typeof init === 'string'
      ? `'${init}'`
      : `{ ${Object.entries(init)
          .map(([key, value]) => `${key}: ${value}`)
          .join(', ')} }`
  } }`;

/** The note for trainables that training will never change; empty if there is none, or if a trainable states no start. */
export function stuckNotes(source: Program, compile = compilerOf(source)): string[] {
  const all = trainables(source);
  if (all.length === 0 || all.some((i) => i.init === undefined)) return [];
  const layer = new AtStart(source, compile);
  const stuck = layer.stuck(new Map());
  if (stuck.length === 0) return [];
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
