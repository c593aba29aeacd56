/** Converts golden OFT layers: PEFT's configuration and tensor names become those of the library's layer. */
import type { OftConfig } from '../../src/adapters/oft.ts';
import type { HostTensor } from '../../src/index.ts';
import type { GoldenCase } from './golden.ts';

/** The golden names of the parameters, in the order of the active adapters. */
const parameters = (golden: GoldenCase): string[] => {
  const adapters = golden.config.adapters as string[] | undefined;
  return adapters ? adapters.map((a) => `oft_R.${a}.weight`) : ['oft_R.weight'];
};

export function oftConfig(golden: GoldenCase): OftConfig {
  const { config, tensors } = golden;
  return {
    cayley: config.use_cayley_neumann ? 'neumann' : 'exact',
    terms: config.num_cayley_neumann_terms as number,
    series: 'peft-0.18',
    share: (config.block_share as boolean | undefined) ?? false,
    coft: (config.coft as boolean | undefined) ?? false,
    eps: (config.eps as number | undefined) ?? 6e-5,
    bias: 'base.bias' in tensors,
    adapters: parameters(golden).length,
  };
}

export function oftInputs({ tensors, ...rest }: GoldenCase): Record<string, HostTensor> {
  const bias = tensors['base.bias'];
  return {
    x: tensors.input!,
    W: tensors['base.weight']!,
    ...(bias ? { bias } : {}),
    ...Object.fromEntries(parameters({ tensors, ...rest }).map((p, i) => [`v.${i}`, tensors[`param.${p}`]!])),
  };
}

/** The expected outputs and gradients, by the names that a session gives them. */
export function oftExpected(golden: GoldenCase): Record<string, HostTensor> {
  const { tensors } = golden;
  return {
    y: tensors.output!,
    'grad.x': tensors.grad_input!,
    ...Object.fromEntries(parameters(golden).map((p, i) => [`grad.v.${i}`, tensors[`grad.${p}`]!])),
  };
}
