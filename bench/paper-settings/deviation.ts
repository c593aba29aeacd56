/** Measures how far the rotations of a trained OFT adapter are from orthogonal, in float64. */
import '../../src/node.ts';
import { ROTATION } from '../../src/adapters/rotation.ts';
import { cayley, cayleyNeumann, layer, skew, trainable } from '../../src/language/dsl/index.ts';
import { compile, type Session } from '../../src/session/session.ts';
import type { HostArray } from '../../src/session/tensors.ts';
import type { Deviation } from './grid.ts';

/** RᵀR of each block, from the packed triangles. `terms` is the number of terms of the series, or `exact`. */
const product = (terms: string) =>
  layer({ v: trainable('r', 'tri(b)') }, ({ v }) => {
    const Q = skew(v);
    const { series } = ROTATION;
    const R = terms === 'exact' ? cayley(Q).T : cayleyNeumann(Q, { terms: Number(terms), series });
    return { gram: R.T.matmul(R) };
  });

const sessions = new Map<string, Promise<Session>>();

/** The session that computes RᵀR of r blocks of size b on the reference. */
function sessionFor(terms: string, r: number, b: number): Promise<Session> {
  const key = `${terms} ${r} ${b}`;
  const session = sessions.get(key) ?? compile(product(terms), { device: 'cpu', dims: { r, b } });
  sessions.set(key, session);
  return session;
}

/** ‖G − I‖_F² of each b×b block of `values`. */
function squares(values: ArrayLike<number>, b: number): number[] {
  return Array.from({ length: values.length / b ** 2 }, (_, block) => {
    let sum = 0;
    for (let k = 0; k < b * b; k++) sum += (values[block * b * b + k]! - (k % (b + 1) === 0 ? 1 : 0)) ** 2;
    return sum;
  });
}

/** The deviation over all blocks of all modules: `values` has the packed triangles of blocks of size b. */
export async function deviationOf(
  values: ReadonlyMap<string, HostArray>,
  b: number,
  terms: string,
): Promise<Deviation> {
  const all: number[] = [];
  for (const v of values.values()) {
    const session = await sessionFor(terms, v.length / ((b * (b - 1)) / 2), b);
    session.bind({ v: Float64Array.from(v) });
    const { gram } = await (await session.run({})).readAll();
    all.push(...squares(gram!.data, b));
  }
  const total = all.reduce((a, x) => a + x, 0);
  return { largest: Math.sqrt(Math.max(...all)), rms: Math.sqrt(total / all.length) };
}
