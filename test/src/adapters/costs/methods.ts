/** Every method of the library, with the configuration and sizes for which docs/costs.md states its costs. */
import type { Binding } from '../../../../compiler/dims/dims.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { boft } from '../../../../src/adapters/boft.ts';
import { c3a } from '../../../../src/adapters/c3a.ts';
import { deft } from '../../../../src/adapters/deft.ts';
import { delora } from '../../../../src/adapters/delora.ts';
import { diagOft } from '../../../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../../../src/adapters/ether.ts';
import { fourierft } from '../../../../src/adapters/fourierft.ts';
import { frod } from '../../../../src/adapters/frod.ts';
import { goft } from '../../../../src/adapters/goft.ts';
import { gralora } from '../../../../src/adapters/gralora.ts';
import { gsoft } from '../../../../src/adapters/gsoft.ts';
import { hira } from '../../../../src/adapters/hira.ts';
import { hoft, shoft } from '../../../../src/adapters/hoft.ts';
import { hra } from '../../../../src/adapters/hra.ts';
import { ia3 } from '../../../../src/adapters/ia3.ts';
import { loft } from '../../../../src/adapters/loft.ts';
import { loha } from '../../../../src/adapters/loha.ts';
import { lokr } from '../../../../src/adapters/lokr.ts';
import { dora, lora } from '../../../../src/adapters/lora.ts';
import { lycorisBoft } from '../../../../src/adapters/lycoris-boft.ts';
import { miss } from '../../../../src/adapters/miss.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { oftConv } from '../../../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../../../src/adapters/oft-embedding.ts';
import { osf } from '../../../../src/adapters/osf.ts';
import { poet } from '../../../../src/adapters/poet.ts';
import { psoft } from '../../../../src/adapters/psoft.ts';
import { randlora } from '../../../../src/adapters/randlora.ts';
import { road } from '../../../../src/adapters/road.ts';
import { scaledOft } from '../../../../src/adapters/scaled-oft.ts';
import { shira } from '../../../../src/adapters/shira.ts';
import { ssvd } from '../../../../src/adapters/ssvd.ts';
import { svft } from '../../../../src/adapters/svft.ts';
import { vera } from '../../../../src/adapters/vera.ts';
import { waveft } from '../../../../src/adapters/waveft.ts';
import type { Traceable } from '../../../../src/language/load.ts';

/** The size of a frozen layer, whose weight is `out`×`in`. */
export interface LayerSize {
  readonly in: number;
  readonly out: number;
}

export interface Method {
  readonly name: string;
  program(size: LayerSize): Program;
  dims(size: LayerSize): Binding;
  /** The number of rows of the matrix that is multiplied by W. `columns` is the number of its columns. */
  rows(tokens: number): number;
  columns(size: LayerSize): number;
}

/**
 * b is the block size, `ether` a number of blocks, `group` RoAd's group size, and `parts` are those that LoKr cuts each
 * side into; the others are ranks.
 */
export const SIZES = {
  b: 32,
  reflections: 8,
  psoft: 32,
  loft: 32,
  lora: 16,
  ether: 32,
  group: 64,
  miss: 64,
  mini: 128,
  gralora: 2,
  ssvd: 64,
  c3a: 256,
  ...{ loha: 8, lokr: 8, parts: 32, hira: 32, vera: 128, randlora: 32, deft: 32 },
  ...{ waves: 1000, wave: 2592 },
} as const;
/** The images of the convolution: a 3×3 kernel of stride 1 and padding 1 has one patch for each pixel. */
export const IMAGE = { height: 8, width: 8, kernel: 3 } as const;
export const PATCHES = IMAGE.height * IMAGE.width;

function method(
  name: string,
  layer: Traceable,
  config: object,
  extra: Binding,
  more: Partial<Method> = {},
): Method {
  const program = layer.trace(config);
  return {
    name,
    program: () => program,
    dims: (size) => ({ ...size, ...extra }),
    rows: (tokens) => tokens,
    columns: (size) => size.in,
    ...more,
  };
}

const { b, reflections, psoft: r, lora: rank, ether: k, group: g } = SIZES;

/** The columns of a patch: about `in`, and a multiple of the kernel's area and of the block size. */
const convColumns = (size: LayerSize): number => Math.round(size.in / (9 * b)) * 9 * b;

export const METHODS: readonly Method[] = [
  method('oft', oft, {}, { b }),
  method('oft exact', oft, { cayley: 'exact' }, { b }),
  method('oft shared', oft, { share: true }, { b }),
  method('oft constrained', oft, { coft: true }, { b }),
  method('oft of two adapters', oft, { adapters: 2 }, { b }),
  method('scaled-oft', scaledOft, {}, { b }),
  method('diag-oft', diagOft, {}, { b }),
  method('diag-oft rescaled', diagOft, { rescale: true }, { b }),
  method('boft m=1', boft, { factors: 1 }, { b }),
  method('boft m=2', boft, { factors: 2 }, { b }),
  method('boft m=4', boft, { factors: 4 }, { b }),
  method('lycoris-boft m=2', lycorisBoft, { factors: 2 }, { b }),
  method('hra', hra, {}, { r: reflections }),
  method('hra gs', hra, { gs: true }, { r: reflections }),
  method('road 1', road, { variant: 1 }, { g }),
  method('road 2', road, { variant: 2 }, { g }),
  method('road 4', road, { variant: 4 }, { g }),
  method('psoft exact', psoft, { cayley: 'exact' }, { r }),
  method('psoft neumann', psoft, { cayley: 'neumann' }, { r }),
  method('gsoft cayley', gsoft, { method: 'cayley' }, { b }),
  method('gsoft exp', gsoft, { method: 'exp' }, { b }),
  method(
    'goft',
    goft,
    {},
    {},
    {
      program: (size) => goft.trace({ levels: Math.log2(size.in) }),
      dims: ({ out }) => ({ out }),
    },
  ),
  method('ether', ether, {}, { k }),
  method('ether+', etherPlus, {}, { k }),
  method('poet', poet, { permuted: true }, { a: b, b }),
  method('hoft', hoft, {}, { r: reflections }),
  method('shoft', shoft, {}, { r: reflections }),
  method('loft', loft, {}, { r: SIZES.loft }),
  method(
    'oft-conv',
    oftConv,
    IMAGE,
    {},
    {
      dims: (size) => ({ r: convColumns(size) / b, b, out: size.out }),
      rows: (tokens) => tokens * PATCHES,
      columns: convColumns,
    },
  ),
  method('oft-embedding', oftEmbedding, {}, {}, { dims: (size) => ({ vocabulary: 32_000, d: size.in, b }) }),
  method('gralora', gralora, { blocks: SIZES.gralora }, { r: rank }),
  method('svft', svft, {}, {}, { dims: (size) => ({ ...size, k: Math.min(size.in, size.out) }) }),
  method('ssvd', ssvd, {}, { k: SIZES.ssvd }),
  method('c3a', c3a, {}, { b: SIZES.c3a }),
  method('miss', miss, {}, { r: SIZES.miss }),
  method('miss mini', miss, { shard: 'mini' }, { r: SIZES.miss, h: SIZES.mini }),
  method('miss bat', miss, { shard: 'bat' }, { r: SIZES.miss }),
  method('lora', lora, {}, { r: rank }),
  method('dora', dora, {}, { r: rank }),
  method('ia3', ia3, {}, {}),
  method('ia3 of inputs', ia3, { feedforward: true }, {}),
  method('loha', loha, {}, { r: SIZES.loha }),
  method('lokr', lokr, {}, { l: SIZES.parts, m: SIZES.parts, r: SIZES.lokr }),
  method('hira', hira, {}, { r: SIZES.hira }),
  method('delora', delora, {}, { r: rank }),
  method('vera', vera, {}, { r: SIZES.vera }),
  method('shira', shira, {}, { r: rank }),
  method('frod', frod, {}, {}, { dims: (size) => ({ ...size, k: Math.round(size.in ** 2 / 100) }) }),
  method('fourierft', fourierft, {}, { n: SIZES.waves }),
  method('waveft', waveft, {}, { n: SIZES.wave }),
  method('randlora', randlora, {}, { r: SIZES.randlora }),
  method('osf', osf, {}, {}, { dims: (size) => ({ ...size, k: size.in / 2 }) }),
  method('deft', deft, {}, { r: SIZES.deft }),
];
