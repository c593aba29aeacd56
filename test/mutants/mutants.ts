/** Makes the mutants of a source file: each is one small wrong edit of one expression. */
import ts from 'typescript';
import { isLookup, isSet, nameOf } from './order.ts';
import { wgslEdits } from './wgsl.ts';

export interface Mutant {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  /** The file, the enclosing names and the edit. The key stays the same when the code around it moves. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Wrong replacements of an expression, as source text. */
type Edits = readonly string[];

const K = ts.SyntaxKind;

const BINARY: Readonly<Record<number, (a: string, b: string) => Edits>> = {
  [K.PlusToken]: (a, b) => [`${a} - ${b}`],
  [K.MinusToken]: (a, b) => [`${a} + ${b}`],
  [K.AsteriskToken]: (a, b) => [a, b],
  [K.SlashToken]: (a, b) => [a, `${a} * ${b}`],
  [K.PercentToken]: (a) => [a],
  [K.AsteriskAsteriskToken]: (a, b) => [a, `${a} * ${b}`],
  [K.AmpersandToken]: (a, b) => [`${a} | ${b}`],
  [K.GreaterThanGreaterThanToken]: (a, b) => [`${a} << ${b}`],
  [K.LessThanLessThanToken]: (a, b) => [`${a} >> ${b}`],
  [K.LessThanToken]: (a, b) => [`${a} <= ${b}`],
  [K.LessThanEqualsToken]: (a, b) => [`${a} < ${b}`],
  [K.GreaterThanToken]: (a, b) => [`${a} >= ${b}`],
  [K.GreaterThanEqualsToken]: (a, b) => [`${a} > ${b}`],
  [K.EqualsEqualsEqualsToken]: (a, b) => [`${a} !== ${b}`],
  [K.ExclamationEqualsEqualsToken]: (a, b) => [`${a} === ${b}`],
  [K.AmpersandAmpersandToken]: (a, b) => [a, b],
  [K.BarBarToken]: (a, b) => [a, b],
  [K.QuestionQuestionToken]: (a, b) => [a, b],
  [K.PlusEqualsToken]: (a, b) => [`${a} -= ${b}`],
  [K.MinusEqualsToken]: (a, b) => [`${a} += ${b}`],
  [K.AsteriskEqualsToken]: (a, b) => [`${a} /= ${b}`],
  [K.SlashEqualsToken]: (a, b) => [`${a} *= ${b}`],
};

/** Functions for which the order of arguments, or of a list's elements, makes no difference. */
const COMMUTATIVE = new Set(
  [
    'iadd imul ieq and addQ addPoly addDim mulDim equalDim sameShape addExtent mulExtent maxExtent mulQ eqQ min max',
    'total productDim productExtent floatDtype broadcastShapes defineRules',
    'areTransposes canReshape equalPoly isSame sameExpression',
  ].flatMap((names) => names.split(' ')),
);
const COMMUTATIVE_OPS = new Set(['add', 'mul', 'max', 'min']);
/** Functions of one argument; a mutant leaves out the call. */
const WRAPPERS = new Set(['transposed', 'inverted', 'not', 'isqrt', 't']);
/** Functions of two arguments of one kind; a mutant leaves out one argument. */
const COMBINERS = new Set('imul mulDim mulExtent addExtent and ceildivExtent'.split(' '));
/** Functions that take a list; a mutant leaves out one element. */
const LISTS = new Set(['total', 'product', 'productDim', 'productExtent', 'apply']);
const RENAMED: Readonly<Record<string, string>> = {
  isub: 'iadd',
  iadd: 'isub',
  idiv: 'imod',
  imod: 'idiv',
  floor: 'ceil',
  ceil: 'floor',
  min: 'max',
  max: 'min',
  some: 'every',
  every: 'some',
  find: 'findLast',
  findIndex: 'findLastIndex',
};
const FINDS = new Set(['find', 'findIndex']);
/** Methods; a mutant leaves out the call. */
const DROPPED = new Set(['reverse', 'sort', 'filter']);
const OP_NAMES: Readonly<Record<string, string>> = {
  add: 'sub',
  sub: 'add',
  mul: 'div',
  div: 'mul',
  sin: 'cos',
  cos: 'sin',
  max: 'min',
  min: 'max',
  greater: 'max',
  sum: 'max',
  diag: 'diagonal',
  blockDiag: 'diagBlocks',
  skew: 'packSkew',
  packSkew: 'skew',
};

/** Whether two arguments are so alike that a programmer could swap them. */
const areAlike = (a: ts.Expression, b: ts.Expression): boolean =>
  a.kind === b.kind && (ts.isIdentifier(a) || ts.isCallExpression(a) || ts.isPropertyAccessExpression(a));

/** The operator's name in `apply('op', …)` or `call('op', …)`. */
function opOf(call: ts.CallExpression): string | undefined {
  const first = call.arguments[0];
  const applies = ['apply', 'call'].includes(nameOf(call.expression) ?? '');
  return applies && first && ts.isStringLiteral(first) ? first.text : undefined;
}

/** The names of axes that the function around a node uses, in calls of `ax` and `axis`. */
function axisNames(node: ts.Node): string[] {
  const around = ts.findAncestor(node, (n) => ts.isArrowFunction(n) || ts.isFunctionDeclaration(n));
  const found = new Set<string>();
  const visit = (n: ts.Node): void => {
    if (ts.isCallExpression(n) && ['ax', 'axis'].includes(nameOf(n.expression) ?? '')) {
      const [name] = n.arguments;
      if (name && ts.isStringLiteral(name)) found.add(name.text);
    }
    ts.forEachChild(n, visit);
  };
  if (around) visit(around);
  return [...found];
}

function callEdits(call: ts.CallExpression): Edits {
  const name = nameOf(call.expression);
  const op = opOf(call);
  const args = call.arguments.map((a) => a.getText());
  const callee = call.expression.getText();
  const typed = call.typeArguments ? `<${call.typeArguments.map((t) => t.getText()).join(', ')}>` : '';
  const edits: string[] = [];
  if (name === undefined) return edits;
  const commutes = COMMUTATIVE.has(name) || (op !== undefined && COMMUTATIVE_OPS.has(op));
  for (let i = 0; i + 1 < args.length && !commutes; i++) {
    if (!areAlike(call.arguments[i]!, call.arguments[i + 1]!) || args[i] === args[i + 1]) continue;
    edits.push(
      `${callee}${typed}(${args
        .with(i, args[i + 1]!)
        .with(i + 1, args[i]!)
        .join(', ')})`,
    );
  }
  if (WRAPPERS.has(name) && args.length === 1) edits.push(args[0]!);
  if (op === 'neg') edits.push(args[1]!);
  if (op === 'transpose' && ts.isArrayLiteralExpression(call.arguments[1]!))
    edits.push(call.arguments[1].elements[0]!.getText());
  if (name === 'scaled') edits.push(args[1]!);
  if (COMBINERS.has(name) && args.length === 2) edits.push(args[0]!, args[1]!);
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
  if (renamed && !(FINDS.has(name) && isLookup(call)))
    edits.push(`${callee.slice(0, callee.length - name.length)}${renamed}(${args.join(', ')})`);
  if (ts.isPropertyAccessExpression(call.expression) && DROPPED.has(name))
    edits.push(call.expression.expression.getText());
  const otherOp = op && (name === 'call' || op !== 'add') ? OP_NAMES[op] : undefined;
  if (otherOp) edits.push(`${callee}(${[`'${otherOp}'`, ...args.slice(1)].join(', ')})`);
  const [first] = call.arguments;
  if (name === 'ax' && first && ts.isStringLiteral(first)) {
    const names = axisNames(call);
    const other = names[(names.indexOf(first.text) + 1) % names.length];
    if (other !== undefined && other !== first.text) edits.push(`ax('${other}')`);
  }
  return edits;
}

function arrayEdits(list: ts.ArrayLiteralExpression): Edits {
  const elements = list.elements.map((e) => e.getText());
  const without = (i: number): string => `[${elements.toSpliced(i, 1).join(', ')}]`;
  if (isSet(list)) return list.elements.flatMap((e, i) => (ts.isLiteralExpression(e) ? [without(i)] : []));
  const call = ts.isCallExpression(list.parent) ? list.parent : undefined;
  const name = call && nameOf(call.expression);
  const op = call && opOf(call);
  const edits: string[] = [];
  const commutes = COMMUTATIVE.has(name ?? '') || COMMUTATIVE_OPS.has(op ?? '');
  for (let i = 0; i + 1 < elements.length && !commutes; i++) {
    if (ts.isSpreadElement(list.elements[i]!) || ts.isSpreadElement(list.elements[i + 1]!)) continue;
    if (elements[i] === elements[i + 1]) continue;
    edits.push(
      `[${elements
        .with(i, elements[i + 1]!)
        .with(i + 1, elements[i]!)
        .join(', ')}]`,
    );
  }
  if (LISTS.has(name ?? '') && elements.length > 1) for (const i of elements.keys()) edits.push(without(i));
  return edits;
}

/**
 * Makes a condition always or never true. A condition that refuses is only made false, as always refusing is found at
 * once.
 */
function guardEdits(node: ts.Node): Edits {
  const { parent } = node;
  const isLogical = ts.isBinaryExpression(node) && LOGICAL.has(node.operatorToken.kind);
  if (isLogical) return []; // both operands are mutated as conditions themselves
  if (ts.isIfStatement(parent) && parent.expression === node)
    return refuses(parent) ? ['false'] : ['true', 'false'];
  return ts.isConditionalExpression(parent) && parent.condition === node ? ['true', 'false'] : [];
}
const LOGICAL = new Set<ts.SyntaxKind>([K.AmpersandAmpersandToken, K.BarBarToken]);
const refuses = ({ thenStatement: then }: ts.IfStatement): boolean =>
  ts.isThrowStatement(then) || (ts.isBlock(then) && then.statements.some(ts.isThrowStatement));

function edits(node: ts.Node, wgsl: boolean): Edits {
  const found: string[] = [];
  const guards = guardEdits(node);
  found.push(...guards);
  if (ts.isBinaryExpression(node)) {
    const isText = [node.left, node.right].some(
      (s) => ts.isStringLiteralLike(s) || ts.isTemplateExpression(s),
    );
    const { kind } = node.operatorToken;
    // In a condition, negating `===` differs too little from the mutants `true` and `false`.
    const isSaid =
      guards.length > 0 && (kind === K.EqualsEqualsEqualsToken || kind === K.ExclamationEqualsEqualsToken);
    if (!isSaid && !(isText && kind === K.PlusToken))
      found.push(...(BINARY[kind]?.(node.left.getText(), node.right.getText()) ?? []));
  } else if (ts.isPrefixUnaryExpression(node)) {
    const operand = node.operand.getText();
    if (node.operator === K.MinusToken && ts.isNumericLiteral(node.operand))
      found.push(`${1 - Number(node.operand.text)}`, `${-1 - Number(node.operand.text)}`);
    else if (node.operator === K.MinusToken || node.operator === K.ExclamationToken) found.push(operand);
  } else if (ts.isNumericLiteral(node)) {
    const n = Number(node.text);
    // A number with an exponent is a rounded one.
    if (/^[\d.]+e/.test(node.getText())) found.push(`${n * 2}`, `${n / 2}`);
    else if (!ts.isPrefixUnaryExpression(node.parent))
      found.push(`${n + 1}`, ...(n === 0 ? [] : [`${n - 1}`]));
  } else if (ts.isBigIntLiteral(node)) {
    const n = BigInt(node.text.slice(0, -1));
    found.push(`${n + 1n}n`, `${n - 1n}n`);
  } else if (node.kind === K.TrueKeyword) found.push('false');
  else if (node.kind === K.FalseKeyword) found.push('true');
  else if (ts.isCallExpression(node)) found.push(...callEdits(node));
  else if (ts.isArrayLiteralExpression(node)) found.push(...arrayEdits(node));
  else if (
    ts.isArrowFunction(node.parent) &&
    node.parent.body === node &&
    !ts.isBlock(node) &&
    isFacts(node.parent)
  )
    found.push('({})');
  if (isDroppable(node)) found.push('undefined');
  if (wgsl && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node))) found.push(...wgslEdits(node));
  return [...new Set(found)].filter((text) => text !== node.getText());
}

/** Whether a mutant may drop a statement. Without a bracket, generated WGSL would only fail to compile. */
const isDroppable = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node.parent) &&
  !ts.isSourceFile(node.parent.parent) &&
  !(ts.isCallExpression(node) && /\.(open|close|loop|stride)$/.test(node.expression.getText()));

const isFacts = (f: ts.ArrowFunction): boolean =>
  ts.isPropertyAssignment(f.parent) && f.parent.name.getText() === 'facts';

/** Properties of operators and rules that describe them or draw tests, and compute nothing. */
const DESCRIPTIVE = new Set(['name', 'law', 'numerics', 'phase', 'instance', 'sample', 'label']);
/** Whether a node's text is a message for people; in kernels-gen, text is WGSL. */
const isMessage = (node: ts.Node): boolean => !node.getSourceFile().fileName.startsWith('kernels-gen/');
const DRAWS = /\bd\.(tensor|int|pick)\(/;
const isDrawing = ({ parameters }: ts.SignatureDeclaration): boolean =>
  parameters.some((p) => p.type?.getText() === 'Draw');

/** Whether a node is not mutated: types, messages, names and the drawing of test instances. */
function isSkipped(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isThrowStatement(node)) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) return true;
  if (ts.isIfStatement(node.parent) && node.parent.thenStatement === node && refuses(node.parent))
    return true;
  if ((ts.isFunctionDeclaration(node) || ts.isArrowFunction(node)) && isDrawing(node)) return true;
  if (ts.isFunctionDeclaration(node) && node.type?.kind === K.StringKeyword && isMessage(node)) return true;
  if (ts.isPropertyAssignment(node) && DESCRIPTIVE.has(node.name.getText())) return true;
  return (
    ts.isArrowFunction(node) &&
    DRAWS.test(node.getText().slice(0, 400)) &&
    node.parameters.some((p) => p.name.getText() === 'd')
  );
}

/** Whether an expression stands where parentheses are not allowed, so that no mutant can replace it. */
function isFixed(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return true;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return true;
  if (ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent.operatorToken.kind))
    return true;
  // Parentheses inside an optional chain would change what it skips.
  return ts.isOptionalChain(node) && ts.isOptionalChain(parent) && parent.expression === node;
}
const isAssignment = (k: ts.SyntaxKind) => k >= K.FirstAssignment && k <= K.LastAssignment;

/** The names of the declarations, operators and rules around a node, outermost first. */
function whereabouts(node: ts.Node): string {
  const names: string[] = [];
  for (let n = node.parent; n; n = n.parent) {
    if (ts.isObjectLiteralExpression(n)) {
      const own = n.properties.find((p) => ts.isPropertyAssignment(p) && p.name.getText() === 'name');
      if (own && ts.isPropertyAssignment(own) && ts.isStringLiteral(own.initializer))
        names.unshift(own.initializer.text);
    } else if (ts.isPropertyAssignment(n) || ts.isVariableDeclaration(n) || ts.isFunctionDeclaration(n)) {
      names.unshift(n.name?.getText() ?? '');
    }
  }
  return names.join('.');
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

export function mutantsOf(file: string, text: string, firstId: number): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const wgsl = file.startsWith('kernels-gen/');
  const mutants: Mutant[] = [];
  const times = new Map<string, number>();
  const visit = (node: ts.Node): void => {
    if (isSkipped(node)) return;
    if (!isFixed(node)) {
      const [start, end] = [node.getStart(), node.getEnd()];
      for (const edit of edits(node, wgsl)) {
        const name = `${file} ${whereabouts(node)}: ${oneLine(node.getText())} → ${oneLine(edit)}`;
        const nth = (times.get(name) ?? 0) + 1;
        times.set(name, nth);
        mutants.push({
          id: firstId + mutants.length,
          file,
          line: source.getLineAndCharacterOfPosition(start).line + 1,
          key: nth === 1 ? name : `${name} (${nth})`,
          start,
          end,
          text: edit,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return mutants;
}

/** The source text with all mutants in it. At run time, `__mutant(id)` tells whether a mutant is active. */
export function schemata(text: string, mutants: readonly Mutant[]): string {
  const spans = new Map<string, Mutant[]>();
  for (const m of mutants) {
    const at = `${m.start}:${m.end}`;
    spans.set(at, [...(spans.get(at) ?? []), m]);
  }
  const groups = [...spans.values()].sort((a, b) => a[0]!.start - b[0]!.start || b[0]!.end - a[0]!.end);
  let next = 0;
  const render = (from: number, to: number): string => {
    let out = '';
    let at = from;
    while (next < groups.length && groups[next]![0]!.start < to) {
      const group = groups[next++]!;
      const { start, end } = group[0]!;
      const choices = group.map((m) => `__mutant(${m.id}) ? (${m.text}) : `).join('');
      out += `${text.slice(at, start)}(${choices}(${render(start, end)}))`;
      at = end;
    }
    return out + text.slice(at, to);
  };
  return render(0, text.length);
}
