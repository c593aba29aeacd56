/** Counts launches, and times empty ones. */
import { Executable, type Plan } from '../../runtime/index.ts';
import { classInUse } from '../compiled.ts';
import { type Contender, repeatsFor, timed } from '../interleave.ts';

/** The work that was submitted to a device. */
export interface Given {
  readonly launches: number;
  /** The shader modules that were created. */
  readonly modules: number;
}

/** Counts the dispatches and the shader modules that a device is given while `work` runs. */
export async function givenDuring(
  device: Pick<GPUDevice, 'createCommandEncoder' | 'createShaderModule'>,
  work: () => Promise<unknown>,
): Promise<Given> {
  let [launches, modules] = [0, 0];
  const { createCommandEncoder, createShaderModule } = device;
  const counted = (pass: GPUComputePassEncoder): GPUComputePassEncoder => {
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    pass.dispatchWorkgroups = (...grid) => {
      launches++;
      return dispatch(...grid);
    };
    return pass;
  };
  device.createShaderModule = (descriptor) => {
    modules++;
    return createShaderModule.call(device, descriptor);
  };
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder.call(device, descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => counted(begin(pass));
    return encoder;
  };
  try {
    await work();
  } finally {
    Object.assign(device, { createCommandEncoder, createShaderModule });
  }
  return { launches, modules };
}

/** A Plan whose kernels do nothing. */
function emptyPlan(launches: number): Plan {
  const { name, devices } = classInUse();
  const step = { kernel: 0, bind: [], workgroups: 1, flops: 0, bytes: 0, label: 'nothing', source: [] };
  return {
    format: 'oftc-plan',
    version: 2,
    name: 'nothing',
    inputs: [],
    outputs: [],
    kernels: [
      {
        name: 'nothing',
        wgsl: '@compute @workgroup_size(1) fn main() {}',
        entryPoint: 'main',
        workgroupSize: [1, 1, 1],
        workgroupBytes: 0,
        bindings: [],
        uniforms: [],
        features: [],
      },
    ],
    classes: [
      {
        name,
        devices,
        variants: [
          {
            minTokens: 0,
            maxTokens: null,
            slots: [],
            steps: Array.from({ length: launches }, () => step),
          },
        ],
      },
    ],
  };
}

/** A contender that runs a Plan of empty launches by the runtime. */
export async function emptyRun(
  device: GPUDevice,
  launches: number,
): Promise<Contender & { dispose(): void }> {
  const executable = await Executable.create(device, emptyPlan(launches));
  const run = (repeats: number) =>
    timed(repeats, async () => {
      for (let i = 1; i < repeats; i++) executable.run(1);
      await executable.run(1).done();
    });
  return {
    name: `${launches} empty launches`,
    repeats: await repeatsFor(run),
    run,
    dispose: () => executable.dispose(),
  };
}
