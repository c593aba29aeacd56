/* eslint-disable */
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
// Written by the bundler plugin of oftc: the types of imports such as './oft.ts?oftc'. Keep it in version control, so that
// they type-check before the first build.

// from oft.ts
declare module '*/oft.ts?oftc&dims=in=3,out=3,b=3' {
  import type { LayerModule } from 'oftc/runtime';

  export namespace oft {
    /** What depends on `tokens`: given to every run. */
    export interface OftInputs {
      /** input, f32 (tokens, 3) */
      readonly x: Float32Array | GPUBuffer;
    }

    /** What does not: bound once, or given to a run. */
    export interface OftParameters {
      /** frozen, f32 (3, 3) */
      readonly W: Float32Array | GPUBuffer;
      /** trainable, f32 (1, 3) */
      readonly v: Float32Array | GPUBuffer;
    }

    /** What `run` gives. */
    export interface OftOutputs {
      /** f32 (tokens, 3) */
      readonly y: Float32Array;
    }

    export type OftLayer = LayerModule<OftInputs, OftParameters, OftOutputs>;

    /** The sizes it was built for. */
    export const dims: { readonly b: 3, readonly in: 3, readonly out: 3, readonly r: 1 };
    /** The configuration it was built at. */
    export const config: {};

    /**
     * The layer on a device, which stays the caller's: any GPUDevice will do, such as that of oftc/runtime's
     * `requestDevice(navigator.gpu)` in a browser or, in Node, `requestDevice(gpu)` with `gpu = create([])` of the
     * package webgpu (keep `gpu` referenced as long as the device is used).
     *
     *     const layer = await oft.create(device);
     *     await layer.bind({ W, v });
     *     const { y } = await layer.run({ x }).readAll();
     */
    export const create: (device: GPUDevice) => Promise<OftLayer>;
  }
}
