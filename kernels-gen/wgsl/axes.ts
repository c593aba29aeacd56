/** The axes that printed expressions use: their texts, the scopes that know them, and the values that they take. */
import type { Dim } from '../../compiler/dims/dims.ts';
import { type Range, rangesOf } from '../../compiler/primitives/affine.ts';
import { KernelError } from '../error.ts';
import type { Value } from './value.ts';

export class Axes {
  readonly #known = new Map<string, { readonly value: Value; readonly extent: Dim }>();
  /** The range of each axis. */
  readonly ranges = new Map<string, Range>();

  /** Gives an axis a value in [0, extent) that does not change. */
  set(axis: string, { text, depth }: Value, extent: Dim): void {
    this.name(axis, { text, depth, atomic: true }, extent);
    this.ranges.set(axis, rangesOf([{ name: axis, extent }]).get(axis)!);
  }

  /** Gives an axis a value of which no range is known. */
  name(axis: string, value: Value, extent: Dim): void {
    this.#known.set(axis, { value, extent });
  }

  /** The value of an axis. Throws KernelError for one that is not defined. */
  value(axis: string): Value {
    const known = this.#known.get(axis);
    if (known === undefined) throw new KernelError(`axis '${axis}' is used outside its loop nest`);
    return known.value;
  }

  extent(axis: string): Dim {
    return this.#known.get(axis)!.extent;
  }
}
