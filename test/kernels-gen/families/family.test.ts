/** The code that a class of devices runs for a kernel, among the ways to compute it, and the kernel's traffic. */
import { expect, it } from 'vitest';
import { type DeviceClass, gpu } from '../../../compiler/devices/index.ts';
import type { InputPrim } from '../../../compiler/primitives/prim.ts';
import {
  chosen,
  type Emitted,
  readsOf,
  tensorsLoaded,
  trafficOf,
  type Way,
} from '../../../kernels-gen/families/family.ts';
import { evalExtent, type Tuned } from '../../../runtime/plan.ts';
import { input, load } from '../build.ts';
import { matrices } from '../schedule/contractions.ts';

const device: DeviceClass = { ...gpu, strategies: ['shared', 'split'] };
const code = (name: string, reads = [0, 1], before?: readonly number[]): Emitted =>
  ({ name, reads, ...(before ? { before: { reads: before } } : {}) }) as unknown as Emitted;
const portable = () => code('portable');
const way = (strategy: string, more: Partial<Way> = {}): Way => ({
  strategy,
  emit: () => code(strategy),
  ...more,
});
const none = { emit: () => undefined };
const tuned: Tuned = { adapter: 'a', key: 'k', schedule: 's' };
const matrix = { m: 8, n: 8, k: 8, component: 'f32', result: 'f32' } as const;

/** The strategies of the code and of the alternatives. */
const choice = (ways: readonly Way[], strategy?: string): readonly string[] => {
  const printed = chosen({ device, strategy }, portable, ways);
  expect((printed.code as unknown as { name: string }).name).toBe(
    printed.strategy === 'direct' ? 'portable' : printed.strategy,
  );
  return [printed.strategy, ...printed.alternatives().map((a) => a.strategy)];
};

it.each<readonly [string, readonly Way[], string | undefined, readonly string[]]>([
  ['nothing but portable code', [], undefined, ['direct']],
  ['the best way', [way('shared'), way('split')], undefined, ['shared']],
  ['a way that has no code', [way('shared', none), way('split')], undefined, ['split']],
  ['a way that the class has not', [way('lanes'), way('split')], undefined, ['split']],
  ['a way for few tokens', [way('shared', { maxTokens: 1 }), way('split')], undefined, ['split', 'shared']],
  ['a way with matrices', [way('shared', { matrix }), way('split')], undefined, ['split', 'shared']],
  ['a measured way', [way('shared', { tuned }), way('split')], undefined, ['split', 'shared']],
  ['a condition after the best way', [way('shared'), way('split', { maxTokens: 1 })], undefined, ['shared']],
  ['a condition without code', [way('shared', { ...none, matrix }), way('split')], undefined, ['split']],
  ['conditions alone', [way('shared', { matrix })], undefined, ['direct', 'shared']],
  ['a measured portable way', [way('direct', { tuned }), way('split')], undefined, ['split', 'direct']],
  ['a forced strategy', [way('shared'), way('split')], 'split', ['split']],
  ['a forced strategy that the class has not', [way('shared'), way('lanes')], 'lanes', ['lanes']],
  ['a forced strategy without code', [way('shared'), way('split', none)], 'split', ['direct']],
  ['the portable strategy, forced', [way('shared')], 'direct', ['direct']],
])('a class chooses among its ways: %s', (_, ways, forced, expected) => {
  expect(choice(ways, forced)).toEqual(expected);
});

it('alternatives are printed once, when they are first asked for, with their conditions', () => {
  let prints = 0;
  const emit = () => {
    prints++;
    return code('shared');
  };
  const printed = chosen({ device }, portable, [way('shared', { maxTokens: 4, emit })]);
  expect(prints).toBe(0);
  const [alternative, ...others] = printed.alternatives();
  expect([alternative!.maxTokens, alternative!.strategy, others]).toEqual([4, 'shared', []]);
  expect(printed.alternatives()).toHaveLength(1);
  expect(prints).toBe(1);
});

it('an alternative that reads other arguments is refused', () => {
  const emit = () => code('shared', [0]);
  const printed = chosen({ device }, portable, [way('shared', { maxTokens: 4, emit })]);
  expect(() => printed.alternatives()).toThrow("'shared' reads arguments 0, not 0,1");
  const split = chosen({ device }, portable, [
    way('shared', { maxTokens: 4, emit: () => code('', [1], [0]) }),
  ]);
  expect(split.alternatives()).toHaveLength(1);
});

it('code reads what its own dispatch reads, and the one before', () => {
  expect(readsOf(code('', [2, 0]))).toEqual([2, 0]);
  expect(readsOf(code('', [2, 0], [1, 2]))).toEqual([0, 1, 2]);
});

it('the tensors that expressions load are their arguments in order', () => {
  const args = ['a', 'b', 'c'].map((name) => input(name, [4]));
  expect(tensorsLoaded([load(2, 'i'), load(0, 'i')], args).map((p) => (p as InputPrim).name)).toEqual([
    'a',
    'c',
  ]);
  expect(tensorsLoaded([], args)).toEqual([]);
});

/** The bytes that a product reads of its right operand, `n` rows of `k` numbers in int8. */
function bytesStored(n: number, k: number): number {
  const kernel = matrices('NT', 'tokens', n, k);
  const [x, w] = kernel.root.args as [InputPrim, InputPrim];
  const stored: InputPrim = { ...w, storage: { format: 'int8' } };
  const own = { ...kernel, root: { ...kernel.root, args: [x, stored] } };
  const [all, without] = [[stored], []].map((reads) => evalExtent(trafficOf(reads, own), 10)) as [
    number,
    number,
  ];
  return all - without;
}

it('a kernel reads each element of its arguments once, and stores each result', () => {
  const kernel = matrices('NT', 'tokens', 32, 64);
  const [x, w] = kernel.root.args as [InputPrim, InputPrim];
  const bytes = (reads: readonly InputPrim[], own = kernel) => evalExtent(trafficOf(reads, own), 10);
  expect(bytes([])).toBe(4 * 10 * 32);
  expect(bytes([x])).toBe(4 * (10 * 32 + 10 * 64));
  expect(bytes([x, w])).toBe(4 * (10 * 32 + 10 * 64 + 32 * 64));
  expect(bytes([x, x])).toBe(bytes([x]));
  const half = { ...kernel, tensor: { ...kernel.tensor, dtype: 'f16' as const } };
  expect(bytes([], half)).toBe(2 * 10 * 32);
  expect(bytesStored(32, 64)).toBe(32 * 64 + 4 * 32);
  // One code and one scale are a word each.
  expect(bytesStored(1, 1)).toBe(2 * 4);
  expect(bytesStored(0, 4)).toBe(0);
  const halfWeights: InputPrim = { ...w, dtype: 'f16' };
  const inHalf = { ...kernel, root: { ...kernel.root, args: [x, halfWeights] } };
  expect(bytes([halfWeights], inHalf) - bytes([], inHalf)).toBe(2 * 32 * 64);
});
