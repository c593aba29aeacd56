/** The GPU of a host that has no `navigator.gpu`, which an entry provides. */
let open: (() => Promise<GPU>) | undefined;

/** Sets how such a host opens WebGPU; src/node.ts, part of every entry for Node, calls this. */
export function provideGpu(how: () => Promise<GPU>): void {
  open = how;
}

/** WebGPU here: a browser's own, else what the entry provides. Undefined where there is none. */
export async function providedGpu(): Promise<GPU | undefined> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  return navigator?.gpu ?? (await open?.());
}
