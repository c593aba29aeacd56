/** Uploads the tables of the rotary embeddings of a model's blocks, each once. */
import { getOrMake } from '../../compiler/keyed.ts';
import { once } from '../../compiler/once.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Rope } from '../formats/config/rope.ts';
import { ropeOf, ropeTables, type TABLES, tableRows } from './models/rope.ts';
import type { Value } from './place.ts';
import type { Uploads } from './uploads.ts';

type Tables = Readonly<Record<(typeof TABLES)[number], Value>>;

/** Gives the tables of a layer, uploaded; none for a model without rotary embeddings. */
export function rotaryOf(c: ModelShape, uploads: Uploads): (layer: number) => Promise<Partial<Tables>> {
  const held = new Map<Rope, Promise<Tables>>();
  const upload = async (rope: Rope): Promise<Tables> => {
    const tables = once(() => ropeTables(rope, c.headDim, c.maxPositions));
    const elements = (tableRows({ ...c, rope }) * c.headDim) / 2;
    return {
      cosTable: await uploads.hold('cos', elements, () => tables().cos),
      sinTable: await uploads.hold('sin', elements, () => tables().sin),
    };
  };
  return (layer) => {
    const rope = ropeOf(c, layer);
    if (!rope) return Promise.resolve({});
    return getOrMake(held, rope, () => upload(rope));
  };
}
