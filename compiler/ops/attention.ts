/**
 * Causal attention of packed sequences, and the operators of its gradient. Nothing of the size of tokens × tokens is
 * ever stored: probabilities are recomputed from lse = log Σ exp s, one number for each query and head (Dao,
 * FlashAttention-2, arXiv 2307.08691). Keys may have rows of their own: generation keeps the keys of earlier tokens.
 * Each token then names the range of keys that it sees.
 */
import { constantOf, type Dim, dimConst, printDim } from '../dims/dims.ts';
import { fromNumber, type Rational, toNumber } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Attrs, Node, OpNode, TensorType } from '../ir/node.ts';
import { type Lowering, type Operator, register } from '../ir/operator.ts';
import type { AttentionPart, AttentionPrim } from '../primitives/prim.ts';
import { number, options, type SurfaceArg, tensor } from './arguments.ts';
import { reshape } from './indexing.ts';
import { scaled } from './nodes.ts';
import { slice } from './parts.ts';

const NAMES: Readonly<Record<AttentionPart, string>> = {
  lse: 'attentionLse',
  output: 'attention',
  query: 'attentionQuery',
  keyValue: 'attentionKeyValue',
};

const OPTIONS = ['scale', 'softCap'] as const;

/** The scale of the scores, 1/√d unless given. Only lowering needs it, when widths are known. */
const scaleOf = ({ attrs, args }: OpNode): Rational =>
  (attrs.scale as Rational | undefined) ?? fromNumber(1 / Math.sqrt(constantOf(args[0]!.type.shape[2]!)!));

/** Checks the arguments' ranks (OFT2003), dtypes (OFT2005) and sizes (OFT2002). */
function check(
  [q, k, start, v]: readonly TensorType[],
  what: string,
): { q: readonly Dim[]; k: readonly Dim[] } {
  for (const [name, t] of Object.entries({ q, k, ...(v ? { v } : {}) })) {
    if (t!.shape.length !== 3)
      throw new OftcError(
        'OFT2003',
        `${what}: ${name} is (tokens, heads, channels), not ${printShape(t!.shape)}: reshape it to its heads`,
      );
    if (t!.dtype !== 'f32')
      throw new OftcError('OFT2005', `${what} computes in f32, but ${name} is ${t!.dtype}`);
  }
  if (start!.dtype !== 'i32')
    throw new OftcError(
      'OFT2005',
      `${what}: start is the index of the first token of each token's sequence (dtype 'i32'), not ${start!.dtype}`,
    );
  const [tokens, heads, width] = q!.shape as [Dim, Dim, Dim];
  const [keys, keyHeads] = k!.shape as [Dim, Dim];
  const ranged = sameShape(start!.shape, [tokens, dimConst(2)]);
  const wrong = !sameShape(k!.shape, [ranged ? keys : tokens, keyHeads, width])
    ? `k is ${printShape(k!.shape)} beside q ${printShape(q!.shape)}: ${ranged ? '' : 'tokens and '}channels agree`
    : v && !sameShape(v.shape, k!.shape)
      ? `v is ${printShape(v.shape)} beside k ${printShape(k!.shape)}: they have one shape`
      : !ranged && !sameShape(start!.shape, [tokens])
        ? `start is ${printShape(start!.shape)}: one for each of the tokens, (${printDim(tokens)}), or the first and last key that each sees, (${printDim(tokens)}, 2)`
        : counts(heads, keyHeads, width);
  if (wrong !== undefined) throw new OftcError('OFT2002', `${what}: ${wrong}`);
  return { q: q!.shape, k: k!.shape };
}

/** The fault in the numbers of heads and channels, as far as these are known. */
function counts(...sizes: readonly [heads: Dim, keyHeads: Dim, width: Dim]): string | undefined {
  const [h, n, d] = sizes.map(constantOf);
  if (h === 0 || d === 0) return `${h === 0 ? 'heads' : 'channels'} are 0: scores need at least one`;
  return h === undefined || n === undefined || h % n === 0
    ? undefined
    : `${h} heads cannot share ${n} key heads evenly`;
}

/** Checks that lse, g and D of a gradient fit q. */
function checkGradient(args: readonly TensorType[], what: string) {
  const shapes = check(args, what);
  const perHead = shapes.q.slice(0, 2);
  const wanted = [perHead, shapes.q, perHead];
  for (const [n, t] of args.slice(4).entries()) {
    if (!sameShape(t.shape, wanted[n]!) || t.dtype !== 'f32')
      throw new OftcError(
        'OFT2002',
        `${what}: ${printShape(t.shape)} where ${printShape(wanted[n]!)} is needed`,
      );
  }
  return shapes;
}

const attentionPart = (
  part: AttentionPart,
  count: number,
  law: string,
  type: Operator['type'],
  vjp: Operator['vjp'],
  args: (node: OpNode) => readonly Node[] = (node) => node.args,
  more: Pick<Operator, 'print' | 'elsewhere'> = {},
) =>
  register({
    name: NAMES[part],
    takes: { args: count, optional: { scale: 'rational', softCap: 'rational' } },
    law,
    type: (args, attrs) => {
      const cap = attrs.softCap === undefined ? undefined : toNumber(attrs.softCap as Rational);
      if (cap !== undefined && !(cap > 0))
        throw new OftcError('OFT2010', `attention: softCap must be a number above 0, got ${cap}`);
      return type(args, attrs);
    },
    vjp,
    lower: (node: OpNode, ctx: Lowering): AttentionPrim => ({
      kind: 'attention',
      part,
      scale: scaleOf(node),
      ...(node.attrs.softCap === undefined ? {} : { softCap: node.attrs.softCap as Rational }),
      shape: node.type.shape,
      dtype: 'f32',
      args: args(node).map((a) => ctx.lower(a)),
      spans: node.spans,
      label: NAMES[part],
    }),
    ...more,
  });

const lse = (q: Node, k: Node, start: Node, attrs: Attrs): Node => apply(NAMES.lse, [q, k, start], attrs);

/** The gradients of k and of v, cut from one tensor (keys, 2, heads of k, channels). */
function keyAndValue(args: readonly Node[], attrs: Attrs): [Node, Node] {
  const both = apply(NAMES.keyValue, args, attrs);
  const of = (n: number) => reshape(slice(both, 1, dimConst(n), dimConst(1)), args[1]!.type.shape);
  return [of(0), of(1)];
}

attentionPart(
  'output',
  4,
  'Σ_j softmax_j(s_ij) v_j over start[i] ≤ j ≤ i, or i’s own range, per head; s_ij = scale·⟨q_i, k_j⟩, or cap·tanh(scale·⟨q_i, k_j⟩/cap)',
  (args) => ({ shape: check(args, 'attention').q, dtype: 'f32' }),
  // With D = ⟨g, o⟩ and ds_ij = p_ij(⟨g_i, v_j⟩ − D_i): gq = scale·ds·k, gk = scale·dsᵀ·q, gv = pᵀ·g. With a soft cap,
  // ds_ij has the factor 1 − (s_ij/cap)² of tanh.
  (node, g) => {
    const [q, k, start, v] = node.args as [Node, Node, Node, Node];
    const perHead = q.type.shape.slice(0, 2);
    const inner = reshape(apply('sum', [apply('mul', [g, node])], { axes: [2] }), perHead);
    const all = [q, k, start, v, lse(q, k, start, node.attrs), g, inner];
    const [gk, gv] = keyAndValue(all, node.attrs);
    return [apply(NAMES.query, all, node.attrs), gk, undefined, gv];
  },
  ({ args, attrs }) => [...args, lse(args[0]!, args[1]!, args[2]!, attrs)],
  {
    print: ({ args, attrs }, p) => {
      const [q, k, start, v] = args.map(p.text) as [string, string, string, string];
      const given = OPTIONS.filter((name) => attrs[name] !== undefined);
      const options = given.map((name) => `${name}: ${p.number(attrs[name] as Rational)}`);
      return p.call('attention', [
        q,
        k,
        v,
        start,
        ...(given.length > 0 ? [`{ ${options.join(', ')} }`] : []),
      ]);
    },
    elsewhere: { scaleddotproductattention: 'attention' },
  },
);

attentionPart(
  'lse',
  3,
  'log Σ_j exp(s_ij) over start[i] ≤ j ≤ i, or i’s own range, per head',
  (args) => ({ shape: check(args, NAMES.lse).q.slice(0, 2), dtype: 'f32' }),
  // The cotangent of s_ij is p_ij·g_i: that of an attention whose result has the cotangent 0, and whose D_i is −g_i.
  (node, g) => {
    const [q, k, start] = node.args as [Node, Node, Node];
    const all = [q, k, start, k, node, scaled(0, q), scaled(-1, g)];
    return [apply(NAMES.query, all, node.attrs), keyAndValue(all, node.attrs)[0], undefined];
  },
);

const once: Operator['vjp'] = ({ op, spans }) => {
  throw new OftcError('OFT9021', `'${op}' is a gradient itself and has none`, spans);
};

attentionPart(
  'query',
  7,
  'scale·Σ_j ds_ij k_j, ds_ij = p_ij (⟨g_i, v_j⟩ − D_i)(1 − (s_ij/cap)²): the gradient of attention by q',
  (args) => ({ shape: checkGradient(args, NAMES.query).q, dtype: 'f32' }),
  once,
);

attentionPart(
  'keyValue',
  7,
  'scale·Σ_i ds_ij q_i and Σ_i p_ij g_i: the gradients of attention by k and v',
  (args) => {
    const [keys, keyHeads, width] = checkGradient(args, NAMES.keyValue).k as [Dim, Dim, Dim];
    return { shape: [keys, dimConst(2), keyHeads, width], dtype: 'f32' };
  },
  once,
);

export const functions = {
  attention: (q: SurfaceArg, k: SurfaceArg, v: SurfaceArg, start: SurfaceArg, given?: SurfaceArg) => {
    const all = Object.entries(options(given, 'attention', OPTIONS)).filter(
      ([, value]) => value !== undefined,
    );
    const attrs = all.map(([name, value]) => {
      if (typeof value !== 'number')
        throw new OftcError('OFT1022', `attention: ${name} is a number, not ${typeof value}`);
      return [name, number(value, 'attention')];
    });
    const args = [q, k, start, v].map((a) => tensor(a, 'attention'));
    return apply('attention', args, Object.fromEntries(attrs));
  },
};
