/** Uploads the tables of the rotary embeddings of a model's blocks, each once. */
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Rope } from '../formats/config/rope.ts';
import { ropeOf, ropeTables, type TABLES } from './models/rope.ts';
import type { Value } from './place.ts';
import type { Uploads } from './uploads.ts';

type Tables = Readonly<Record<(typeof TABLES)[number], Value>>;

/** Gives the tables of a layer, uploaded. */
export function rotaryOf(c: ModelShape, uploads: Uploads): (layer: number) => Promise<Tables> {
  const held = new Map<Rope, Promise<Tables>>();
  const upload = async (rope: Rope): Promise<Tables> => {
    const { cos, sin } = ropeTables(rope, c.headDim, c.maxPositions);
    return { cosTable: await uploads.hold('cos', cos), sinTable: await uploads.hold('sin', sin) };
  };
  return (layer) => {
    const rope = ropeOf(c, layer);
    const tables = held.get(rope) ?? upload(rope);
    held.set(rope, tables);
    return tables;
  };
}
