/**
 * Splits a loop into strips of `by` iterations. The inner loop has the same values as before and ends where the next
 * strip starts.
 *
 *     for i in 10:           for o in ⌈10 / 4⌉:
 *       body          →        for i in o * 4, 1 more, … < (o * 4 + 4 if o * 4 + 4 < 10 else 10):
 *                                body
 */
import {
  ax,
  iadd,
  idiv,
  ilt,
  imul,
  int,
  iselect,
  extentOf as sizeOf,
} from '../../../compiler/primitives/build.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import { type For, trips } from '../../loops/type.ts';
import { requireWhole } from './require.ts';
import type { LoopStep } from './step.ts';

export const strip = (axis: string, by: number, outer: string): LoopStep => ({
  says: `strip ${axis} by ${by} into ${outer}`,
  apply: (kernel) =>
    replaceLoop(kernel, axis, (loop) => {
      requireWhole(loop);
      const { of, by: own } = loop.trips;
      const start = imul(ax(outer), int(by));
      const next = iadd(start, int(by));
      const size = own === 1 ? sizeOf(of) : idiv(iadd(sizeOf(of), int(own - 1)), own);
      const end = iselect(ilt(next, size), next, size);
      const inner: For = { ...loop, from: { value: start, step: 1 }, end };
      return [{ k: 'for', axis: outer, trips: trips(of, own * by), how: 'serial', body: [inner] }];
    }),
});
