/**
 * Makes a Plan of primitives: launches, code and buffers for each class of devices. Equal inputs give equal
 * bytes.
 */
import type { DeviceClass } from '../compiler/devices/index.ts';
import { constantOf } from '../compiler/dims/dims.ts';
import type { ContractionPrim, InputPrim, Prim } from '../compiler/primitives/prim.ts';
import { layoutOf, type Storage, storageName } from '../compiler/primitives/storage.ts';
import type { Plan, PlanClass, PlanTensor } from '../runtime/plan.ts';
import { KernelError } from './error.ts';
import type { ContractionKernel } from './fuse/kernel.ts';
import { KernelTable } from './kernel-table.ts';
import { type Launches, launchesOf } from './launches.ts';
import type { ClassProgram, PlanOptions } from './options.ts';
import { planVariant } from './plan-variant.ts';
import { rulesOf } from './rules.ts';
import { classesOf } from './strategies.ts';
import type { TunedSchedule } from './tuned.ts';
import { checkVariants, type VariantProgram } from './variants.ts';
import { extentOf } from './wgsl/size.ts';

/**
 * The Plan of classes that each have variants of their own. A forced strategy replaces the classes. All variants must
 * have the same inputs and outputs, and the ranges of tokens of a class must partition 0, 1, 2, …. Throws KernelError.
 */
export function assemblePlan(programs: readonly ClassProgram<VariantProgram>[], options: PlanOptions): Plan {
  const [first] = programs;
  if (first === undefined) throw new KernelError(`'${options.name}' is for no class of devices: name one`);
  for (const { variants } of programs) checkVariants(variants);
  const { inputs, outputs } = first.variants[0]!.program;
  const tensors = {
    inputs: inputs.map((p) => planTensor(p.name, roleOf(p, options), p)),
    outputs: outputs.map((o) => planTensor(o.name, 'output', o.prim)),
  };
  const kernels = new KernelTable();
  const classes = classesOf(programs, options).map(
    ({ device, variants, options: own }): PlanClass => ({
      name: device.name,
      devices: device.devices,
      variants: variants.map((v) => planVariant(v, launchesOf(v, device), device, own, kernels)),
    }),
  );
  return {
    format: 'oftc-plan',
    version: 2,
    name: options.name,
    ...tensors,
    classes,
    kernels: kernels.list,
    ...rulesOf(
      programs.flatMap((p) => p.variants),
      options,
    ),
  };
}

/** A Plan that runs one contraction alone, with the schedule that it has in the variant `v`. */
export function generateAlone(
  kernel: ContractionKernel,
  v: VariantProgram,
  device: DeviceClass,
  tuned: readonly TunedSchedule[],
): Plan {
  const { tensor, root, added } = kernel;
  const inputs = new Map(
    root.args.map((p, i): [Prim, InputPrim] => {
      const { label, shape, dtype, spans } = p;
      const storage = p.kind === 'input' && p.storage ? { storage: p.storage } : {};
      return [p, { kind: 'input', name: `${i}`, label, shape, dtype, spans, args: [], ...storage }];
    }),
  );
  const alone = (p: ContractionPrim): ContractionPrim => ({ ...p, args: p.args.map((a) => inputs.get(a)!) });
  const own = { ...kernel, root: alone(root), ...(added ? { added: added.map(alone) } : {}) };
  const kernels = new KernelTable();
  const [reads, output] = [[...inputs.values()], 'out'];
  const program = { name: tensor.label, inputs: reads, outputs: [{ name: output, prim: tensor }] };
  const launches: Launches = { kernels: [own], written: new Map([[tensor, output]]), untried: 0 };
  const options = { name: tensor.label, roles: {}, tuned };
  const variant = planVariant({ ...v, program }, launches, device, options, kernels);
  return {
    format: 'oftc-plan',
    version: 2,
    name: options.name,
    inputs: reads.map((p) => planTensor(p.name, 'input', p)),
    outputs: [planTensor(output, 'output', tensor)],
    classes: [
      {
        name: device.name,
        devices: device.devices,
        variants: [{ ...variant, minTokens: 0, maxTokens: null }],
      },
    ],
    kernels: kernels.list,
  };
}

const planTensor = (name: string, role: PlanTensor['role'], p: Prim): PlanTensor => ({
  name,
  role,
  dtype: p.dtype,
  shape: p.shape.map(extentOf),
  ...(p.kind === 'input' && p.storage && role !== 'output' ? { storage: planStorage(p, p.storage) } : {}),
});

/** The storage of an input. Throws KernelError for a tensor that no kernel can decode. */
function planStorage(p: InputPrim, storage: Storage): NonNullable<PlanTensor['storage']> {
  const shape = p.shape.map(constantOf);
  if (p.dtype !== 'f32' || !shape.every((n) => n !== undefined))
    throw new KernelError(
      `'${p.name}' cannot be ${storageName(storage)}: only an f32 tensor of known shape can`,
    );
  return { format: storageName(storage), bytes: 4 * layoutOf(storage, shape).words };
}

function roleOf(p: InputPrim, { roles }: PlanOptions): PlanTensor['role'] {
  const role = Object.hasOwn(roles, p.name) ? roles[p.name] : undefined;
  if (role === undefined) throw new KernelError(`input '${p.name}' has no role: add it to roles`);
  return role;
}
