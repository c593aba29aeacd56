/** Makes a point of a sweep ready to run: what it should cost, and a contender with all of its buffers. */
import { planCost } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import { blockProgram, blockStages } from '../../src/finetune/blocks.ts';
import { compiledStage } from '../../src/finetune/compiled-stage.ts';
import type { Allocations } from '../allocations.ts';
import { classInUse, type Fill, place, tensorBytes } from '../compiled.ts';
import type { Contender } from '../interleave.ts';
import { randomBatch, randomModel, type Trained, trainedModel } from '../models.ts';
import { values } from '../values.ts';
import { givenDuring } from './launches.ts';
import { BLOCK, type LayerPoint, type ModelSweep } from './sweeps.ts';

/** The counts of a run, as its Plans give them. */
export interface Planned {
  readonly flops: number;
  readonly bytes: number;
  readonly launches: number;
  /** The bytes of inputs, outputs and temporaries; undefined until the point is placed. */
  readonly memory: number | undefined;
  readonly largestTensor: number;
}

/** A point on the device. */
export interface Placed {
  readonly contender: Contender;
  /** The peak of allocated bytes. */
  readonly allocated: number;
  readonly planned: number;
  /** The launches of a run, and the shader modules that the point made. */
  readonly launches: number;
  readonly modules: number;
  dispose(): void;
}

export interface Candidate {
  readonly size: number;
  readonly planned: Planned;
  place(): Promise<Placed>;
}

export interface Tools {
  readonly device: GPUDevice;
  readonly allocations: Allocations;
}

const ADAPTER = { source: oft, dims: { b: BLOCK } };

/** Values with which a row keeps its norm through a layer, so that no deep program overflows or meets subnormals. */
const fill: Fill = (name, n) =>
  values(name.length, n, name.startsWith('W') ? 1 / 8 : name.startsWith('v') ? 1 / 32 : 1);

export function layerCandidate(tools: Tools, size: number, point: LayerPoint, plan: Plan): Candidate {
  const { tokens, stored = {} } = point;
  const cost = planCost(plan, tokens);
  const tensors = [...plan.inputs, ...plan.outputs].map((t) => tensorBytes(t, tokens));
  const memory = tensors.reduce((a, b) => a + b, 0) + cost.peakTemporaryBytes;
  const { flops, bytes, launches } = cost;
  return {
    size,
    planned: { flops, bytes, launches, memory, largestTensor: Math.max(...tensors) },
    place: async () => {
      const placed: Awaited<ReturnType<typeof place>>[] = [];
      let allocated = 0;
      const { modules } = await givenDuring(tools.device, async () => {
        allocated = await tools.allocations.peakOf(async () => {
          placed.push(await place(tools.device, `${size}`, { plan, tokens, stored }, fill));
        });
      });
      const contender = placed[0]!;
      const given = await givenDuring(tools.device, () => contender.run(1));
      const dispose = () => contender.dispose();
      return { contender, allocated, planned: memory, launches: given.launches, modules, dispose };
    },
  };
}

/**
 * A model of `size` transformer blocks. All blocks share two Plans, by which its operations, bytes and launches are planned;
 * the embedding, the head and AdamW are left out of these.
 */
export function modelCandidate(
  tools: Tools,
  { model, sequences, length }: ModelSweep,
  size: number,
  plans: readonly Plan[],
): Candidate {
  const config = model(size);
  const batch = randomBatch(config, sequences, length);
  const cost = plans.map((plan) => planCost(plan, batch.tokens));
  const total = (of: 'flops' | 'bytes' | 'launches') => size * cost.reduce((n, c) => n + c[of], 0);
  return {
    size,
    planned: {
      flops: total('flops'),
      bytes: total('bytes'),
      launches: total('launches'),
      memory: undefined,
      largestTensor: 0,
    },
    place: async () => {
      const base = randomModel(`${size}`, config);
      const options = { base, adapter: ADAPTER, batch };
      const made: Trained[] = [];
      const { modules } = await givenDuring(tools.device, async () => {
        made.push(await trainedModel(tools.device, tools.allocations, `${size}`, options));
      });
      const contender = made[0]!;
      const { launches } = await givenDuring(tools.device, () => contender.run(1));
      const { bytes, planned } = contender;
      const dispose = () => contender.dispose();
      return { contender, allocated: bytes.peak, planned, launches, modules, dispose };
    },
  };
}

/** The Plans that all transformer blocks of a model share, forward and backward. */
export function plansOfBlocks({ model }: ModelSweep): Plan[] {
  const program = blockProgram(model(1), ADAPTER);
  const { forward, gradient } = blockStages(program, { stored: {}, asWritten: false });
  return [forward, gradient].map((of) => compiledStage(program, of, classInUse()).plan());
}
