/** The checkpoint of a bare model, read under the names of a class that has it as a part. */
import type { TensorStore } from './store.ts';

/**
 * The store with `prefix` before the names of its tensors, as transformers' `from_pretrained` reads the checkpoint of a
 * bare model into a class with a head. A store that has the prefix already is left as it is.
 */
export function prefixed(store: TensorStore, prefix: string | undefined): TensorStore {
  if (prefix === undefined || [...store.tensors.keys()].some((name) => name.startsWith(prefix))) return store;
  const stored = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  return {
    ...store,
    tensors: new Map(
      [...store.tensors].map(([name, tensor]) => [
        `${prefix}${name}`,
        { ...tensor, name: `${prefix}${name}`, stored: name },
      ]),
    ),
    bytes: (name, part) => store.bytes(stored(name), part),
    array: (name) => store.array(stored(name)),
    f32: (name) => store.f32(stored(name)),
    rows: (name, first, count) => store.rows(stored(name), first, count),
  };
}
