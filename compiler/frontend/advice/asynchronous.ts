/** Advice for a helper that is declared `async`, whose result TypeScript takes for a promise. */
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, firstValue } from './complaint.ts';

export function adviseAsync({ node, checker }: Complaint): OftcError | undefined {
  const access = node.parent;
  const value = ts.isPropertyAccessExpression(access) && access.name === node ? access.expression : node;
  const keyword = asyncOf(checker, value);
  if (!keyword) return undefined;
  const message =
    'async is not part of the language: leave it out, because a layer is evaluated at compile time';
  return new OftcError('OFT1001', message, [spanOf(keyword)]);
}

/** The keyword of the function whose promise an expression is; undefined for other expressions. */
function asyncOf(checker: ts.TypeChecker, e: ts.Node): ts.Node | undefined {
  if (checker.getTypeAtLocation(e).symbol?.name !== 'Promise') return undefined;
  if (ts.isCallExpression(e)) return modifier(checker.getResolvedSignature(e)?.declaration);
  const first = firstValue(checker, e);
  return first && ts.isCallExpression(first) ? asyncOf(checker, first) : undefined;
}

const modifier = (f: ts.Node | undefined): ts.Node | undefined =>
  f && ts.canHaveModifiers(f)
    ? ts.getModifiers(f)?.find((m) => m.kind === ts.SyntaxKind.AsyncKeyword)
    : undefined;
