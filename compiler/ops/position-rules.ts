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
    if (node.kind !== 'op') return [];
    const size = operator(node.op).positions?.(node);
    const table = node.args[1];
    if (!size || table?.kind !== 'input') return [];
    return [{ input: table.name, count: table.type.shape[1]!, size, reader: node.op, spans: node.spans }];
  });
