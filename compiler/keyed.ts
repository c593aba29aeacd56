/** The values of each key, in their order. Node 20 has no Map.groupBy. */
export function byKey<K, V>(entries: Iterable<readonly [K, V]>): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of entries) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** A Map or a WeakMap. */
interface Table<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** The value of a key, which `make` makes the first time. Node 20 has no Map.prototype.getOrInsertComputed. */
export function getOrMake<K, V>(table: Table<K, V>, key: K, make: () => NoInfer<V>): V {
  const known = table.get(key);
  if (known !== undefined) return known;
  const made = make();
  table.set(key, made);
  return made;
}
