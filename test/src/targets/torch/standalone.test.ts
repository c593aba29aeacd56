/** A layer's file with the functions of oftc_torch that it calls. */
import { expect, it } from 'vitest';
import { modulesIn, standalone } from '../../../../src/targets/torch/standalone.ts';

it('the modules of a folder are in order, without those of other folders', () => {
  const python = { 'b.py': '', 'tuner/base.py': '', 'a.py': '' };
  expect(modulesIn(python, '')).toEqual(['a.py', 'b.py']);
  expect(modulesIn(python, 'tuner')).toEqual(['tuner/base.py']);
});

const LAYER = 'import torch\n\nfrom . import oftc_torch\n\n\ny = oftc_torch.f(torch.ones(2))\n';

it('what the layer calls stands before it, with the imports that it uses', () => {
  const python = {
    '__init__.py': 'from .a import f\n\nVERSION = 1\n',
    'a.py':
      'import numpy as np\nimport sys\nfrom math import pi, sqrt\n\n\ndef f(x):\n    return np.abs(x) * sqrt(2)\n',
  };
  expect(standalone(LAYER, python)).toBe(
    [
      ...['', '', 'import numpy as np', 'from math import pi, sqrt', '', 'import torch', '', ''],
      ...['def _f(x):', '    return np.abs(x) * sqrt(2)', '', '', 'y = _f(torch.ones(2))', ''],
    ].join('\n'),
  );
  expect(() => standalone(LAYER.replace('oftc_torch.f', 'oftc_torch.VERSION'), python)).toThrow(
    'oftc_torch has no VERSION',
  );
});
