/** The float64 reference interpreter as a device: needs no driver, and is what every device is held against. */
import { Singular, tensor } from '../../compiler/ir/domains/domain.ts';
import { float64 } from '../../compiler/ir/domains/float64.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { decodeF16 } from '../formats/safetensors/index.ts';
import type { Backend, Given } from './backend.ts';

const values = (name: string, data: Given): ArrayLike<number> => {
  if (!ArrayBuffer.isView(data))
    throw new OftcError('OFT4006', `'${name}' is a GPUBuffer; the CPU reference takes arrays`);
  return data instanceof Uint16Array ? decodeF16(data) : data;
};

/** Throws OFT4015 where the values given make a matrix that has no inverse. */
function computed<R>(run: () => R): R {
  try {
    return run();
  } catch (e) {
    throw e instanceof Singular ? new OftcError('OFT4015', e.message, e.spans) : e;
  }
}

export const cpuBackend: Backend = {
  name: 'cpu',
  words: false,
  prepare: async (compilation) => {
    const bound = new Map<string, Given>();
    return {
      bind: (name, data) => {
        bound.set(name, data);
      },
      run: (tokens, inputs) => {
        const variant = compilation.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
        const all = { ...Object.fromEntries(bound), ...inputs };
        const tensors = Object.fromEntries(
          Object.entries(all).map(([name, data]) => {
            const v = values(name, data);
            return [name, tensor([v.length], v)];
          }),
        );
        const outputs = computed(() => interpret(variant.primitives, float64, tensors, tokens));
        return {
          buffers: undefined,
          read: async (name) => outputs[name]!.values as Float64Array,
          done: async () => {},
          destroy: () => {},
        };
      },
      peakBytes: () => ({ inputs: 0, outputs: 0, temporaries: 0, overhead: 0, total: 0 }),
      dispose: () => bound.clear(),
    };
  },
  dispose: () => {},
};
