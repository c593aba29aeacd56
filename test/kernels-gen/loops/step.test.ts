/** Steps in order: the kernel that they make is checked, and the first one that makes no kernel is named. */
import { expect, test } from 'vitest';
import { ax } from '../../../compiler/primitives/build.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import type { LoopKernel } from '../../../kernels-gen/loops/type.ts';
import { continued, type LoopStep, scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { kernel, OUT, plain, store } from './small-kernels.ts';

const step = (says: string, apply: (of: LoopKernel) => LoopKernel): LoopStep => ({ says, apply });
const more = step('one invocation more', (k) => ({ ...k, threads: k.threads + 1 }));
const none = step('no kernel', () => kernel([store(OUT, [ax('nowhere')])]));
const all = step('the plain kernel', () => plain);
const throwing = (error: Error) =>
  step('throw', () => {
    throw error;
  });
const unknown = 'nowhere is used before it is defined';

test('a step may make no kernel where a later one does, unless each is checked', () => {
  const { steps, loops, again } = scheduled(plain, [none, all, more]);
  expect(steps).toEqual(['no kernel', 'the plain kernel', 'one invocation more']);
  expect(loops.threads).toBe(2);
  expect(again!(plain)).toEqual(loops);
  expect(() => again!(plain, true)).toThrow(unknown);
});

test('the first step that makes no kernel is named where a later one does not fit', () => {
  const noFit = throwing(new LoopError('form', 'no fit'));
  expect(() => scheduled(plain, [none, noFit])).toThrow(unknown);
  expect(() => scheduled(plain, [more, noFit])).toThrow('no fit');
});

test('an error that does not come from loops is thrown as it is', () => {
  expect(() => scheduled(plain, [none, throwing(new TypeError('a fault'))])).toThrow('a fault');
});

test('more steps are applied after those before them, and again to other loops', () => {
  const before = scheduled(plain, [more]);
  const { naive, steps, loops, again } = continued(before, [more, none, all, more]);
  expect([naive, steps.length, loops.threads]).toEqual([plain, 5, 2]);
  expect(continued(before, [more]).again!({ ...plain, threads: 5 }).threads).toBe(7);
  expect(() => again!(plain, true)).toThrow(unknown);
  const { again: _, ...joined } = before;
  expect(continued(joined, [more])).not.toHaveProperty('again');
});
