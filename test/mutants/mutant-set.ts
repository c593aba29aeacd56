/** A set of mutants, one bit for each: a test reaches thousands, and there are thousands of tests. */
export class MutantSet {
  bits: Uint8Array;

  constructor(bits: Uint8Array = new Uint8Array(4096)) {
    this.bits = bits;
  }

  add(id: number): void {
    const at = id >> 3;
    if (at >= this.bits.length) {
      const longer = new Uint8Array(2 * at);
      longer.set(this.bits);
      this.bits = longer;
    }
    this.bits[at]! |= 1 << (id & 7);
  }

  has(id: number): boolean {
    return ((this.bits[id >> 3] ?? 0) & (1 << (id & 7))) !== 0;
  }

  /** The number of mutants in the set. */
  get size(): number {
    let count = 0;
    for (let byte of this.bits) for (; byte > 0; byte &= byte - 1) count++;
    return count;
  }

  copy(): MutantSet {
    return new MutantSet(this.bits.slice());
  }
}
