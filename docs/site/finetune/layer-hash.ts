/** A layer from the playground in the address of the page that finetunes: `#layer=`, and its program as data. */
import * as v from 'valibot';
import type { OwnLayer } from '../../../src/web/finetune/protocol.ts';
import type { StoredLayer } from '../../../src/web/protocol.ts';
import { HashError, packed, unpacked } from '../playground/state.ts';

const PREFIX = '#layer=';

/** A layer, and sizes to begin with. */
export interface LinkedLayer {
  readonly layer: OwnLayer;
  readonly set: Readonly<Record<string, string>>;
}

const SCHEMA = v.object({
  layer: v.object({
    name: v.pipe(v.string(), v.maxLength(200)),
    // The worker reads the program, and refuses one that is damaged.
    program: v.unknown(),
    config: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  }),
  set: v.record(v.string(), v.string()),
});

/** The hash; undefined for a layer that is too large for a link. A model's own sizes are left out. */
export const encodeLayer = (
  layer: StoredLayer,
  dims: Readonly<Record<string, number>>,
): Promise<string | undefined> => {
  const sizes = Object.entries(dims).filter(([name]) => !['in', 'out', 'tokens'].includes(name));
  return packed(PREFIX, { layer, set: Object.fromEntries(sizes.map(([name, n]) => [name, `${n}`])) });
};

/** The layer in a hash; undefined where there is none. Throws HashError for a damaged one. */
export async function layerIn(hash: string): Promise<LinkedLayer | undefined> {
  if (!hash.startsWith(PREFIX)) return undefined;
  const read = v.safeParse(SCHEMA, await unpacked(PREFIX, hash));
  if (!read.success)
    throw new HashError('This link holds no layer to train. Open it from the playground again.');
  return read.output;
}
