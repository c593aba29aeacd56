/** Every other method, each from its own file as its paper writes it, against its golden layer. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../compiler/ir/node.ts';
import { boft } from '../../src/adapters/boft.ts';
import { diagOft } from '../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../src/adapters/ether.ts';
import { goft } from '../../src/adapters/goft.ts';
import { gsoft } from '../../src/adapters/gsoft.ts';
import { hoft } from '../../src/adapters/hoft.ts';
import { hra } from '../../src/adapters/hra.ts';
import { dora, lora } from '../../src/adapters/lora.ts';
import { oftConv } from '../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { poet } from '../../src/adapters/poet.ts';
import { psoft } from '../../src/adapters/psoft.ts';
import { road } from '../../src/adapters/road.ts';
import { scaledOft } from '../../src/adapters/scaled-oft.ts';
import { compile, type HostTensor } from '../../src/index.ts';
import { testDevice } from '../support/device.ts';
import { type GoldenCase, goldenCase, goldenNames, relativeError } from '../support/golden.ts';

/** The files are rounded to float32: 2⁻²⁴ per element. */
const REFERENCE = 2e-7;
const DEVICE = 1e-5;

interface Method {
  readonly layer: { trace(config?: object): Program };
  config(golden: GoldenCase): object;
  /** Golden names by the layer's own, beside x, W and bias. */
  readonly tensors: Readonly<Record<string, string>>;
}

const method = <C = Readonly<Record<string, unknown>>>(
  layer: Method['layer'],
  tensors: Method['tensors'],
  config: (c: C, golden: GoldenCase) => object = () => ({}),
): Method => ({
  layer,
  tensors,
  config: (g) => ({ ...('base.bias' in g.tensors ? { bias: true } : {}), ...config(g.config as C, g) }),
});
const loraScale = (c: { lora_alpha: number; r: number }) => ({ scale: c.lora_alpha / c.r });
const loraTensors = { A: 'param.lora_A.weight', B: 'param.lora_B.weight' };

const METHODS: Readonly<Record<string, Method>> = {
  boft: method(boft, { R: 'param.boft_R', s: 'param.boft_s' }, (c) => ({
    factors: c.boft_n_butterfly_factor,
  })),
  'diag-oft': method(diagOft, { blocks: 'param.oft_blocks', rescale: 'param.rescale' }, (c) => ({
    rescale: c.rescale,
  })),
  dora: method(dora, { ...loraTensors, m: 'param.lora_magnitude_vector.weight' }, loraScale),
  ether: method(ether, { u: 'param.u' }),
  'ether+': method(etherPlus, {
    uIn: 'param.u_in',
    vIn: 'param.v_in',
    uOut: 'param.u_out',
    vOut: 'param.v_out',
  }),
  goft: method(goft, { theta: 'param.theta' }, (c) => ({ levels: c.levels })),
  gsoft: method(gsoft, { R: 'param.gsoft_R', L: 'param.gsoft_L', s: 'param.gsoft_s' }, (c) => ({
    method: c.method,
  })),
  hoft: method(hoft, { u: 'param.u', v: 'param.v' }),
  hra: method(hra, { u: 'param.hra_u' }, (c) => ({ gs: c.apply_GS })),
  lora: method(lora, loraTensors, loraScale),
  'oft-conv2d': method(oftConv, { v: 'param.oft_R.weight' }, (c, g) => ({
    height: g.tensors.input!.shape[2],
    width: g.tensors.input!.shape[3],
    kernel: c.kernel_size,
    stride: c.stride,
    padding: c.padding,
    terms: c.num_cayley_neumann_terms,
  })),
  'oft-embedding': method(oftEmbedding, { v: 'param.oft_embedding_R.weight' }, (c) => ({
    terms: c.num_cayley_neumann_terms,
  })),
  poet: method(poet, { vIn: 'param.in', vOut: 'param.out', pIn: 'index.perm_in', pOut: 'index.perm_out' }),
  psoft: method(
    psoft,
    {
      v: 'param.psoft_R.weight',
      a: 'param.psoft_R.vector_a',
      b: 'param.psoft_R.vector_b',
      A: 'frozen.A',
      B: 'frozen.B',
    },
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
  ),
  road: method(road, { theta: 'param.road_theta', alpha: 'param.road_alpha' }, (c: { variant: string }) => ({
    variant: Number(c.variant.slice(-1)),
  })),
  'scaled-oft': method(scaledOft, { v: 'param.vec' }),
};

const integers = (t: HostTensor): HostTensor => ({ ...t, data: Int32Array.from(t.data, Number) });

const names = goldenNames('').filter((n) => !n.startsWith('oft-') || /conv|embedding/.test(n));

it('covers every golden layer', () => expect(names).toHaveLength(24));

describe.each(names)('%s', (name) => {
  it.each([
    { on: 'the reference', tolerance: REFERENCE, device: () => 'cpu' as const },
    { on: 'the device', tolerance: DEVICE, device: testDevice },
  ])('output, grad_input and parameter gradients on $on', async ({ tolerance, device }) => {
    const golden = await goldenCase(name);
    const { tensors } = golden;
    const { layer, config, tensors: own } = METHODS[golden.method]!;
    const program = layer.trace(config(golden));
    const goldenName: Record<string, string> = {
      x: 'input',
      ids: 'input',
      W: 'base.weight',
      E: 'base.weight',
      bias: 'base.bias',
      ...own,
    };
    const inputs = Object.fromEntries(
      program.inputs.map((i) => {
        const t = tensors[goldenName[i.name]!]!;
        return [i.name, i.type.dtype === 'i32' ? integers(t) : t];
      }),
    );
    const dims = golden.method === 'road' ? { g: golden.config.group_size as number } : {};
    const shapes = Object.fromEntries(Object.entries(inputs).map(([n, t]) => [n, t.shape]));
    const session = await compile(program, { shapes, dims, device: await device() });
    const results = await (await session.gradients(inputs, { y: tensors.grad_output! })).readAll();
    const expected: Record<string, HostTensor> = { y: tensors.output! };
    if (tensors.grad_input) expected['grad.x'] = tensors.grad_input;
    for (const [n, golden] of Object.entries(own)) {
      const gradient = tensors[golden.replace('param.', 'grad.')];
      if (golden.startsWith('param.') && gradient) expected[`grad.${n}`] = gradient;
    }
    for (const [tensor, e] of Object.entries(expected)) {
      expect(results[tensor]!.shape, tensor).toEqual(e.shape);
      expect(relativeError(results[tensor]!.data, e.data), tensor).toBeLessThan(tolerance);
    }
    await session.dispose();
  });
});
