/** Refuses tensors whose names collide in Python. */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import type { Stored } from '../../session/quantized.ts';
import { tensorName } from './python-text.ts';
import { quantizedInputs } from './quantized.ts';

/** Throws OFT1046 where two tensors would have one name in Python, or one the name of another's gradient. */
export function checkNames(program: Program, stored: Stored = {}): void {
  const taken = new Map<string, string>();
  const whole = [...program.inputs, ...program.outputs].map(({ name }) => ({ name, own: tensorName(name) }));
  const parts = quantizedInputs(program, stored).flatMap(({ input: { name }, form, parts, codes }, n) =>
    [form, parts, codes, ...(n === 0 ? ['parts'] : [])].map((own) => ({ name, own })),
  );
  for (const { name, own } of [...whole, ...parts]) {
    const other = taken.get(own);
    if (other !== undefined)
      throw new OftcError(
        'OFT1046',
        `'${other}' and '${name}' would both be ${own} in Python: rename one of them`,
      );
    taken.set(own, name);
  }
  for (const { name } of whole) {
    const gradient = taken.get(tensorName(gradName(name)));
    if (gradient !== undefined)
      throw new OftcError(
        'OFT1046',
        `'${gradient}' would have the name of the gradient of '${name}' in Python: rename it`,
      );
  }
}
