/** Hand programs of HRA, HOFT and SHOFT, in compact WY form, and of ETHER and ETHER+, of rank one and two per block. */
import { SIZES } from '../methods.ts';
import {
  frozenBackward,
  frozenForward,
  type Hand,
  product,
  type Size,
  type Step,
  step,
  storedPass,
} from './program.ts';

/**
 * x·(I − U·T·Uᵀ) and its gradients for x (m × d), U (d × r), T = S⁻¹. Forward: p = x·U, q = p·T, x − q·Uᵀ. Backward:
 * k = h·U, k′ = k·Tᵀ, h − k′·Uᵀ, dU = −(xᵀ·k′ + hᵀ·q) + U·(M + Mᵀ), with M the share of S in dT = −pᵀ·k. That is
 * 12mdr operations. One reflection after another takes as many, but reads x and h r times. S is made from the Gram
 * matrix UᵀU (2dr² operations) and inverted (r³) in one step, which takes 2dr² operations backward.
 */
const wy = (name: string, m: number, d: number, r: number) => {
  const small = (what: string): Step => product(what, m, r, r);
  return {
    forward: [
      step(`Gram matrix of ${name}`, d * r, r * r, 2 * d * r * r),
      step(`T of ${name}`, r * r, r * r, r ** 3),
      product(`p = x·${name}`, m, d, r),
      small('q = p·T'),
      product(`x − q·${name}ᵀ`, m, r, d, m * d),
    ],
    backward: [
      product(`k = h·${name}`, m, d, r),
      small('k·Tᵀ'),
      product(`h − k′·${name}ᵀ`, m, r, d, m * d),
      product('pᵀ·k', r, m, r),
      step('M', 2 * r * r, r * r, 4 * r ** 3),
      product('xᵀ·k′', d, m, r),
      product('hᵀ·q', d, m, r, d * r),
      product(`d${name} + ${name}·(M + Mᵀ)`, d, r, r, d * r),
    ],
  };
};

const hra: Hand = (size) => {
  const { forward, backward } = wy('U', size.m, size.d, SIZES.reflections);
  return [...forward, frozenForward('x̃', size), frozenBackward('g', size), ...backward];
};

const hoft: Hand = (size) => {
  const input = wy('V', size.m, size.d, SIZES.reflections);
  const output = wy('U', size.m, size.n, SIZES.reflections);
  return [
    ...input.forward,
    frozenForward('x̃', size),
    ...output.forward,
    ...output.backward,
    frozenBackward('gz', size),
    ...input.backward,
  ];
};

/**
 * SHOFT. The scale μ of z = x̃·Wᵀ is folded into the products of rank r that read z. h ⊙ μ is stored for its product with
 * W, and dμ = Σ h ⊙ z.
 */
const shoft: Hand = (size) => {
  const { m, d, n } = size;
  const input = wy('V', m, d, SIZES.reflections);
  const output = wy('U', m, n, SIZES.reflections);
  return [
    ...input.forward,
    frozenForward('x̃', size),
    ...output.forward,
    ...output.backward,
    step('Σ h ⊙ z = dμ', 2 * m * n, n, 2 * m * n),
    storedPass('h ⊙ μ', size, n, 1),
    frozenBackward('(h ⊙ μ)', size),
    ...input.backward,
  ];
};

/**
 * x·(I + Σ ±ûᵢûᵢᵀ) with `rank` unit vectors in each of k blocks. Forward: p = x·û (m × rank·k), x ± p·û. Backward:
 * k′ = h·û, h ± k′·û, dû = ±(xᵀ·k′ + hᵀ·p). Each product is 2·md·rank operations. The normalisation of û and its
 * gradient are work on parameters.
 */
const rankPerBlock = (name: string, m: number, d: number, k: number, rank: number) => {
  const [vectors, inner, flops] = [d * rank, m * k * rank, 2 * m * d * rank];
  const dots = (what: string) => step(what, m * d + vectors, inner, flops);
  const update = (what: string) => step(what, m * d + inner + vectors, m * d, flops);
  const outer = (what: string, also = 0) => step(what, m * d + inner + also, vectors, flops);
  return {
    forward: [
      step(`unit vectors of ${name}`, vectors, vectors, 3 * vectors),
      dots(`p = x·${name}`),
      update(`x ± p·${name}`),
    ],
    backward: [
      dots(`k′ = h·${name}`),
      update(`h ± k′·${name}`),
      outer('xᵀ·k′'),
      outer('hᵀ·p + …', vectors),
      step(`gradient of the norms of ${name}`, 2 * vectors, vectors, 6 * vectors),
    ],
  };
};

const ether: Hand = (size) => {
  const { forward, backward } = rankPerBlock('û', size.m, size.d, SIZES.ether, 1);
  return [...forward, frozenForward('x̃', size), frozenBackward('g', size), ...backward];
};

const etherPlus: Hand = (size: Size) => {
  const input = rankPerBlock('[û v̂] in', size.m, size.d, SIZES.ether, 2);
  const output = rankPerBlock('[û v̂] out', size.m, size.n, SIZES.ether, 2);
  return [
    ...input.forward,
    frozenForward('x̃', size),
    ...output.forward,
    ...output.backward,
    frozenBackward('gz', size),
    ...input.backward,
  ];
};

/** The programs by method. Gram–Schmidt only changes HRA's T, to 2(UᵀU)⁻¹, so both share one program. */
export const REFLECTIONS: Readonly<Record<string, Hand>> = {
  hra,
  'hra gs': hra,
  hoft,
  shoft,
  ether,
  'ether+': etherPlus,
};
