/** einsum: the operators that express an equation, and the programs derived from it. */
import { describe, expect, it } from 'vitest';
import { parseDim } from '../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { input, sameExpression } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { functions, methods, properties } from '../../compiler/ops/surface.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import {
  blockDiag,
  cayleyNeumann,
  input as declared,
  einsum,
  frozen,
  layer,
  list,
  skew,
  type Tensor,
  trainable,
} from '../../src/language/dsl/index.ts';
import { printLayer } from '../../src/language/print-layer.ts';
import { always, printed } from './forms.ts';

const tensor = (name: string, shape: string): Node =>
  input(name, 'trainable', { shape: shape === '' ? [] : shape.split(' ').map(parseDim), dtype: 'f32' });
/** The expression of an equation, with operands A, B, C, … of the given shapes. */
const said = (equation: string, ...shapes: readonly string[]): Node =>
  functions.einsum(equation, ...shapes.map((s, i) => tensor('ABCD'[i] ?? `T${i}`, s)));

const FORMS: readonly (readonly [equation: string, shapes: readonly string[], text: string])[] = [
  ['ti,oi->to', ['tokens in', 'out in'], 'A·Bᵀ'],
  ['oi,ti->to', ['out in', 'tokens in'], 'B·Aᵀ'],
  ['ti, oi', ['tokens in', 'out in'], 'B·Aᵀ'],
  ['ij,jk,kl->il', ['a b', 'b c', 'c d'], '(A·B)·C'],
  ['ij,kl,jk->il', ['a b', 'c d', 'b c'], '(A·C)·B'],
  ['o,or,ri,ti->to', ['out', 'out r', 'r in', 'tokens in'], 'D·((B ⊙ reshape(A, shape: [out,1]))·C)ᵀ'],
  ['bij,bjk->bik', ['n a b', 'n b c'], 'A·B'],
  ['...i,oi->...o', ['batch tokens in', 'out in'], 'A·Bᵀ'],
  ['...,...->...', ['batch tokens', 'tokens'], 'A ⊙ B'],
  [',i->i', ['', 'n'], 'B ⊙ A'],
  ['thd,shd->hts', ['tokens h d', 'm h d'], 'permuteAxes(A, order: [1,0,2])·permuteAxes(B, order: [1,0,2])ᵀ'],
  ['tij,oij->to', ['tokens a b', 'out a b'], 'reshape(A, shape: [tokens,a*b])·reshape(B, shape: [out,a*b])ᵀ'],
  [
    'trb,rbc->trc',
    ['tokens r b', 'r b c'],
    'reshape(reshape(A, shape: [tokens,b*r])·diag(B), shape: [tokens,r,c])',
  ],
  [
    'rab,rbc,tra->trc',
    ['r a b', 'r b c', 'tokens r a'],
    'reshape(reshape(C, shape: [tokens,a*r])·diag((Bᵀ·Aᵀ)ᵀ), shape: [tokens,r,c])',
  ],
  [
    'rbc,src,us->urb',
    ['r b c', 's r c', 'u s'],
    'reshape(C·reshape(reshape(reshape(B, shape: [s,c*r])·diag(Aᵀ), shape: [s,r,b]), shape: [s,b*r]), shape: [u,r,b])',
  ],
  [
    'oij,ijtc->otc',
    ['out a b', 'a b tokens c'],
    'reshape(reshape(A, shape: [out,a*b])·reshape(permuteAxes(B, order: [2,3,0,1]), shape: [c*tokens,a*b])ᵀ, shape: [out,tokens,c])',
  ],
  [
    'hjktc,hjkm->htcm',
    ['h a b tokens c', 'h a b m'],
    'reshape(reshape(permuteAxes(A, order: [0,3,4,1,2]), shape: [h,c*tokens,a*b])·reshape(B, shape: [h,a*b,m]), shape: [h,tokens,c,m])',
  ],
  [
    'i,j,ijk->k',
    ['a', 'b', 'a b c'],
    'reshape(reshape(permuteAxes(C, order: [1,0,2])ᵀ·reshape(A, shape: [a,1]), shape: [b,c])ᵀ·reshape(B, shape: [b,1]), shape: [c])',
  ],
  ['tij,tj->ti', ['tokens a b', 'tokens b'], 'reshape(A·reshape(B, shape: [tokens,b,1]), shape: [tokens,a])'],
  ['ti,i->ti', ['tokens in', 'in'], 'A ⊙ B'],
  ['ti,i,oi->to', ['tokens in', 'in', 'out in'], '(A ⊙ B)·Cᵀ'],
  ['oi,oi->o', ['out in', 'out in'], 'reshape(sum(A ⊙ B, axes: [1]), shape: [out])'],
  ['i,j->ij', ['n', 'm'], 'reshape(A, shape: [n,1]) ⊙ B'],
  [
    'ij,kl->',
    ['a b', 'c d'],
    'reshape(sum(A, axes: [0,1]), shape: []) ⊙ reshape(sum(B, axes: [0,1]), shape: [])',
  ],
  ['ij->ji', ['a b'], 'Aᵀ'],
  ['ij->ij', ['a b'], 'A'],
  ['kij->jki', ['a b c'], 'permuteAxes(A, order: [2,0,1])'],
  ['ij->j', ['a b'], 'reshape(sum(A, axes: [0]), shape: [b])'],
  ['ii->i', ['n n'], 'reshape(sum(A ⊙ I, axes: [1]), shape: [n])'],
  ['', [''], 'A'],
  ['bij->bji', ['n a b'], 'Aᵀ'],
  // The product of B and C comes first, because it leaves the fewest axes.
  [
    'ip,ijk,jkp->p',
    ['a b', 'a c d', 'c d b'],
    'reshape(sum(A ⊙ (reshape(C, shape: [c*d,b])ᵀ·reshape(B, shape: [a,c*d])ᵀ)ᵀ, axes: [0]), shape: [b])',
  ],
  ['rcb,br->cr', ['r c b', 'b r'], 'reshape(A·reshape(Bᵀ, shape: [r,b,1]), shape: [r,c])ᵀ'],
  // Two axes of tokens do not become one.
  [
    'ak,kts->ats',
    ['a k', 'k tokens tokens'],
    'reshape(sum(reshape(A, shape: [a,k,1,1]) ⊙ B, axes: [1]), shape: [a,tokens,tokens])',
  ],
  [
    'htsk,hka->htsa',
    ['h tokens tokens k', 'h k a'],
    'reshape(sum(reshape(A, shape: [h,tokens,tokens,k,1]) ⊙ reshape(B, shape: [h,1,1,k,a]), axes: [3]), shape: [h,tokens,tokens,a])',
  ],
  // An axis of size 1 is that of no operand.
  ['i,i->i', ['1', 'n'], 'B ⊙ reshape(A, shape: [])'],
  [
    'ti,oi->to',
    ['tokens 1', 'out in'],
    'reshape(reshape(A, shape: [tokens]), shape: [tokens,1]) ⊙ reshape(sum(B, axes: [1]), shape: [out])',
  ],
];

describe('is expressed by operators:', () => {
  it.each(FORMS)('%s of %j: %s', (equation, shapes, text) => {
    expect(printNode(said(equation, ...shapes))).toBe(text);
  });

  it('exactly those of x.matmul(W.T)', () => {
    const [x, W] = [tensor('x', 'tokens in'), tensor('W', 'out in')];
    expect(sameExpression(functions.einsum('ti,oi->to', x, W), methods.matmul(x, properties.T(W)))).toBe(
      true,
    );
  });
});

const FEW: readonly (readonly [equation: string, shapes: readonly string[], advice: string])[] = [
  ['trb,rbc->trc', ['tokens r*b', 'r b c'], "write A.reshape('tokens', 'r', 'b')"],
  ['rbc,trb->trc', ['r b c', 'tokens r*b'], "write B.reshape('tokens', 'r', 'b')"],
  ['trb,rbc->trc', ['tokens in', 'r b c'], 'leave letters out'],
  ['trx,rbc->trc', ['tokens r*b', 'r b c'], 'leave letters out'],
  ['trbx,rbc->trc', ['tokens r*b', 'r b c'], 'leave letters out'],
  ['xrb,xrbc->c', ['1 x*r*b', 'x r b c'], 'leave letters out'],
  ['rbk,rb,k->r', ['r*b b*k', 'r b', 'k'], 'leave letters out'],
];
it.each(FEW)(
  'says how an operand of %s, of %j, gets the axes that it lacks: %s',
  (equation, shapes, advice) => {
    expect(() => said(equation, ...shapes)).toThrow(new RegExp(`: ${advice.replaceAll(/[.()]/g, '\\$&')}$`));
  },
);

it('shows the start of a long equation', () => {
  expect(() => said(`${'ab,'.repeat(40)}?`)).toThrow(
    `einsum: '${'ab,'.repeat(27).slice(0, 80)}…' has '?' at`,
  );
});

it('shows an equation of 80 characters whole, and cuts a longer one', () => {
  const long = (spaces: number) => `ij->${' '.repeat(spaces)}xy`;
  expect(() => said(long(74), 'n m')).toThrow(`einsum: '${long(74)}' has`);
  expect(() => said(long(75), 'n m')).toThrow(`einsum: '${long(75).slice(0, 80)}…' has`);
});

it.each([
  ['ij->...i...', /has '\.\.\.' twice in a row of axes/],
  ['ij->xy', /has 'x' in the output and in no operand/],
  ['ij->iijj', /has 'i' twice in the output/],
])('names the first thing that is wrong in %s', (equation, message) => {
  expect(() => said(equation, 'n m')).toThrow(
    expect.objectContaining({ code: 'OFT2014', message: expect.stringMatching(message) }),
  );
});

it('takes 64 operands, and no more', () => {
  const of = (n: number) => said(`${Array(n).fill('i').join()}->i`, ...Array<string>(n).fill('n'));
  expect(printNode(of(64))).toMatch(/ ⊙ /);
  expect(() => of(65)).toThrow('einsum: 65 operands of an einsum: the limit is 64');
});

it('suggests no equality with tokens where sizes differ', () => {
  expect(() => said('ti,ij->tj', 'tokens in', 'tokens in')).toThrow(/by different letters$/);
  expect(() => said('ti,ij->tj', 'tokens in', 'out in')).toThrow(
    /by different letters; where 'in' and 'out' are the same size, give both one name$/,
  );
});

it.each([
  ['ij,jk,kl->il', 'A·B·C'],
  ['kl,jk,ij->il', 'C·B·A'],
  ['ji,kj,lk->il', 'Aᵀ·Bᵀ·Cᵀ'],
  ['ji,kj,lk->li', 'C·B·A'],
])('%s is one chain, %s', (equation, text) => {
  expect(printed(always(normalisation), said(equation, '6 6', '6 6', '6 6'))).toBe(text);
});

interface Oft {
  readonly x: Tensor<['tokens', 'in']>;
  readonly W: Tensor<['out', 'in']>;
  readonly v: readonly Tensor<['r', 'tri(b)']>[];
}
const R = (v: Oft['v']) => cayleyNeumann(skew(v[0]!));
const blocksOf = (W: Oft['W']) => W.reshape('out', 'r', 'b');

const OFT: Readonly<Record<string, (t: Oft) => Tensor>> = {
  'from x on': ({ x, W, v }) => einsum('trb,rbc,orc->to', x.reshape('tokens', 'r', 'b'), R(v), blocksOf(W)),
  'from W on': ({ x, W, v }) => einsum('rbc,orc,trb->to', R(v), blocksOf(W), x.reshape('tokens', 'r', 'b')),
  'as a matrix of blocks': ({ x, W, v }) => einsum('ti,ij,oj->to', x, blockDiag(R(v)), W),
  'as a second weight matrix': ({ x, W, v }) =>
    einsum('ti,oi->to', x, einsum('rbc,orc->orb', R(v), blocksOf(W)).reshape('out', 'in')),
};

/** The derivation for training of a layer of 1,024 × 1,024 with blocks of 32. */
const derived = (program: Program) =>
  compileProgram(bindProgram(program, solveDims(program, { in: 1024, out: 1024, b: 32 })), {
    gradients: true,
  }).variants;

describe('OFT in einsum', () => {
  const library = derived(oft.trace());
  it.each(Object.entries(OFT))('%s is derived to the library’s program', (_, body) => {
    const own = layer(
      { x: declared('tokens', 'in'), W: frozen('out', 'in'), v: list(1, trainable('r', 'tri(b)')) },
      body,
      { where: { in: 'r*b' } },
    );
    const variants = derived(own.trace());
    expect(variants.map((v) => [v.minTokens, v.maxTokens])).toEqual(
      library.map((v) => [v.minTokens, v.maxTokens]),
    );
    for (const [n, { program }] of variants.entries()) {
      for (const [i, output] of library[n]!.program.outputs.entries()) {
        expect(program.outputs[i]!.name).toBe(output.name);
        expect(printNode(program.outputs[i]!.node)).toBe(printNode(output.node));
        expect(sameExpression(program.outputs[i]!.node, output.node)).toBe(true);
      }
    }
  });
});

it('is printed as the operators that express it', () => {
  const own = layer({ x: declared('tokens', 'n', 'n'), W: frozen('n', 'm') }, ({ x, W }) =>
    einsum('tii,ij->jt', x, W),
  );
  expect(printLayer(own.trace())).toContain(
    "return W.T.matmul(sum(x.mul(identity('n')), 2).reshape('tokens', 'n').T);",
  );
});
