/** Caches the results of a function: it runs once for each object. */
export function remembered<K extends object, V>(of: (k: K) => V): (k: K) => V {
  const known = new WeakMap<K, V>();
  return (k) => {
    if (!known.has(k)) known.set(k, of(k));
    return known.get(k) as V;
  };
}
