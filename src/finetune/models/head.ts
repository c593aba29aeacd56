/**
 * The layers after a decoder's blocks: the last norm, the logits of the vocabulary and their cross-entropy. If a
 * device cannot hold the vocabulary whole, they run on pieces of it.
 */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { OUTPUT_LAYER } from '../../formats/config/names.ts';
import {
  concat,
  exp,
  frozen,
  input,
  layer,
  logSumExp,
  type Param,
  pick,
  sum,
  type Tensor,
  tanh,
} from '../../language/dsl/index.ts';
import { type Adapted, applyAdapter, prefixed } from './adapted.ts';
import { embeddingPath, HEAD, ROOT } from './linear-layers.ts';
import { familyOf, logitsBiasOf } from './registry.ts';

const normTensors = (c: ModelShape): Record<string, Param> => ({
  x: input('tokens', c.hiddenSize),
  ...(hasNorm(c) ? { norm: frozen(c.hiddenSize, { stored: 'norm.weight' }) } : {}),
});
/** The bias of the logits, or of those of a piece of the vocabulary, of a family that has one. */
const biasTensors = (c: ModelShape, rows: number): Record<string, Param> => {
  const stored = logitsBiasOf(c);
  return stored === undefined ? {} : { bias: frozen(1, rows, { stored }) };
};
const headTensors = (c: ModelShape, adapter: Adapted | undefined): Record<string, Param> => ({
  ...normTensors(c),
  W: frozen(c.vocabSize, c.hiddenSize, {
    stored: c.tiedEmbeddings ? `${embeddingPath(c).slice(ROOT.length + 1)}.weight` : `${OUTPUT_LAYER}.weight`,
  }),
  ...biasTensors(c, c.vocabSize),
  ...(adapter ? prefixed(HEAD, OUTPUT_LAYER, adapter) : {}),
});
/** Whether a norm stands before the head. */
export const hasNorm = (c: ModelShape): boolean => familyOf(c).endsWithNorm ?? true;

const normed = (x: Tensor, weight: Tensor | undefined, c: ModelShape): Tensor =>
  weight ? familyOf(c).norm(x, weight, c) : x;

/** The logits with their bias and their soft cap. */
const capped = (z: Tensor, { logitCap: cap }: ModelShape, bias?: Tensor): Tensor => {
  const all = bias ? z.add(bias) : z;
  return cap === undefined ? all : tanh(all.div(cap)).mul(cap);
};

export const lastNorm = (c: ModelShape) =>
  layer(normTensors(c), ({ x, norm }) => normed(x!, norm, c), { name: 'lastNorm' });

function scores(all: Readonly<Record<string, Tensor>>, c: ModelShape, adapter: Adapted | undefined): Tensor {
  const [x, W] = [normed(all.x!, all.norm, c), all.W!];
  return capped(
    adapter ? applyAdapter(adapter, HEAD, { x, W, bias: undefined }, all) : x.matmul(W.T),
    c,
    all.bias,
  );
}

/** The head without a loss; `adapter` replaces its linear layer. */
export const logits = (c: ModelShape, adapter?: Adapted) =>
  layer(headTensors(c, adapter), (tensors) => scores(tensors, c, adapter), { name: 'logits' });

/**
 * The cross-entropy Σ over tokens of weight · (log Σ exp z − z[label]). For a mean, each token that counts has weight
 * 1/their number, and the others 0.
 */
export const crossEntropy = layer(
  {
    z: input('tokens', 'vocabulary'),
    label: input('tokens', { dtype: 'i32' }),
    weight: frozen('tokens', 1),
  },
  ({ z, label, weight }): Tensor => sum(logSumExp(z).sub(pick(z, label)).mul(weight), [0, 1]),
  { name: 'crossEntropy' },
);

/** The head and its loss. */
export const loss = (c: ModelShape, adapter?: Adapted) =>
  layer(
    {
      ...headTensors(c, adapter),
      label: input('tokens', { dtype: 'i32' }),
      weight: frozen('tokens', 1),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      const z = scores(all, c, adapter);
      return { loss: crossEntropy({ z, label: all.label!, weight: all.weight! }) };
    },
    { name: 'loss' },
  );

/**
 * Tensors of a piece: rows of the head's weight, labels counted from the first row, and `inside`, which is 0 for labels
 * outside the piece.
 */
const pieceTensors = (c: ModelShape, rows: number): Record<string, Param> => ({
  h: input('tokens', c.hiddenSize),
  W: frozen(rows, c.hiddenSize),
  ...biasTensors(c, rows),
  label: input('tokens', { dtype: 'i32' }),
  inside: frozen('tokens', 1),
});

export const pieceLogits = (c: ModelShape, rows: number) =>
  layer(
    { h: input('tokens', c.hiddenSize), W: frozen(rows, c.hiddenSize), ...biasTensors(c, rows) } as Record<
      string,
      Param
    >,
    ({ h, W, bias }) => capped(h!.matmul(W!.T), c, bias),
    {
      name: 'pieceLogits',
    },
  );

/** The results of a piece of the vocabulary: log Σ exp z, and z[label], which is 0 for a label outside the piece. */
export const piece = (c: ModelShape, rows: number) =>
  layer(
    pieceTensors(c, rows),
    ({ h, W, label, inside, bias }) => {
      const z = capped(h!.matmul(W!.T), c, bias);
      return { lse: logSumExp(z), picked: pick(z, label!).mul(inside!) };
    },
    { name: 'piece' },
  );

/** Combines the results of two pieces. */
export const joined = layer(
  {
    a: frozen('tokens', 1),
    b: frozen('tokens', 1),
    pickedA: frozen('tokens', 1),
    pickedB: frozen('tokens', 1),
  },
  ({ a, b, pickedA, pickedB }) => ({
    lse: logSumExp(concat([a, b], 1)),
    picked: pickedA.add(pickedB),
  }),
  { name: 'joined' },
);

export const total = layer(
  { lse: frozen('tokens', 1), picked: frozen('tokens', 1), weight: frozen('tokens', 1) },
  ({ lse, picked, weight }) => ({ loss: sum(lse.sub(picked).mul(weight), [0, 1]) }),
  { name: 'total' },
);

/**
 * A function of the piece's logits z that has the same gradient as the loss: Σ weight·(Σᵥ exp(zᵥ − lse) − z[label]).
 * Here lse is that of the whole vocabulary and a constant, because ∂lse/∂zᵥ = exp(zᵥ − lse).
 */
export const pieceSlope = (c: ModelShape, rows: number) =>
  layer(
    {
      ...pieceTensors(c, rows),
      lse: frozen('tokens', 1),
      weight: frozen('tokens', 1),
    } as Record<string, Param>,
    ({ h, W, label, inside, lse, weight, bias }) => {
      const z = capped(h!.matmul(W!.T), c, bias);
      const shares = sum(exp(z.sub(lse!)), -1);
      return { slope: sum(shares.sub(pick(z, label!).mul(inside!)).mul(weight!), [0, 1]) };
    },
    { name: 'pieceSlope' },
  );

export const added = layer({ a: frozen('tokens', 'n'), b: frozen('tokens', 'n') }, ({ a, b }) => a.add(b), {
  name: 'added',
});
