/** Computes merged weights and biases, by the claims of the adapter's layer. */
import { OftcError } from '../../compiler/errors/error.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { emptyRecord } from '../../compiler/records.ts';
import type { HostArray } from '../session/tensors.ts';
import { type Place, placedOn } from './place.ts';
import { Stage } from './stage.ts';
import { type TargetModule, tensorPath } from './start.ts';
import type { Weights } from './uploads.ts';

export type Part = 'weight' | 'bias';

/** The layer's claimed weight or bias as a program of its own. Throws OFT6010 if the layer claims none. */
export function mergedProgram(program: Program, part: Part): Program {
  const claim = program.claims?.[part];
  if (!claim)
    throw new OftcError(
      'OFT6010',
      `'${program.name}' does not say what its ${part} becomes: claims: ({ W, … }) => ({ ${part}: … })`,
    );
  const needed = new Set(topological([claim]));
  const { claims: _, ...rest } = program;
  return {
    ...rest,
    inputs: program.inputs.filter((i) => needed.has(i)),
    outputs: [{ name: part, node: claim }],
  };
}

/** The parts that the layer changes; a bias that it claims to be unchanged is not merged. */
export function partsOf({ claims }: Program): readonly Part[] {
  const bias = claims?.bias;
  return !bias || (bias.kind === 'input' && bias.name === 'bias') ? ['weight'] : ['weight', 'bias'];
}

/** The model's tensors among the layer's inputs. */
const PART_OF: Readonly<Record<string, Part>> = { W: 'weight', bias: 'bias' };

/** Whether every element is finite, in float32 too. */
const allFinite = (data: HostArray): boolean => data.every((x: number) => Number.isFinite(Math.fround(x)));

/** Merges modules one after another; one stage serves all modules that share a layer. */
export class Merger {
  readonly #place: Place;
  readonly #stages = new Map<Program, Partial<Record<Part, Stage>>>();

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * The merged weight (out, in), row-major, or bias (out); `model` reads the original. It is float64 on the reference.
   * Rejects with OFT6011.
   */
  async merged(
    { module, adapted }: Pick<TargetModule, 'module' | 'adapted'>,
    part: Part,
    model: (part: Part) => Promise<HostArray>,
    tensors: Weights,
  ): Promise<HostArray> {
    const stages = getOrMake(this.#stages, adapted.program, () => ({}));
    stages[part] ??= await Stage.prepare(this.#place, mergedProgram(adapted.program, part));
    const stage = stages[part];
    const held = [];
    const values = emptyRecord<HostArray | GPUBuffer>();
    let culprit = ', though every tensor that it is made of is finite';
    for (const i of stage.signature.inputs) {
      const own = PART_OF[i.name];
      const data = own ? await model(own) : (await tensors.read(tensorPath(module, i))).data;
      if (!allFinite(data)) culprit = `, and so is '${own ? `${module}.${own}` : tensorPath(module, i)}'`;
      const one = placedOn(this.#place, i.name, data);
      held.push(one);
      values[i.name] = one.value;
    }
    const ran = await stage.run(1, values);
    try {
      const merged = await ran.read(part);
      if (allFinite(merged)) return merged;
      const first = merged.find((x: number) => !Number.isFinite(Math.fround(x)));
      throw new OftcError('OFT6011', `a number of the merged '${module}.${part}' is ${first}${culprit}`);
    } finally {
      ran.free();
      for (const h of held) h.free();
    }
  }

  dispose(): void {
    for (const stages of this.#stages.values()) for (const stage of Object.values(stages)) stage.dispose();
  }
}
