/** The modules that a command loads at its start, before it knows what it needs. */
import { type BuildOptions, build } from 'esbuild';
import { expect, it } from 'vitest';

const lateImports: NonNullable<BuildOptions['plugins']>[number] = {
  name: 'late imports',
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** The files that importing a file loads. */
async function loaded(file: string): Promise<string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [file], bundle: true, write: false, metafile: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent', plugins: [lateImports] },
  });
  return Object.keys(metafile.inputs);
}

const COMPILER = /^(compiler\/(pipeline|derive|compete|autodiff\/index)\.ts|kernels-gen\/)/;

it.each(['generate', 'eval', 'finetune'])(
  '%s loads no compiler, for its Plans may be kept',
  async (command) => {
    const files = await loaded(`src/cli/commands/${command}.ts`);
    expect(files).toContain('src/finetune/stage.ts');
    expect(files.filter((f) => COMPILER.test(f))).toEqual([]);
  },
);

it('the command line loads options, and neither compiler nor engines', async () => {
  const files = await loaded('src/cli/cli.ts');
  expect(files).toContain('src/cli/finetune/commands.ts');
  expect(files.length).toBeLessThan(60);
});

it('--version loads a handful of files', async () => {
  expect((await loaded('src/cli/main.ts')).length).toBeLessThan(8);
});
