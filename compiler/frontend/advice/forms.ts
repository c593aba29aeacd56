/** Advice for calls with too many, exchanged or otherwise wrong arguments. It writes the call with the author's tensors. */
import { type Dim, dimConst, equalDim } from '../../dims/dims.ts';
import { quotedDim } from '../../dims/scope.ts';
import { ts } from '../ts-host.ts';
import { shapeAt } from './products.ts';
import { importing } from './variables.ts';
import { isLanguageType, isTensorType } from './vocabulary.ts';

type Call = ts.CallExpression;

/** The advice for a call of the named function; undefined where the arguments fit. */
export function aboutForm(checker: ts.TypeChecker, name: string, call: Call): string | undefined {
  const [first, second] = call.arguments;
  if (!first) return undefined;
  const isTensor = isTensorType(checker.getTypeAtLocation(first));
  switch (name) {
    case 'blockDiag':
      return stacked(checker, call);
    case 'permutation':
      return isTensor
        ? undefined
        : `permutation takes a tensor of indices: declare p: frozen(${ts.isStringLiteralLike(first) ? first.getText() : "'in'"}, { dtype: 'i32', init: 'permutation' }), which the body takes by name, and write permutation(p)`;
    case 'shuffle': {
      const digits = second && ts.isStringLiteralLike(second) ? second.getText() : "'r'";
      return isTensor
        ? `shuffle makes a matrix of the sizes that a column index is written in, and their order: write ${first.getText()}.matmul(shuffle([${digits}, 'b'], [1, 0])) where a row is (${digits}, 'b')`
        : undefined;
    }
    case 'sum': {
      const rank = second ? undefined : shapeAt(checker, first)?.length;
      const axes = rank === undefined ? undefined : [...Array(rank).keys()].join(', ');
      const all = axes === undefined ? '' : `write sum(${first.getText()}, [${axes}]) for all elements, or `;
      return second || !isTensor
        ? undefined
        : `sum takes the axis too: ${all}sum(${first.getText()}, -1) along the last axis; each summed axis keeps size 1`;
    }
    default:
      return undefined;
  }
}

/** The advice to stack the matrices that `blockDiag` gets one by one, or as a list. */
function stacked(checker: ts.TypeChecker, call: Call): string | undefined {
  const [first] = call.arguments;
  const blocks =
    first && ts.isArrayLiteralExpression(first) && call.arguments.length === 1
      ? [...first.elements]
      : [...call.arguments];
  if (first === blocks[0] && blocks.length < 2) return undefined;
  if (blocks.length === 0 || !blocks.every((b) => isTensorType(checker.getTypeAtLocation(b))))
    return undefined;
  const shapes = blocks.map((b) => shapeAt(checker, b));
  const takes = 'blockDiag takes one tensor of blocks of one size, (r, b, c)';
  const [one] = shapes;
  if (
    !one ||
    !shapes.every(
      (s) => s?.length === one.length && s.slice(-2).every((d, i) => equalDim(d, one.slice(-2)[i]!)),
    )
  )
    return `${takes}: stack them with concat([A.reshape(1, 'n', 'n'), B.reshape(1, 'n', 'n')], 0) for A and B of (n, n)`;
  const each = blocks.map((b) =>
    one.length === 2 ? `${b.getText()}.reshape(${sizes([dimConst(1), ...one])})` : b.getText(),
  );
  return `${takes}: write blockDiag(concat([${each.join(', ')}], 0))${importing(call, ['concat'])}`;
}

const sizes = (shape: readonly Dim[]): string => shape.map(quotedDim).join(', ');

/** The kind of value that a type is, as far as it tells the arguments of a call apart. */
function kindOf(checker: ts.TypeChecker, type: ts.Type): string {
  if (type.isIntersection()) return kindOf(checker, type.types[0]!);
  if (isTensorType(type)) return 'tensor';
  if (isLanguageType(type, 'Param')) return 'declaration';
  if (checker.isArrayLikeType(type)) {
    const element = type.getNumberIndexType();
    return `list of ${element ? kindOf(checker, element) : 'nothing'}`;
  }
  const base = checker.getBaseTypeOfLiteralType(type);
  return base.flags & ts.TypeFlags.NumberLike ? 'number' : checker.typeToString(base);
}

/** Whether each argument is of the kind that the parameter at its place takes, and every parameter has one. */
export function fitsParameters(
  checker: ts.TypeChecker,
  parameters: readonly ts.Symbol[],
  args: readonly ts.Expression[],
): boolean {
  const last = parameters.at(-1)?.valueDeclaration;
  // The arguments of a rest parameter are one after another.
  const rest = last && ts.isParameter(last) && last.dotDotDotToken ? parameters.length - 1 : undefined;
  if (rest === undefined ? args.length !== parameters.length : args.length < rest) return false;
  return args.every((a, i) => {
    const type = checker.getTypeOfSymbol(parameters[Math.min(i, rest ?? i)]!);
    const limit = checker.getBaseConstraintOfType(type) ?? type;
    const one = i >= (rest ?? args.length) ? limit.getNumberIndexType() : limit;
    const wanted = one && checker.getNonNullableType(one);
    const takes = wanted?.isUnion() ? wanted.types : [wanted];
    return takes.some((t) => !t || kindOf(checker, t) === kindOf(checker, checker.getTypeAtLocation(a)));
  });
}

/** The orders of some values; the first is theirs. */
const orders = <T>(values: readonly T[]): T[][] =>
  values.length === 0
    ? [[]]
    : values.flatMap((v, i) => orders(values.toSpliced(i, 1)).map((others) => [v, ...others]));

/** The call with its arguments in another order, where this order fits the parameters and theirs does not. */
export function exchanged(
  checker: ts.TypeChecker,
  parameters: readonly ts.Symbol[],
  call: Call,
): string | undefined {
  const given = [...call.arguments];
  if (given.length > 4 || given.some(ts.isSpreadElement)) return undefined;
  const [first, ...others] = orders(given).map((args) => ({
    args,
    fits: fitsParameters(checker, parameters, args),
  }));
  const fitting = first?.fits ? undefined : others.find(({ fits }) => fits);
  return fitting && `${call.expression.getText()}(${fitting.args.map((a) => a.getText()).join(', ')})`;
}
