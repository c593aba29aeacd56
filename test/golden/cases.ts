/** The layer of the library that each golden layer is an instance of, with its configuration and its tensors. */
import type { Program } from '../../compiler/ir/node.ts';
import { boft } from '../../src/adapters/boft.ts';
import { c3a } from '../../src/adapters/c3a.ts';
import { deft } from '../../src/adapters/deft.ts';
import { delora } from '../../src/adapters/delora.ts';
import { diagOft } from '../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../src/adapters/ether.ts';
import { fourierft } from '../../src/adapters/fourierft.ts';
import { frod } from '../../src/adapters/frod.ts';
import { goft } from '../../src/adapters/goft.ts';
import { gralora } from '../../src/adapters/gralora.ts';
import { gsoft } from '../../src/adapters/gsoft.ts';
import { hira } from '../../src/adapters/hira.ts';
import { hoft, shoft } from '../../src/adapters/hoft.ts';
import { hra } from '../../src/adapters/hra.ts';
import { ia3 } from '../../src/adapters/ia3.ts';
import { loft } from '../../src/adapters/loft.ts';
import { loha } from '../../src/adapters/loha.ts';
import { lokr } from '../../src/adapters/lokr.ts';
import { dora, lora } from '../../src/adapters/lora.ts';
import { lycorisBoft } from '../../src/adapters/lycoris-boft.ts';
import { miss } from '../../src/adapters/miss.ts';
import { oft } from '../../src/adapters/oft.ts';
import { oftConv } from '../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { osf } from '../../src/adapters/osf.ts';
import { poet } from '../../src/adapters/poet.ts';
import { psoft } from '../../src/adapters/psoft.ts';
import { randlora } from '../../src/adapters/randlora.ts';
import { road } from '../../src/adapters/road.ts';
import { scaledOft } from '../../src/adapters/scaled-oft.ts';
import { shira } from '../../src/adapters/shira.ts';
import { ssvd } from '../../src/adapters/ssvd.ts';
import { svft } from '../../src/adapters/svft.ts';
import { vera } from '../../src/adapters/vera.ts';
import { waveft } from '../../src/adapters/waveft.ts';
import type { HostTensor } from '../../src/index.ts';
import type { Traceable } from '../../src/language/load.ts';
import { type GoldenCase, goldenCase } from '../support/golden.ts';
import { oftConfig, oftExpected, oftInputs } from '../support/peft-oft.ts';
import { goldenInputs, goldenResults, type Otherwise } from './stored.ts';

interface Method {
  readonly layer: Traceable;
  config(golden: GoldenCase): object;
  readonly otherwise: Otherwise;
}

const method = <C = Readonly<Record<string, unknown>>>(
  layer: Method['layer'],
  config: (c: C, golden: GoldenCase) => object = () => ({}),
  otherwise: Otherwise = {},
): Method => ({
  layer,
  otherwise,
  config: (g) => ({ ...('base.bias' in g.tensors ? { bias: true } : {}), ...config(g.config as C, g) }),
});
const loraScale = (c: { lora_alpha: number; r: number }) => ({ scale: c.lora_alpha / c.r });
const alphaScale = (c: { alpha: number; r: number }) => ({ scale: c.alpha / c.r });
const none = () => ({});
function hasFewerOutputs({ tensors }: GoldenCase): boolean {
  const [out, inner] = tensors['base.weight']!.shape as [number, number];
  return out < inner;
}

export const METHODS: Readonly<Record<string, Method>> = {
  boft: method(boft, (c) => ({ factors: c.boft_n_butterfly_factor })),
  'diag-oft': method(diagOft, (c) => ({ rescale: c.rescale })),
  // Checkpoints store this tensor under a shorter name.
  dora: method(dora, loraScale, { m: 'param.lora_magnitude_vector.weight' }),
  ether: method(ether, none, { u: 'param.u' }),
  'ether+': method(etherPlus, none, {
    uIn: 'param.u_in',
    vIn: 'param.v_in',
    uOut: 'param.u_out',
    vOut: 'param.v_out',
  }),
  goft: method(goft, (c) => ({ levels: c.levels }), { theta: 'param.theta' }),
  gsoft: method(gsoft, (c) => ({ method: c.method }), { R: 'param.gsoft_R', L: 'param.gsoft_L' }),
  hoft: method(hoft, none, { u: 'param.u', v: 'param.v' }),
  shoft: method(shoft, none, { u: 'param.u', v: 'param.v', m: 'param.m' }),
  loft: method(loft, none, { P: 'frozen.P', v: 'param.v' }),
  delora: method(delora),
  vera: method(vera, none, { A: 'frozen.A', B: 'frozen.B' }),
  randlora: method(
    randlora,
    (c: { r: number; randlora_alpha: number }, g) => ({
      scale: c.randlora_alpha / c.r,
      fewerOutputs: hasFewerOutputs(g),
    }),
    { A: 'frozen.A', B: 'frozen.B' },
  ),
  osf: method(osf, (_, g) => ({ fewerOutputs: hasFewerOutputs(g) }), {
    Uh: 'frozen.Uh',
    sh: 'frozen.sh',
    Vh: 'frozen.Vh',
  }),
  deft: method(deft, (c: { r: number; alpha: number | null; para: boolean }) => ({
    scale: c.alpha === null ? 1 : c.alpha / c.r,
    para: c.para,
  })),
  hira: method(hira),
  frod: method(frod, none, { U: 'frozen.U', V: 'frozen.V', p: 'frozen.p' }),
  shira: method(shira, none, { p: 'param.shira_indices' }),
  fourierft: method(
    fourierft,
    (c: { scaling: number; random_loc_seed: number }) => ({ scale: c.scaling, seed: c.random_loc_seed }),
    { p: 'frozen.p' },
  ),
  waveft: method(
    waveft,
    (c: { scaling: number; random_loc_seed: number; use_idwt: boolean }) => ({
      ...{ scale: c.scaling, seed: c.random_loc_seed, wavelet: c.use_idwt },
    }),
    { p: 'frozen.p' },
  ),
  ia3: method(ia3, (c) => ({ feedforward: c.feedforward })),
  loha: method(loha, alphaScale),
  lokr: method(lokr, (c: { alpha: number; r: number }, g) => ({
    ...alphaScale(c),
    both: 'param.lokr_w1_a' in g.tensors,
    full: 'param.lokr_w2' in g.tensors,
  })),
  hra: method(hra, (c) => ({ gs: c.apply_GS })),
  lora: method(lora, loraScale),
  c3a: method(c3a),
  gralora: method(gralora, (c: { r: number; hybrid_r: number; alpha: number; gralora_k: number }) => ({
    blocks: c.gralora_k,
    hybrid: c.hybrid_r,
    scale: c.alpha / (c.r + c.hybrid_r),
  })),
  ssvd: method(ssvd, none, { U: 'frozen.U', s: 'frozen.s', V: 'frozen.V', v: 'param.v', d: 'param.d' }),
  svft: method(svft, none, { U: 'frozen.U', V: 'frozen.V', m: 'param.m' }),
  miss: method(miss, (c) => ({ shard: c.init_weights ?? 'standard' })),
  'lycoris-boft': method(lycorisBoft, (c) => ({
    factors: c.factors,
    constraint: c.constraint,
    rescale: c.rescale,
  })),
  'oft-conv2d': method(oftConv, (c, g) => ({
    height: g.tensors.input!.shape[2],
    width: g.tensors.input!.shape[3],
    kernel: c.kernel_size,
    stride: c.stride,
    padding: c.padding,
    terms: c.num_cayley_neumann_terms,
  })),
  'oft-embedding': method(oftEmbedding, (c) => ({ terms: c.num_cayley_neumann_terms })),
  // The authors store W with its rows and columns permuted.
  poet: method(poet, () => ({ permuted: true }), {
    vIn: 'param.in',
    vOut: 'param.out',
    pIn: 'index.perm_in',
    pOut: 'index.perm_out',
  }),
  psoft: method(
    psoft,
    (c: {
      use_cayley_neumann: boolean;
      num_cayley_neumann_terms: number;
      psoft_alpha: number;
      r: number;
    }) => ({
      cayley: c.use_cayley_neumann ? 'neumann' : 'exact',
      terms: c.num_cayley_neumann_terms,
      scale: c.psoft_alpha / c.r,
    }),
    { A: 'frozen.A', B: 'frozen.B' },
  ),
  road: method(road, (c: { variant: string }) => ({ variant: Number(c.variant.slice(-1)) })),
  'scaled-oft': method(scaledOft, none, { v: 'param.vec' }),
};

export const dimsOf = (golden: GoldenCase): Record<string, number> =>
  golden.method === 'road' ? { g: golden.config.group_size as number } : {};

export interface GoldenLayer {
  readonly program: Program;
  readonly dims: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly cotangent: HostTensor;
  /** The outputs and gradients that the golden layer records. */
  readonly expected: Readonly<Record<string, HostTensor>>;
}

/** A golden layer as a program, with its inputs and its recorded results. */
export async function goldenLayer(name: string): Promise<GoldenLayer> {
  const golden = await goldenCase(name);
  const common = { dims: dimsOf(golden), cotangent: golden.tensors.grad_output! };
  const known = METHODS[golden.method];
  if (!known)
    return {
      ...common,
      program: oft.trace(oftConfig(golden)),
      inputs: oftInputs(golden),
      expected: oftExpected(golden),
    };
  const program = known.layer.trace(known.config(golden));
  return {
    ...common,
    program,
    inputs: goldenInputs(program, golden, known.otherwise),
    expected: goldenResults(program, golden, known.otherwise),
  };
}
