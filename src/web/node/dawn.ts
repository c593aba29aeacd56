/** In the place of runtime/node.ts, for browsers without WebGPU: there is no other way to a GPU in a tab. */
export const nodeGpu = async (): Promise<undefined> => undefined;
