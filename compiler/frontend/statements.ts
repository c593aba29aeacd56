/** Runs the statements of a function's body. */
import { spanOf, type Via } from './diagnostics.ts';
import type { Evaluation } from './evaluation.ts';
import { bind } from './patterns.ts';
import { ts } from './ts-host.ts';
import { refuseUnused } from './unused.ts';
import { describe, isArray, isPrimitive, Scope, type Value } from './values.ts';

/** The end of a statement: by a return with its value, a break or a continue; undefined where it ran to its end. */
export type Completion = { readonly value: Value } | 'break' | 'continue' | undefined;

export function runStatements(I: Evaluation, statements: readonly ts.Statement[], scope: Scope): Completion {
  for (const s of statements) {
    if (!ts.isFunctionDeclaration(s)) continue;
    const symbol = s.name && I.checker.getSymbolAtLocation(s.name);
    if (symbol && s.body) scope.variables.set(symbol, { value: I.closure(s, scope), mutable: false });
  }
  for (const s of statements) {
    const done = run(I, s, scope);
    if (done !== undefined) return done;
  }
  return undefined;
}

function run(I: Evaluation, node: ts.Statement, scope: Scope): Completion {
  if (ts.isVariableStatement(node)) return declare(I, node.declarationList, scope);
  if (ts.isExpressionStatement(node)) {
    refuseUnused(I, node.expression, I.evaluate(node.expression, scope));
    return undefined;
  }
  if (ts.isReturnStatement(node)) return { value: node.expression && I.evaluate(node.expression, scope) };
  if (ts.isBlock(node)) return runStatements(I, node.statements, new Scope(scope));
  if (ts.isIfStatement(node)) {
    const holds = I.truth(I.evaluate(node.expression, scope), node.expression);
    const branch = holds ? node.thenStatement : node.elseStatement;
    return branch && run(I, branch, new Scope(scope));
  }
  if (ts.isForOfStatement(node)) return forOf(I, node, scope);
  if (ts.isForStatement(node)) return forRange(I, node, scope);
  if (ts.isSwitchStatement(node)) return runSwitch(I, node, scope);
  if (ts.isBreakStatement(node) && node.label === undefined) return 'break';
  if (ts.isContinueStatement(node) && node.label === undefined) return 'continue';
  if (ts.isThrowStatement(node)) return refuseThrown(I, node, scope);
  if (
    ts.isFunctionDeclaration(node) ||
    ts.isEmptyStatement(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  ) {
    return undefined;
  }
  return I.unsupported(node);
}

function declare(I: Evaluation, list: ts.VariableDeclarationList, scope: Scope): undefined {
  const kind = list.flags & ts.NodeFlags.BlockScoped;
  if (kind !== ts.NodeFlags.Const && kind !== ts.NodeFlags.Let) {
    I.refuse('OFT1001', 'only const and let are part of the language', list);
  }
  for (const d of list.declarations) {
    const value = d.initializer && I.evaluate(d.initializer, scope);
    bind(I, d.name, value, scope, kind === ts.NodeFlags.Let);
  }
}

/** The head of a loop, which messages show on the way to a place in its body. */
const headOf = (node: ts.ForStatement | ts.ForOfStatement, iteration: string): Via => ({
  ...spanOf(node),
  end: node.statement.pos,
  iteration,
});

/** The values of a loop's variables, for messages. */
function valuesOf({ variables }: Scope): string {
  const said = [...variables].flatMap(([symbol, { value }]) =>
    isPrimitive(value) ? [`${symbol.name} = ${JSON.stringify(value)}`] : [],
  );
  return said.length === 0 ? '' : `where ${said.join(', ')}`;
}

function forOf(I: Evaluation, node: ts.ForOfStatement, scope: Scope): Completion {
  if (node.awaitModifier) return I.unsupported(node.awaitModifier);
  if (!ts.isVariableDeclarationList(node.initializer)) {
    return I.refuse('OFT1001', 'the loop declares its own variable: for (const x of …)', node.initializer);
  }
  const over = I.evaluate(node.expression, scope);
  if (!isArray(over)) {
    return I.refuse(
      'OFT1017',
      `a loop runs over an array that is known at compile time, not ${describe(over)}`,
      node.expression,
    );
  }
  const [declaration] = node.initializer.declarations;
  const mutable = Boolean(node.initializer.flags & ts.NodeFlags.Let);
  for (const [i, value] of over.entries()) {
    const inner = new Scope(scope);
    bind(I, declaration!.name, value, inner, mutable);
    const iteration = valuesOf(inner) || `at element ${i + 1} of ${over.length}`;
    const done = I.from(headOf(node, iteration), () => run(I, node.statement, inner));
    if (done === 'break') break;
    if (typeof done === 'object') return done;
  }
  return undefined;
}

/** Runs a `for` loop. Each iteration has its own copy of the loop's variables, as closures in JavaScript see them. */
function forRange(I: Evaluation, node: ts.ForStatement, scope: Scope): Completion {
  const { initializer, condition, incrementor } = node;
  if (condition === undefined)
    return I.refuse(
      'OFT1001',
      'a loop without a condition is not part of the language: state its range',
      node,
    );
  let inner = new Scope(scope);
  if (initializer && ts.isVariableDeclarationList(initializer)) declare(I, initializer, inner);
  else if (initializer) I.evaluate(initializer, inner);
  for (;;) {
    if (!I.truth(I.evaluate(condition, inner), condition)) return undefined;
    const done = I.from(headOf(node, valuesOf(inner)), () => run(I, node.statement, inner));
    if (done === 'break') return undefined;
    if (typeof done === 'object') return done;
    const next = new Scope(scope);
    for (const [symbol, variable] of inner.variables) next.variables.set(symbol, { ...variable });
    inner = next;
    if (incrementor) I.evaluate(incrementor, inner);
  }
}

function runSwitch(I: Evaluation, node: ts.SwitchStatement, scope: Scope): Completion {
  const on = I.evaluate(node.expression, scope);
  const inner = new Scope(scope);
  const { clauses } = node.caseBlock;
  const matching = clauses.findIndex((c) => ts.isCaseClause(c) && I.evaluate(c.expression, inner) === on);
  const from = matching < 0 ? clauses.findIndex(ts.isDefaultClause) : matching;
  if (from < 0) return undefined;
  const done = runStatements(
    I,
    clauses.slice(from).flatMap((c) => [...c.statements]),
    inner,
  );
  return done === 'break' ? undefined : done;
}

/** Refuses a configuration by the author's `throw new Error('…')`, with OFT1018. */
function refuseThrown(I: Evaluation, node: ts.ThrowStatement, scope: Scope): never {
  const { expression } = node;
  const argument = ts.isNewExpression(expression) ? expression.arguments?.[0] : expression;
  const message = argument && I.evaluate(argument, scope);
  return I.refuse(
    'OFT1018',
    typeof message === 'string' ? message : 'the layer refuses this configuration',
    node,
  );
}
