/** Files that hold the functions of oftc_torch which they call. */
import { expect, it } from 'vitest';
import { aloneTexts } from '../../../../src/targets/torch/peft/alone.ts';
import { modulesIn, standalone } from '../../../../src/targets/torch/standalone.ts';

it('the modules of a folder are those directly in it, in order', () => {
  const python = { 'b.py': '', 'tuner/d.py': '', 'a.py': '', 'tuner/c.py': '', 'tuner/in/e.py': '' };
  expect(modulesIn(python, '')).toEqual(['a.py', 'b.py']);
  expect(modulesIn(python, 'tuner')).toEqual(['tuner/c.py', 'tuner/d.py']);
});

const LAYER = 'import torch\n\nfrom . import oftc_torch\n\n\ny = oftc_torch.count(x)\n';

it('a file takes in the imports that its functions use, by the names that they are used by', () => {
  const module = [
    'import math as m',
    'import os',
    'from typing import Any, Sequence',
    '',
    '',
    'def count(x: Any):',
    '    return m.prod(x)',
    '',
  ];
  expect(standalone(LAYER, { 'a.py': module.join('\n') })).toBe(
    [
      '',
      '',
      'import math as m',
      'from typing import Any, Sequence',
      '',
      'import torch',
      '',
      '',
      'def _count(x: Any):',
      '    return m.prod(x)',
      '',
      '',
      'y = _count(x)',
      '',
    ].join('\n'),
  );
});

it('a name that only the package itself defines is none of its modules', () => {
  expect(() => standalone(LAYER, { '__init__.py': 'count = len\n' })).toThrow('oftc_torch has no count');
});

it('code that follows its imports at once is kept', () => {
  const shared = {
    'tuner/config.py': '"""Shared."""\nimport os\nA = 1\n',
    'tuner/base.py': 'import os\nB = 1\n',
    'tuner/layer.py': 'import os\nL = 1\n',
    'tuner/model.py': 'import os\nM = 1\n',
    'tuner/registration.py': 'import os\nR = 1\n',
  };
  const own = '"""Own."""\nimport re\nO = 2\n';
  const texts = { 'config.py': own, 'layer.py': own, 'model.py': own, '__init__.py': own };
  expect(aloneTexts(texts, shared)['config.py']).toBe(
    '"""Own."""\n\nimport os\nimport re\n\n\nA = 1\n\n\nO = 2\n',
  );
});
