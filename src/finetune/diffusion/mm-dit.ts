/**
 * The MM-DiT block of Stable Diffusion 3 and 3.5 (Esser et al., arXiv 2403.03206): image tokens and context tokens have
 * weights of their own and attend to one another jointly. A conditioning vector shifts, scales and gates both streams.
 * Tensors have diffusers' names and shapes, in which `tokens` counts samples.
 */
import {
  attention,
  concat,
  frozen,
  input,
  layer,
  type Param,
  silu,
  sqrt,
  sum,
  type Tensor,
  trainable,
} from '../../language/dsl/index.ts';
import { applyLinear, linearTensors, type ModuleAdapters, nameOf } from '../by-module.ts';
import { ofRows } from '../models/adapted.ts';
import { geluTanh } from '../models/parts.ts';
import { innerWidth, type MmDitShape, mmDitLinear, mmDitNorms } from './linear-layers.ts';

/** The ε of all norms. */
const EPSILON = 1e-6;

export interface MmDitOptions {
  readonly adapters?: ModuleAdapters;
  /** Whether the block's own weights are trained. */
  readonly trained?: boolean;
}

type Tensors = Readonly<Record<string, Tensor>>;

/** The stream that a module's input belongs to. The conditioning vector is one row for each sample. */
type Stream = 'image' | 'context' | 'sample';

function streamOf(module: string): Stream {
  if (module.startsWith('norm1')) return 'sample';
  return /^attn\.(add|to_add)|^ff_context/.test(module) ? 'context' : 'image';
}

const countOf = (c: MmDitShape, stream: Stream): number =>
  ({ image: c.imageTokens, context: c.contextTokens, sample: 1 })[stream];

/** The number of rows of a stream in all samples, as a dimension. */
const rowsOf = (c: MmDitShape, stream: Stream): string =>
  stream === 'sample' ? 'tokens' : `tokens*${countOf(c, stream)}`;

function weightsOf(c: MmDitShape, { adapters, trained }: MmDitOptions): Record<string, Param> {
  const norms = mmDitNorms(c).map((module): [string, Param] => [
    nameOf(module),
    (trained ? trainable : frozen)(innerWidth(c) / c.heads, { stored: `${module}.weight` }),
  ]);
  const linear = linearTensors(mmDitLinear(c), adapters, trained ? 'trainable' : 'frozen');
  return { ...linear, ...Object.fromEntries(norms) };
}

/** x divided by its deviation along the last axis, after its mean is subtracted. */
function standardised(x: Tensor, width: number): Tensor {
  const centred = x.sub(sum(x, -1).div(width));
  return centred.div(sqrt(sum(centred.mul(centred), -1).div(width).add(EPSILON)));
}

/** The operations of a block on its tensors. */
class MmDitTools {
  readonly #c: MmDitShape;
  readonly #adapters: ModuleAdapters;
  readonly #all: Tensors;

  constructor(c: MmDitShape, adapters: ModuleAdapters, all: Tensors) {
    this.#c = c;
    this.#all = all;
    this.#adapters = Object.fromEntries(
      Object.entries(adapters).map(([m, adapted]) => [m, ofRows(adapted, rowsOf(c, streamOf(m)))]),
    );
  }

  /** The result of a linear layer on rows, or of the adapter that replaces it. */
  linear(module: string, x: Tensor): Tensor {
    return applyLinear(module, x, this.#all, this.#adapters[module]);
  }

  /** The vectors (tokens, 1, width) that an adaptive norm computes of the conditioning vector, in their order. */
  conditioned(module: string, names: readonly string[]): Tensors {
    const { width } = this.#c;
    const all = this.linear(module, silu(this.#all.conditioning!));
    return Object.fromEntries(
      names.map((name, n) => [name, all.slice(1, n * width, width).reshape('tokens', 1, width)]),
    );
  }

  /** A stream's norm, shifted and scaled. */
  modulated(x: Tensor, { shift, scale }: { readonly shift: Tensor; readonly scale: Tensor }): Tensor {
    return standardised(x, this.#c.width).mul(scale.add(1)).add(shift);
  }

  /** The rows (all tokens, width) of a stream. */
  rows(x: Tensor, stream: Stream): Tensor {
    return x.reshape(rowsOf(this.#c, stream), this.#c.width);
  }

  /** A stream (tokens, its tokens, width) of its rows. */
  perSample(rows: Tensor, stream: Stream): Tensor {
    return rows.reshape('tokens', countOf(this.#c, stream), this.#c.width);
  }

  /** Heads (tokens, its tokens, heads, channels) of a projection, after the norm of queries or keys if there is one. */
  heads(module: string, x: Tensor, norm?: string): Tensor {
    const { heads } = this.#c;
    const inner = innerWidth(this.#c);
    const stream = streamOf(module);
    const all = this.linear(module, x).reshape('tokens', countOf(this.#c, stream), heads, inner / heads);
    const weight = norm && this.#all[nameOf(norm)];
    if (!weight) return all;
    return all
      .div(
        sqrt(
          sum(all.mul(all), -1)
            .div(inner / heads)
            .add(EPSILON),
        ),
      )
      .mul(weight);
  }

  /** Attention of each sample's queries to its keys, all (tokens, …, heads, channels). Returns (tokens, …, inner). */
  attend(query: readonly Tensor[], key: readonly Tensor[], value: readonly Tensor[], seen: Tensor): Tensor {
    const { heads, imageTokens: n, contextTokens: m } = this.#c;
    const inner = innerWidth(this.#c);
    const joined = (parts: readonly Tensor[]): Tensor => {
      const [only] = parts;
      const count = parts.length === 1 ? n : n + m;
      const all: Tensor = parts.length === 1 ? only! : concat([...parts], 1);
      return all.reshape(`tokens*${count}`, heads, inner / heads);
    };
    const rows = query.length === 1 ? n : n + m;
    const y = attention(joined(query), joined(key), joined(value), seen.reshape(`tokens*${rows}`, 2));
    return y.reshape('tokens', rows, inner);
  }

  mlp(module: string, x: Tensor): Tensor {
    return this.linear(`${module}.net.2`, geluTanh(this.linear(`${module}.net.0.proj`, x)));
  }
}

const GATED = ['shift', 'scale', 'gate', 'mlpShift', 'mlpScale', 'mlpGate'];
const DUAL = [...GATED, 'dualShift', 'dualScale', 'dualGate'];
/** AdaLayerNormContinuous has the scale first. */
const UNGATED = ['scale', 'shift'];

/** A stream after attention and MLP, from its input and its rows of the attention's result. */
function finished(
  b: MmDitTools,
  x: Tensor,
  mixed: Tensor,
  of: { readonly stream: Stream; readonly vectors: Tensors; readonly out: string; readonly mlp: string },
  beside?: Tensor,
): Tensor {
  const { stream, vectors: v } = of;
  const attended = x.add(b.perSample(b.linear(of.out, mixed), stream).mul(v.gate!));
  const h = beside ? attended.add(beside) : attended;
  const normed = b.modulated(h, { shift: v.mlpShift!, scale: v.mlpScale! });
  return h.add(b.perSample(b.mlp(of.mlp, b.rows(normed, stream)), stream).mul(v.mlpGate!));
}

/** The gated attention of image tokens to themselves alone. */
function dualAttention(b: MmDitTools, c: MmDitShape, image: Tensor, v: Tensors, seen: Tensor): Tensor {
  const x = b.rows(b.modulated(image, { shift: v.dualShift!, scale: v.dualScale! }), 'image');
  const query = b.heads('attn2.to_q', x, 'attn2.norm_q');
  const key = b.heads('attn2.to_k', x, 'attn2.norm_k');
  const mixed = b.attend([query], [key], [b.heads('attn2.to_v', x)], seen);
  const rows = mixed.reshape(rowsOf(c, 'image'), innerWidth(c));
  return b.perSample(b.linear('attn2.to_out.0', rows), 'image').mul(v.dualGate!);
}

function body(c: MmDitShape, b: MmDitTools, all: Tensors): Record<string, Tensor> {
  const { imageTokens: n, last } = c;
  const [image, context, seen] = [all.image!, all.context!, all.seen!];
  const ofImage = b.conditioned('norm1.linear', c.dual ? DUAL : GATED);
  const ofContext = b.conditioned('norm1_context.linear', last ? UNGATED : GATED);
  const normed = (x: Tensor, v: Tensors, stream: Stream) =>
    b.rows(b.modulated(x, { shift: v.shift!, scale: v.scale! }), stream);
  const x = normed(image, ofImage, 'image');
  const y = normed(context, ofContext, 'context');

  const query = b.heads('attn.to_q', x, 'attn.norm_q');
  const queries = last ? [query] : [query, b.heads('attn.add_q_proj', y, 'attn.norm_added_q')];
  const keys = [b.heads('attn.to_k', x, 'attn.norm_k'), b.heads('attn.add_k_proj', y, 'attn.norm_added_k')];
  const mixed = b.attend(queries, keys, [b.heads('attn.to_v', x), b.heads('attn.add_v_proj', y)], seen);
  const part = (stream: Stream, first: number) =>
    mixed.slice(1, first, countOf(c, stream)).reshape(rowsOf(c, stream), innerWidth(c));

  const beside = c.dual ? dualAttention(b, c, image, ofImage, all.seenByImage!) : undefined;
  const imageEnd = { stream: 'image', vectors: ofImage, out: 'attn.to_out.0', mlp: 'ff' } as const;
  const nextImage = finished(b, image, part('image', 0), imageEnd, beside);
  if (last) return { nextImage };
  const contextEnd = {
    stream: 'context',
    vectors: ofContext,
    out: 'attn.to_add_out',
    mlp: 'ff_context',
  } as const;
  return { nextImage, nextContext: finished(b, context, part('context', n), contextEnd) };
}

/**
 * A block, with adapters on the modules that they name. Each sample has its image tokens, its context tokens and a
 * conditioning vector. `seen` has the range of keys of each query, which `jointRanges` makes; so does `seenByImage` for
 * a dual block. The results are `nextImage`, and `nextContext` unless the block is the last.
 */
export const mmDitBlock = (c: MmDitShape, options: MmDitOptions = {}) => {
  const { imageTokens: n, contextTokens: m, width } = c;
  return layer(
    {
      image: input('tokens', n, width),
      context: input('tokens', m, width),
      conditioning: input('tokens', width),
      seen: input('tokens', c.last ? n : n + m, 2, { dtype: 'i32' }),
      ...(c.dual ? { seenByImage: input('tokens', n, 2, { dtype: 'i32' }) } : {}),
      ...weightsOf(c, options),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      return body(c, new MmDitTools(c, options.adapters ?? {}, all), all);
    },
    { name: 'mmDitBlock', source: 'https://arxiv.org/abs/2403.03206' },
  );
};

/** The inputs `seen` and, for a dual block, `seenByImage` of a number of samples: each query sees its own sample's keys. */
export function jointRanges(c: MmDitShape, samples: number): Record<string, Int32Array> {
  const { imageTokens: n, contextTokens: m } = c;
  const ranges = (queries: number, keys: number) =>
    Int32Array.from({ length: samples * queries * 2 }, (_, i) => {
      const first = Math.floor(i / (2 * queries)) * keys;
      return i % 2 === 0 ? first : first + keys - 1;
    });
  return {
    seen: ranges(c.last ? n : n + m, n + m),
    ...(c.dual ? { seenByImage: ranges(n, n) } : {}),
  };
}
