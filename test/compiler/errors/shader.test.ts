/**
 * A shader that does not compile: the message names the source line that the code is for, and calls it oftc's bug.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FrontEnd } from '../../../compiler/frontend/index.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { Executable, OftcRuntimeError, requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { refusal } from '../../../src/cli/errors.ts';
import { compile } from '../../../src/index.ts';
import { folder } from './run-example.ts';

const SOURCE = `import { exp, input, layer } from 'oftc';

export const grow = layer({ x: input('tokens', 'in') }, ({ x }) => {
  const y = exp(x);
  return y.add(1);
});
`;

let device: GPUDevice;
beforeAll(async () => {
  writeFileSync('grow.ts', SOURCE);
  device = await requestDevice(await nodeGpu());
});
afterAll(() => device.destroy());

/** The refusal of a Plan whose kernels use an undefined name. */
async function broken(program: Parameters<typeof compile>[0]) {
  const dims = typeof program === 'string' ? { in: 8 } : {};
  const session = await compile(program, { device: 'cpu', dims });
  const plan = session.plan('forward');
  const kernels = plan.kernels.map((k) => ({ ...k, wgsl: `${k.wgsl}\nfn broken() -> u32 { return nope; }` }));
  const error = await Executable.create(device, { ...plan, kernels }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(OftcRuntimeError);
  return refusal(error, false);
}

it('a shader of a file is located by the Plan’s line and column', async () => {
  const { code, at, exit, text } = await broken('grow.ts');
  expect({ code, exit }).toEqual({ code: 'ShaderError', exit: 70 });
  expect(at).toMatch(/^grow\.ts:[45]:\d+$/);
  expect(text).toMatch(
    /grow\.ts:\d+:\d+ - error ShaderError: internal: .* does not compile on this device:\n/,
  );
  expect(text).toMatch(/unresolved value 'nope'\n {2}fn broken\(\) -> u32 \{ return nope; \}/);
  expect(text).toMatch(/^[45] {3}.*(exp\(x\)|y\.add\(1\)).*\n +~+/m);
  expect(text).toMatch(/This is a bug in oftc: please report it/);
});

it('a shader of a bound Program, which oftc run compiles, is located by offset', async () => {
  const { program } = new FrontEnd().lower('grow.ts');
  const { at, text } = await broken(bindProgram(program!, { in: 8 }));
  expect(at).toMatch(/^grow\.ts:[45]:\d+$/);
  expect(text).toMatch(/^[45] {3}.*(exp\(x\)|y\.add\(1\)).*\n +~+/m);
});

it('no place is named where the file is gone, or shorter now', () => {
  const shader = (source: string) =>
    refusal(new OftcRuntimeError('ShaderError', "kernel 'k' does not compile", { source: [source] }), false);
  expect(shader(`${folder}/gone.ts:1:1`)).toMatchObject({ at: null, exit: 70 });
  expect(shader(`${folder}/grow.ts:99:1`)).toMatchObject({ at: null, exit: 70 });
  expect(shader('').text).toMatch(/^error ShaderError: internal: .*kernel 'k'/);
});
