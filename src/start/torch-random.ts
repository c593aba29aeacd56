/**
 * PyTorch's generator of random numbers on the CPU, the Mersenne Twister MT19937, and its random permutations. An
 * adapter of PEFT whose positions follow from a seed needs the same ones.
 */

const [WORDS, SHIFT] = [624, 397];
/** The number of elements from which PyTorch draws permutations with 64 bits for each element. */
const LARGE = Math.floor((2 ** 32 - 1) / 20);

/** A generator of whole numbers below 2³², the same ones as torch.Generator().manual_seed(seed) gives. */
function mersenne(seed: number): () => number {
  const state = new Uint32Array(WORDS);
  state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
  for (let i = 1; i < WORDS; i++) {
    const last = state[i - 1]!;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let at = WORDS;
  return () => {
    if (at === WORDS) {
      twist(state);
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** Makes the next words of the state in place. */
function twist(state: Uint32Array): void {
  for (let i = 0; i < WORDS; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
    state[i] = state[(i + SHIFT) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

/**
 * The first `count` elements of torch.randperm(n) on the CPU with this seed. The elements that no exchange has reached
 * are their own places, so the memory that it takes grows with `count` alone.
 */
export function firstOfPermutation(n: number, count: number, seed: number): number[] {
  const next = mersenne(seed);
  if (n >= LARGE) return firstOfLarge(n, count, next);
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    if (i === n - 1) return moved.get(i) ?? i;
    const j = i + (next() % (n - i));
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return chosen;
  });
}

/** The same of a large permutation, which PyTorch fills from its front: element i takes the place of one before it. */
function firstOfLarge(n: number, count: number, next: () => number): number[] {
  const first = new Array<number>(count).fill(0);
  for (let i = 0; i < n; i++) {
    const m = i + 1;
    // The remainder of a number of 64 bits, by 16 bits of it at a time: all products stay below 2⁵³.
    const high = ((next() % m) * 2 ** 16) % m;
    const j = (high * 2 ** 16 + next()) % m;
    if (i < count) first[i] = first[j]!;
    if (j < count) first[j] = i;
  }
  return first;
}
