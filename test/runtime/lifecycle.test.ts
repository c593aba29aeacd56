import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Executable, OftcRuntimeError, type RunResult } from '../../runtime/index.ts';
import { testDevice } from '../support/device.ts';
import { runs } from '../support/runs.ts';
import { twoStep, twoStepReference } from './plans.ts';

/** The model's state: a user's Executable, disposed or not, and its results, destroyed or not. */
interface Model {
  executable: 'none' | 'live' | 'disposed';
  results: { x: Float32Array; destroyed: boolean }[];
}
interface Real {
  executable: Executable | null;
  results: RunResult[];
}
const fresh = (): Model => ({ executable: 'none', results: [] });

type Command = fc.AsyncCommand<Model, Real>;

const codeOf = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof OftcRuntimeError ? error.code : `${error}`;
  }
};

const create: Command = {
  check: () => true,
  run: async (m, r) => {
    r.executable = await Executable.create(await testDevice(), twoStep);
    m.executable = 'live';
  },
  toString: () => 'create',
};

const run = (tokens: number, seed: number): Command => ({
  check: (m) => m.executable !== 'none',
  run: async (m, r) => {
    const x = Float32Array.from({ length: tokens }, (_, i) => (seed * 31 + i) % 97);
    if (m.executable === 'disposed') {
      expect(await codeOf(() => r.executable!.run(tokens, { x }))).toBe('Disposed');
      return;
    }
    r.results.push(r.executable!.run(tokens, { x }));
    m.results.push({ x, destroyed: false });
  },
  toString: () => `run(${tokens}, ${seed})`,
});

const badRun: Command = {
  check: (m) => m.executable === 'live',
  run: async (_, r) => {
    expect(await codeOf(() => r.executable!.run(2, { x: new Float32Array(3) }))).toBe('ShapeMismatch');
  },
  toString: () => 'run with a wrong count',
};

const read = (which: number): Command => ({
  check: (m) => m.results.length > 0,
  run: async (m, r) => {
    const i = which % m.results.length;
    const { x, destroyed } = m.results[i]!;
    if (destroyed) {
      expect(await codeOf(() => r.results[i]!.readAll())).toBe('Disposed');
      return;
    }
    const { z, s } = await r.results[i]!.readAll();
    expect({ z: [...z!], s: [...s!] }).toEqual(twoStepReference(x));
  },
  toString: () => `read(${which})`,
});

const destroy = (which: number): Command => ({
  check: (m) => m.results.length > 0,
  run: async (m, r) => {
    const i = which % m.results.length;
    r.results[i]!.destroy();
    m.results[i]!.destroyed = true;
  },
  toString: () => `destroy(${which})`,
});

const dispose: Command = {
  check: (m) => m.executable !== 'none',
  run: async (m, r) => {
    r.executable!.dispose();
    m.executable = 'disposed';
    const { inputs, temporaries, overhead } = r.executable!.allocatedBytes();
    expect(inputs + temporaries + overhead).toBe(0);
  },
  toString: () => 'dispose',
};

it('any order of create, run, read, destroy and dispose gives right values or typed errors', async () => {
  const tokens = fc.constantFrom(0, 1, 3, 4, 5, 8, 9, 257, 1024);
  const commands = fc.commands<Model, Real, false>(
    [
      fc.constant(create),
      fc.tuple(tokens, fc.nat(20)).map(([t, s]) => run(t, s)),
      fc.tuple(tokens, fc.nat(20)).map(([t, s]) => run(t, s)),
      fc.constant(badRun),
      fc.nat(20).map(read),
      fc.nat(20).map(destroy),
      fc.constant(dispose),
    ],
    { maxCommands: 25 },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const real: Real = { executable: null, results: [] };
      await fc.asyncModelRun(() => ({ model: fresh(), real }), sequence);
      for (const result of real.results) result.destroy();
      real.executable?.dispose();
    }),
    runs(20, 1000),
  );
});
