/** Computes what an adapter adds to a module's weight and bias, in float64. */
import type { OpenModel } from '../../formats/model.ts';
import type { HostArray } from '../../session/tensors.ts';
import { checkMerged } from '../merge.ts';
import { Merger, type Part, partsOf } from '../merger.ts';
import { shapeOf, weightName } from '../models/linear-layers.ts';
import { openPlace } from '../place.ts';
import type { TargetModule } from '../start.ts';
import type { Weights } from '../uploads.ts';

export interface Change {
  /** W′ − W (out, in), row-major. */
  readonly weight: Float64Array;
  readonly shape: readonly [out: number, inner: number];
  /** The change of the bias, to add to it; undefined where the layer leaves the bias as it is. */
  readonly bias: Float64Array | undefined;
}

/**
 * The changes of one module after another. They are computed by the float64 reference, because W′ − W cancels the
 * leading digits: a float32 W′ would leave noise of 1e-7·‖W‖, which has full rank.
 */
export class Changes {
  readonly #merger: Merger;
  readonly #files: OpenModel;
  readonly #weights: Weights;

  private constructor(merger: Merger, files: OpenModel, weights: Weights) {
    this.#merger = merger;
    this.#files = files;
    this.#weights = weights;
  }

  /**
   * Opens the reference. `weights` reads the model's tensors; quantised ones are what their codes stand for. Throws
   * OFT6010 for a module without a merged weight.
   */
  static async open(files: OpenModel, weights: Weights, sites: readonly TargetModule[]): Promise<Changes> {
    for (const site of sites) checkMerged(site, files);
    return new Changes(new Merger(await openPlace('cpu')), files, weights);
  }

  /** The change of a module, from the tensors of its adapter. Rejects with OFT6011 for one that is not finite. */
  async of(site: TargetModule, tensors: Weights): Promise<Change> {
    const { config } = this.#files;
    const names: Record<Part, string> = {
      weight: weightName(config, site.module),
      bias: `${site.module}.bias`,
    };
    const model = async (part: Part): Promise<HostArray> => (await this.#weights.read(names[part])).data;
    const changed = async (part: Part): Promise<Float64Array> => {
      const before = await model(part);
      const after = Float64Array.from(await this.#merger.merged(site, part, model, tensors));
      for (let i = 0; i < after.length; i++) after[i]! -= before[i]!;
      return after;
    };
    return {
      weight: await changed('weight'),
      shape: shapeOf(config, site.target),
      bias: partsOf(site.adapted.program).includes('bias') ? await changed('bias') : undefined,
    };
  }

  dispose(): void {
    this.#merger.dispose();
  }
}
