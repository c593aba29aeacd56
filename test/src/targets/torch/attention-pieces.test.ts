/** The attention of `oftc_torch` in PyTorch: piece by piece, and as torch.compile takes it. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PYTHON, python } from '../../../support/torch.ts';

it.runIf(PYTHON)(
  'attention agrees with its definition, with a soft cap and without, in pieces of any size and compiled',
  () => {
    const folder = fileURLToPath(new URL('./', import.meta.url));
    expect(python(['-B', '-m', 'unittest', 'test_attention_pieces'], folder)).toMatch(
      /Ran 3 tests[\s\S]*\nOK/,
    );
  },
);
