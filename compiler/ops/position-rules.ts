/** Finds the inputs that hold positions of a matrix. Their values are then checked before anything runs. */
import type { Dim } from '../dims/dims.ts';
import type { Span } from '../errors/span.ts';
import { topological } from '../ir/build.ts';
import type { Program } from '../ir/node.ts';
import { operator } from '../ir/operator.ts';

/** The condition on an input that it has the positions of `count` elements of a matrix. */
export interface PositionRule {
  readonly input: string;
  readonly count: Dim;
  readonly size: readonly [rows: Dim, columns: Dim];
  /** The operator that reads these positions. */
  readonly reader: string;
  readonly spans: readonly Span[];
}

/** The conditions of a program, one for each operator that reads positions in an input. */
export const positionRules = ({ outputs }: Pick<Program, 'outputs'>): PositionRule[] =>
  topological(outputs.map((o) => o.node)).flatMap((node): PositionRule[] => {
    const size = node.kind === 'op' ? operator(node.op).positions?.(node) : undefined;
    const table = size && node.kind === 'op' ? node.args[1]! : undefined;
    if (!size || table?.kind !== 'input' || node.kind !== 'op') return [];
    return [{ input: table.name, count: table.type.shape[1]!, size, reader: node.op, spans: node.spans }];
  });
