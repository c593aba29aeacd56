/** Runs programs on the float64 reference interpreter. It needs no driver, and every device is compared with it. */
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { isOutOfMemory, outOfMemory } from '../../../compiler/errors/out-of-memory.ts';
import { Singular, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { DeviceTensor, OftcRuntimeError } from '../../../runtime/index.ts';
import { decodeF16 } from '../../formats/safetensors/half.ts';
import type { HostArray } from '../tensors.ts';
import type { Backend, BoundTensor } from './backend.ts';

const values = (name: string, data: BoundTensor): ArrayLike<number> => {
  if (!ArrayBuffer.isView(data) || data instanceof DeviceTensor)
    throw new OftcError('OFT4006', `'${name}' is a GPUBuffer; the CPU reference takes arrays`);
  return data instanceof Uint16Array ? decodeF16(data) : data;
};

/** Runs the interpreter. Throws OFT4015 for a matrix without an inverse, OutOfMemory if Node runs out of memory. */
function computed<R>(run: () => R): R {
  try {
    return run();
  } catch (e) {
    if (isOutOfMemory(e)) throw new OftcRuntimeError('OutOfMemory', outOfMemory(e), { cause: e });
    throw e instanceof Singular ? new OftcError('OFT4015', e.message, e.spans) : e;
  }
}

export const cpuBackend: Backend = {
  name: 'cpu',
  class: DEFAULT_CLASS,
  words: false,
  hold: (name, data) => {
    values(name, data);
    return (data as HostArray).slice();
  },
  share: (held) => held,
  free: () => {},
  prepare: async (planned) => {
    if (!planned.compilation) throw new Error('the reference has no use for a Plan alone');
    const compilation = planned.compilation();
    const bound = new Map<string, BoundTensor>();
    let disposed = false;
    return {
      ready: async () => {},
      bind: (name, data) => {
        bound.set(name, data);
      },
      run: (tokens, inputs) => {
        if (disposed)
          throw new OftcRuntimeError(
            'Disposed',
            `'${compilation.source.name}' is disposed: prepare it again`,
          );
        const variant = compilation.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
        const all = { ...Object.fromEntries(bound), ...inputs };
        const tensors = Object.fromEntries(
          Object.entries(all).map(([name, data]) => {
            const v = values(name, data);
            return [name, tensor([v.length], v)];
          }),
        );
        let freed = false;
        const outputs = computed(() => interpret(variant.primitives, float64, tensors, tokens));
        return {
          buffers: undefined,
          read: async (name) => {
            if (freed) throw new OftcRuntimeError('Disposed', 'this result is destroyed: run again');
            return (outputs[name]!.values as Float64Array).slice();
          },
          done: async () => {},
          destroy: () => {
            freed = true;
          },
        };
      },
      peakBytes: () => ({ inputs: 0, outputs: 0, temporaries: 0, overhead: 0, total: 0 }),
      dispose: () => {
        disposed = true;
        bound.clear();
      },
    };
  },
  dispose: () => {},
};
