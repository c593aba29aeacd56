/** The masks that adapted layers take in training. */
import { evalDim } from '../../../compiler/dims/dims.ts';
import { type Adapted, maskName } from '../models/adapted.ts';
import type { Target } from '../models/linear-layers.ts';
import type { MaskShape } from './draws.ts';

/** A mask that a program takes. */
export interface NamedMask {
  /** Its name among the program's inputs. */
  readonly name: string;
  readonly shape: MaskShape;
  /** The shape of a mask of blocks as an input; empty for a mask of an input. */
  readonly inputShape: readonly number[];
  readonly target: Target;
}

function shapeOf({ mask }: Adapted): MaskShape | undefined {
  if (mask === undefined) return undefined;
  const { shape } = mask.tensor.type;
  if (mask.of === 'input') return { of: 'input', width: evalDim(shape[1]!, {}) };
  const sizes = shape.slice(0, mask.axes).map((d) => evalDim(d, {}));
  const groups = sizes.slice(0, -1).reduce((a, b) => a * b, 1);
  return { of: 'blocks', groups, count: sizes.at(-1)! };
}

const inputShapeOf = ({ mask }: Adapted): number[] =>
  mask?.of === 'blocks'
    ? mask.tensor.type.shape.map((d, axis) => (axis < mask.axes ? evalDim(d, {}) : 1))
    : [];

/** The masks of the adapted layers that have dropout. */
export const masksOf = (adapters: Partial<Record<Target, Adapted>>): NamedMask[] =>
  Object.entries(adapters).flatMap(([target, adapted]) => {
    const shape = adapted && shapeOf(adapted);
    if (!shape) return [];
    return [{ name: maskName(target), shape, inputShape: inputShapeOf(adapted), target }];
  });
