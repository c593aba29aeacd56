/** Counts the memory that a device has allocated: every buffer from its creation until it is destroyed. */
export class Allocations {
  #live = 0;
  #peak = 0;

  /** Counts buffers that the device creates from now on. */
  constructor(device: Pick<GPUDevice, 'createBuffer'>) {
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const { size } = buffer;
      const destroy = buffer.destroy.bind(buffer);
      let live = true;
      buffer.destroy = () => {
        if (live) this.#live -= size;
        live = false;
        return destroy();
      };
      this.#live += size;
      this.#peak = Math.max(this.#peak, this.#live);
      return buffer;
    };
  }

  /** The peak of allocated bytes while `work` runs, beyond those allocated before. */
  async peakOf(work: () => Promise<void>): Promise<number> {
    const before = this.#live;
    this.#peak = before;
    await work();
    return this.#peak - before;
  }
}
