/**
 * The phases of a discrete Fourier transform of n points, P[j, k] = (j·k mod n)/n in turns: cos(2π·P) and sin(2π·P) are
 * the two parts of its matrix. The remainder is that of integers, so phases are as exact for large n as for small ones.
 */
import { constantOf, type Dim, dimConst, ofTokens, printDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply } from '../ir/build.ts';
import type { OpNode } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { ax, axesOf, call, constant, imod, imul, map } from '../primitives/build.ts';
import { dims, type SurfaceArg } from './arguments.ts';

/** The largest n for which every product j·k fits into an integer of 32 bits. */
const MOST = 46_340;

const sizeOf = (node: OpNode) => node.attrs.size as Dim;

/** Throws OFT2003 for a number of points that is not known when compiling, or too large. */
function checkSize(d: Dim): void {
  const n = constantOf(d);
  if (!ofTokens(d) && (n === undefined || (Number.isInteger(n) && n >= 1 && n <= MOST))) return;
  throw new OftcError(
    'OFT2003',
    `phases: its number of points is a size from 1 to ${MOST} that is known when compiling, not ${printDim(d)}`,
  );
}

register({
  name: 'phases',
  takes: { args: 0, attrs: { size: 'dim' } },
  law: 'P[j, k] = (j·k mod n)/n: e^(2πi·P) is the Fourier matrix of n points',
  weak: true,
  type: (_, attrs) => {
    const size = attrs.size as Dim;
    checkSize(size);
    return { shape: [size, size], dtype: 'f32' };
  },
  facts: () => ({ symmetric: true }),
  transpose: (node) => node,
  transposeLaw: 'Pᵀ = P',
  sample: (d) => apply('phases', [], { size: dimConst(d.int(1, 6)) }),
  vjp: () => [],
  lower: (node) => {
    const n = constantOf(sizeOf(node))!;
    const turns = call('div', { k: 'fromInt', a: imod(imul(ax('i0'), ax('i1')), n) }, constant(n));
    return map(node, axesOf(node.type.shape), [], turns);
  },
  print: (node, p) => p.call('phases', [p.dim(sizeOf(node))]),
  elsewhere: {
    fft: 'write x.matmul(cos(phases(n).mul(2π))) for its real part, and sin in place of cos for the imaginary one, with its sign',
  },
});

export const functions = {
  phases: (size: SurfaceArg) => apply('phases', [], { size: dims([size], 'phases')[0]! }),
};
