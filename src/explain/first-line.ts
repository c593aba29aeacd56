/** Prints the whole of an explanation in one line: what the layer costs as written, and what it costs as compiled. */
import type { PlanCost } from '../../kernels-gen/index.ts';
import type { Explanation } from './index.ts';
import { figure } from './units.ts';

export function firstLine({ unbound, toGive, cost, asWritten, weightSized }: Explanation): string {
  if (!cost)
    return `${unbound.join(', ')} unbound: ${withSizes(toGive)}, this line says what ${asWritten ? 'it costs' : 'the derivation saves'}`;
  const verdict = weightSized && `${weightSized.length > 0 ? 'not ' : ''}input-centric`;
  const written = cost.written ? costOf(cost.written, ' of temporaries') : 'larger than any kernel can be';
  const derived = asWritten ? '' : ` → derived ${costOf(cost.own, cost.written ? '' : ' of temporaries')}`;
  return `as written ${written}${derived}${verdict ? `; ${verdict}` : ''}`;
}

/** The option that is missing; where one of two names is enough, it says so. */
const withSizes = (names: Explanation['toGive']): string =>
  names.every(({ length }) => length === 1)
    ? 'with --dims'
    : `with ${names.map((of) => (of.length === 1 ? of[0] : `either ${of.join(' or ')}`)).join(', ')} in --dims`;

const costOf = ({ flops, launches, peakTemporaryBytes }: PlanCost, of: string): string =>
  `${figure(flops, 'FLOP')}, ${launches} ${launches === 1 ? 'launch' : 'launches'}, ${figure(peakTemporaryBytes, 'B')}${of}`;

/** The layer, its results, its sizes, the forms of its tensors, and what the first line counts. */
export const titleLine = ({ name, results, dims, where, ...of }: Explanation): string =>
  [
    `${name} → ${results.join(', ')}`,
    Object.entries(dims)
      .map(([n, v]) => `${n}=${v}`)
      .join(', '),
    where.length > 0 ? `where ${where.join(', ')}` : '',
    Object.entries(of.quantized ?? {})
      .map(([tensor, form]) => `${tensor} in ${form}`)
      .join(', '),
    of.activations ? `activations in ${of.activations}` : '',
    of.cost ? `one training step of ${of.tokens} ${of.tokens === 1 ? 'token' : 'tokens'}` : '',
  ]
    .filter(Boolean)
    .join('   ');
