/** Every method of the library as a package for PyTorch: its own tests pass. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pythonTexts } from '../../../../src/cli/package.ts';
import { smallSizes } from '../../../../src/identity/sizes.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { PYTHON, python } from '../../../support/torch.ts';

const ADAPTERS = fileURLToPath(new URL('../../../../src/adapters/', import.meta.url));

const isLayer = (v: unknown): v is Traceable => typeof v === 'function' && 'trace' in v;

it.runIf(PYTHON)('every library method passes its tests, gradcheck among them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const built: string[] = [];
  for (const file of readdirSync(ADAPTERS).filter((f) => f.endsWith('.ts'))) {
    for (const [name, layer] of Object.entries<unknown>(await import(ADAPTERS + file))) {
      if (!isLayer(layer)) continue;
      const program = layer.trace();
      const [smallest, distinct = smallest] = smallSizes(program);
      const texts = buildTorch(program, {
        name,
        sizes: distinct!,
        from: { file, version: '0.0.0' },
        python: pythonTexts(),
      });
      for (const [path, text] of Object.entries(texts)) {
        const at = join(folder, name, path);
        mkdirSync(dirname(at), { recursive: true });
        writeFileSync(at, text);
      }
      built.push(`${name}.test_layer`);
    }
  }
  expect(built.length).toBeGreaterThan(15);
  const said = python(['-m', 'unittest', ...built], folder);
  expect(said).toMatch(new RegExp(`Ran ${8 * built.length} tests`));
  expect(said).toMatch(/^OK/m);
});
