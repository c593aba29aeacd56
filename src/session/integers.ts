/** Checks of integers that a session is given: indices of axes, and positions of matrices. */
import { evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { PositionRule } from '../../compiler/ops/position-rules.ts';
import { indexOutside } from '../../compiler/primitives/index-rules.ts';
import { type IndexSpan, outsideOf, spanOf } from '../../runtime/indices.ts';
import { positionsWrong, wrongPosition } from '../../runtime/positions.ts';
import type { Planned } from './planned.ts';
import type { ResolvedInputs } from './tensors.ts';

/** Throws OFT4014 for an integer that lies outside the axis it indexes. `boundSpan` gives the span of a bound tensor. */
export function checkIndices(
  rules: Planned['indexRules'],
  { tokens, data }: ResolvedInputs,
  boundSpan: (name: string) => IndexSpan | undefined,
): void {
  for (const { input, size, reader, spans } of rules) {
    const given = data[input];
    const span = given === undefined ? boundSpan(input) : spanOf(given);
    const wrong = span && outsideOf(span, evalDim(size, { tokens }));
    if (wrong !== undefined)
      throw new OftcError('OFT4014', indexOutside(reader, wrong, input, evalDim(size, { tokens })), spans);
  }
}

/** Throws OFT4014 for positions that a matrix does not have, or that are out of order. */
export function checkPositions(rules: readonly PositionRule[], { data }: ResolvedInputs): void {
  for (const { input, count, size, reader, spans } of rules) {
    const given = data[input];
    if (!(given instanceof Int32Array)) continue;
    const [rows, columns] = size.map((d) => evalDim(d, {})) as [number, number];
    const wrong = wrongPosition(given, evalDim(count, {}), [rows, columns]);
    if (wrong !== undefined) throw new OftcError('OFT4014', positionsWrong(reader, input, wrong), spans);
  }
}
