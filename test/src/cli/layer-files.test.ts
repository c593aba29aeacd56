/** Commands that read a layer run nothing of its file. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { at, layerFile, OFT, oftc } from './harness.ts';

const SIZES = ['--dims', 'in=8,out=5,b=4'];
const LINES: Readonly<Record<string, readonly string[]>> = {
  explain: SIZES,
  check: ['--trials', '1', ...SIZES],
  rewrite: SIZES,
  build: [...SIZES, '-o', at('built')],
};

it.each(Object.keys(LINES))('%s reads a layer and runs nothing of its file', async (command) => {
  const marker = at(`ran-${command}`);
  const writes = `writeFileSync(${JSON.stringify(marker)}, 'ran');`;
  const file = layerFile(
    `module-level-${command}.ts`,
    `import { writeFileSync } from 'node:fs';\n${writes}\n${OFT}`,
  );
  const { exit, stderr, stdout } = await oftc(command, file, ...LINES[command]!);
  // A layer without a name of Node's types is read; one that has them may be refused. Neither runs.
  expect([0, 1], `${stdout}${stderr}`).toContain(exit);
  expect(existsSync(marker)).toBe(false);
});
