import type { DeviceWatch } from './device-loss.ts';
import { scoped } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import { COPY_DST, MAP_MODE_READ, MAP_READ } from './webgpu-flags.ts';

/** The kinds of device memory. `overhead` is uniforms, timestamps and the staging buffers of reads under way. */
export type MemoryKind = 'inputs' | 'outputs' | 'temporaries' | 'overhead';

/** Bytes of device memory. Buffers that the caller passes in are the caller's and not counted. */
export type MemoryBytes = Readonly<Record<MemoryKind | 'total', number>>;

/** The account of a live buffer. */
interface Account {
  readonly kind: MemoryKind;
  readonly size: number;
}

export interface Allocation {
  readonly account: Account;
  readonly buffer: GPUBuffer;
  /** The error of the allocation, which WebGPU reports later; it never rejects. */
  readonly error: Promise<OftcRuntimeError | null>;
  /** Whether `error` is known not to be null. */
  failed: boolean;
}

/**
 * Counts the bytes of all buffers that the runtime made on one device: those that live now, and the most at
 * once.
 */
export class Ledger {
  #now = 0;
  #most = 0;

  get now(): number {
    return this.#now;
  }

  /** The most bytes that buffers had at once since the device was first used, or since `restart`. */
  get most(): number {
    return this.#most;
  }

  restart(): void {
    this.#most = this.#now;
  }

  add(bytes: number): void {
    this.#now += bytes;
    this.#most = Math.max(this.#most, this.#now);
  }
}

const ledgers = new WeakMap<GPUDevice, Ledger>();

export function ledgerOf(device: GPUDevice): Ledger {
  const ledger = ledgers.get(device) ?? new Ledger();
  ledgers.set(device, ledger);
  return ledger;
}

/** Takes a buffer that was collected from the account. */
const collected = new FinalizationRegistry<{ account: Account; live: Set<Account>; ledger: Ledger }>(
  ({ account, live, ledger }) => {
    if (live.delete(account)) ledger.add(-account.size);
  },
);

/**
 * Creates buffers on one device and keeps account of the live ones. The account does not keep them alive: a result that
 * nobody frees or can reach is collected, and its memory with it.
 */
export class Memory {
  readonly watch: DeviceWatch;
  readonly #live = new Set<Account>();
  readonly #ledger: Ledger;

  constructor(watch: DeviceWatch) {
    this.watch = watch;
    this.#ledger = ledgerOf(watch.device);
  }

  allocate(kind: MemoryKind, label: string, size: number, usage: number): Allocation {
    const { value: buffer, error } = scoped(this.watch, `allocating ${size} bytes for ${label}`, (device) =>
      device.createBuffer({ label, size, usage }),
    );
    const account = { kind, size: buffer.size };
    const allocation: Allocation = { account, buffer, error, failed: false };
    void error.then((e) => {
      allocation.failed = e !== null;
    });
    this.#live.add(account);
    this.#ledger.add(account.size);
    collected.register(buffer, { account, live: this.#live, ledger: this.#ledger }, account);
    return allocation;
  }

  /** Frees an allocation. Work already submitted still finishes; freeing twice is harmless. */
  free(allocation: Allocation | null | undefined): void {
    if (!allocation || !this.#live.delete(allocation.account)) return;
    collected.unregister(allocation.account);
    this.#ledger.add(-allocation.account.size);
    allocation.buffer.destroy();
  }

  bytes(): MemoryBytes {
    const sum = { inputs: 0, outputs: 0, temporaries: 0, overhead: 0, total: 0 };
    for (const { kind, size } of this.#live) {
      sum[kind] += size;
      sum.total += size;
    }
    return sum;
  }

  /** The first `bytes` of a COPY_SRC buffer as they are after all work submitted so far. */
  async read(source: GPUBuffer, bytes: number, label: string): Promise<ArrayBuffer> {
    this.watch.check();
    const size = Math.ceil(bytes / 4) * 4;
    const staging = this.allocate('overhead', `staging of ${label}`, size, MAP_READ | COPY_DST);
    const copy = scoped(this.watch, `reading ${label}`, (device) => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, 0, staging.buffer, 0, size);
      device.queue.submit([encoder.finish()]);
      return staging.buffer.mapAsync(MAP_MODE_READ);
    });
    const mapped = copy.value.then(
      () => null,
      (cause: unknown) => cause,
    );
    try {
      const error = (await staging.error) ?? (await copy.error);
      if (error !== null) throw error;
      const cause = await this.watch.orLost(mapped);
      if (cause !== null) {
        await lossIsKnown();
        this.watch.check();
        throw new OftcRuntimeError('ValidationError', `${label} cannot be read back: ${cause}`, { cause });
      }
      return staging.buffer.getMappedRange().slice(0, bytes);
    } finally {
      this.free(staging);
    }
  }
}

/** Waits one turn of the event loop: a map that a lost device aborts may reject before `device.lost` resolves. */
const lossIsKnown = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
