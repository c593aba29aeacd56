/** Advice for calls of declarations, layers and functions that fit no signature. */
import { OftcError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/nearest.ts';
import { operators, registered } from '../../ir/operator.ts';
import { noOption } from '../../ops/arguments.ts';
import { declareParam } from '../declare.ts';
import { spanOf } from '../diagnostics.ts';
import { aboutTensor } from '../foreign.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround } from './complaint.ts';
import { adviseConfig, undeclaredConfiguration, withoutDefaults } from './configuration.ts';
import { dimensionsOf, namesIn } from './stated.ts';
import { isLanguageType, isTensorType, languageFunction } from './vocabulary.ts';
import { adviseTwice, adviseWhere } from './where.ts';

const UNFIT: ReadonlySet<number> = new Set([
  2769, 2345, 2322, 2353, 2561, 2554, 2555, 2559, 2740, 2739, 2741,
]);

/** TypeScript's error for a property that an object states twice. */
const TWICE = 1117;

export function adviseCall({ code, node, checker }: Complaint): OftcError | undefined {
  if (code === TWICE) return adviseTwice(node);
  if (!UNFIT.has(code)) return undefined;
  for (let call = callAround(node); call; call = callAround(call)) {
    const name = languageFunction(checker, call);
    if (name === 'layer') return adviseLayer(checker, call);
    if (name === 'input' || name === 'frozen' || name === 'trainable') return adviseDeclaration(name, call);
    const called = checker.getTypeAtLocation(call.expression);
    if (isLanguageType(called, 'Layer')) return adviseInlined(checker, called, call);
    if (name !== undefined) return adviseFunction(checker, name, call);
  }
  return undefined;
}

const at = (code: string, message: string, node: ts.Node) => new OftcError(code, message, [spanOf(node)]);

/** The error that a declaration throws for its arguments, where they are written out. */
function adviseDeclaration(
  role: 'input' | 'frozen' | 'trainable',
  call: ts.CallExpression,
): OftcError | undefined {
  const last = call.arguments.at(-1);
  const options = last && ts.isObjectLiteralExpression(last) ? last : undefined;
  const dims = call.arguments.slice(0, options ? -1 : undefined).map(literalOf);
  try {
    declareParam(role, dims, options ? Object.fromEntries(propertiesOf(options)) : {}, []);
  } catch (e) {
    if (!(e instanceof OftcError)) throw e;
    // A value that is computed is not known here, and its error would be wrong.
    return e.message.endsWith('undefined') ? undefined : at(e.code, e.message, call);
  }
  return undefined;
}

/** The value of a literal: a number, a text, a boolean, or an object of these. Undefined for other expressions. */
function literalOf(e: ts.Expression): unknown {
  if (ts.isNumericLiteral(e)) return Number(e.text);
  if (ts.isStringLiteralLike(e)) return e.text;
  if (e.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (e.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isPrefixUnaryExpression(e) && e.operator === ts.SyntaxKind.MinusToken) {
    const value = literalOf(e.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  if (!ts.isObjectLiteralExpression(e)) return undefined;
  const entries = propertiesOf(e);
  // The form of a start is read from its keys, also where a value is computed.
  const isStart = ts.isPropertyAssignment(e.parent) && e.parent.name.getText() === 'init';
  return !isStart && entries.some(([, value]) => value === undefined)
    ? undefined
    : Object.fromEntries(entries);
}

const propertiesOf = (e: ts.ObjectLiteralExpression): (readonly [string, unknown])[] =>
  e.properties.map((p) => [
    p.name?.getText() ?? '',
    ts.isPropertyAssignment(p) ? literalOf(p.initializer) : undefined,
  ]);

/** The first property of an object literal that is no option. */
function unknownOption(of: ts.Expression | undefined, options: readonly string[]) {
  if (!of || !ts.isObjectLiteralExpression(of)) return undefined;
  return of.properties.find((p) => p.name && !options.includes(p.name.getText()));
}

/**
 * The error for an option that a function does not have. Where an operator takes no options, it says what to write
 * instead.
 */
function adviseFunction(checker: ts.TypeChecker, name: string, call: ts.CallExpression) {
  const options = call.arguments.find(ts.isObjectLiteralExpression);
  const parameter =
    options && checker.getResolvedSignature(call)?.parameters[call.arguments.indexOf(options)];
  const type = parameter && checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  if (type?.isClassOrInterface()) {
    const known = checker.getPropertiesOfType(type).map((p) => p.name);
    const extra = unknownOption(options, known);
    return extra && at('OFT1022', noOption(name, extra.name!.getText(), known), extra);
  }
  const instead = operators().find((o) => o.name === name)?.elsewhere?.[name];
  if (!options || !instead) return undefined;
  const axis = options.properties.find((p) => /^(dim|axis)$/.test(p.name?.getText() ?? ''));
  const along = axis && ts.isPropertyAssignment(axis) ? axis.initializer.getText() : '-1';
  const write = aboutTensor(instead, call.arguments[0]?.getText()).replace('-1', along);
  return at('OFT1022', `${name} takes no options: ${write}`, options);
}

function adviseInlined(
  checker: ts.TypeChecker,
  called: ts.Type,
  call: ts.CallExpression,
): OftcError | undefined {
  const [declared] = checker.getTypeArguments(called as ts.TypeReference);
  const takes = declared ? checker.getPropertiesOfType(declared).map((p) => p.name) : [];
  const name = call.expression.getText();
  const write = `${name}({ ${takes.join(', ')} })`;
  const [first] = call.arguments;
  if (!first || !ts.isObjectLiteralExpression(first))
    return at(
      'OFT1013',
      `layer '${name}' is called with an object of tensors by name: ${write}`,
      first ?? call,
    );
  const given = first.properties.map((p) => p.name?.getText() ?? '');
  const extra = given.find((n) => n !== '' && !takes.includes(n));
  const missing = takes.filter((n) => !given.includes(n));
  if (extra === undefined && (missing.length === 0 || given.includes(''))) return undefined;
  const wrong = extra === undefined ? `is missing ${missing.join(', ')}` : `takes no '${extra}'`;
  return at('OFT1013', `layer '${name}' ${wrong}: write ${write}`, first);
}

function adviseLayer(checker: ts.TypeChecker, call: ts.CallExpression): OftcError | undefined {
  const [params, body, options] = call.arguments;
  if (params && ts.isStringLiteralLike(params))
    return at(
      'OFT1033',
      `a layer has the name under which it is exported: leave ${params.getText()} out, or write name: ${params.getText()} in the last argument`,
      params,
    );
  if (!params || !body)
    return at('OFT1033', 'a layer is layer(declarations, body, options): the body is missing', call);
  return (
    (options && ts.isObjectLiteralExpression(options)
      ? adviseOptions(checker, params, options)
      : undefined) ??
    withoutDefaults(call) ??
    adviseBody(checker, body, params, options)
  );
}

const CLAIMS = ['weight', 'bias', 'orthogonal'];

/** The expression that an arrow function without a block returns. */
function returned(f: ts.Expression | undefined): ts.Expression | undefined {
  if (!f || !ts.isArrowFunction(f) || ts.isBlock(f.body)) return undefined;
  return ts.isParenthesizedExpression(f.body) ? f.body.expression : f.body;
}

const OPTIONS = ['where', 'config', 'name', 'source', 'claims'];

function adviseOptions(
  checker: ts.TypeChecker,
  params: ts.Expression,
  options: ts.ObjectLiteralExpression,
): OftcError | undefined {
  for (const p of options.properties) {
    const name = p.name?.getText();
    if (name !== undefined && !OPTIONS.includes(name)) {
      if (
        ts.isPropertyAssignment(p) &&
        ts.isStringLiteralLike(p.initializer) &&
        dimensionsOf(params)
          .flat()
          .some((d) => namesIn(d).includes(name))
      )
        return at('OFT1022', `'${name}' is a dimension: write { where: { ${stating(options)} } }`, p);
      const has = `layer has no option '${name}'; it has ${OPTIONS.join(', ')}`;
      const sizes = /^(dims?|sizes?|shapes?)$/.test(name)
        ? '. Sizes are given when compiling, as in `oftc explain --dims in=1024`'
        : '';
      return at('OFT1022', `${has}${sizes || didYouMean(name, OPTIONS)}`, p);
    }
    const value = ts.isPropertyAssignment(p) ? p.initializer : undefined;
    const unfit = name === 'where' && value ? adviseWhere(value) : undefined;
    if (unfit) return unfit;
    if (name === 'source' && value && literalOf(value) !== undefined && !ts.isStringLiteralLike(value))
      return at('OFT1022', 'source is the address of the paper or the code, as text', p);
    if (name === 'claims' && value && ts.isObjectLiteralExpression(value))
      return at('OFT1034', claimed(checker, options.parent), p);
    if (name === 'claims') {
      const extra = unknownOption(returned(value), CLAIMS);
      const claim = extra?.name?.getText() ?? '';
      const can = `what can be claimed is ${CLAIMS.join(', ')}${didYouMean(claim, CLAIMS)}`;
      if (extra) return at('OFT1034', `the layer claims '${claim}'; ${can}`, extra);
    }
    if (name === 'config' && value && ts.isObjectLiteralExpression(value) && ts.isFunctionLike(params)) {
      const wrong = adviseConfig(checker, params, value);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

/** The properties of options that are equalities of dimensions, as they are written. */
const stating = (options: ts.ObjectLiteralExpression): string =>
  options.properties
    .filter((p) => !OPTIONS.includes(p.name?.getText() ?? ''))
    .map((p) => p.getText())
    .join(', ');

/** The message for claims that are no function; the layer's own rotation is what they claim to be orthogonal. */
function claimed(checker: ts.TypeChecker, layer: ts.Node): string {
  const body = ts.isCallExpression(layer) ? layer.arguments[1] : undefined;
  const rotation =
    body &&
    ts.forEachChild(body, function find(n): ts.CallExpression | undefined {
      const name = ts.isCallExpression(n) ? (languageFunction(checker, n) ?? '') : '';
      return ts.isCallExpression(n) && (name === 'blockDiag' || registered(name)?.rotates)
        ? n
        : ts.forEachChild(n, find);
    });
  const text = rotation?.getText() ?? 'R';
  const pattern = body && ts.isArrowFunction(body) ? body.parameters[0]?.name : undefined;
  const names =
    pattern && ts.isObjectBindingPattern(pattern) ? pattern.elements.map((e) => e.name.getText()) : [];
  const used = names.filter((n) => new RegExp(`(?<![\\w$.])${n}(?![\\w$])`).test(text));
  return `claims is a function of the tensors, and names what is claimed: write claims: ({ ${(used.length > 0 ? used : names).join(', ')} }) => ({ orthogonal: [${text}] })`;
}

function adviseBody(
  checker: ts.TypeChecker,
  body: ts.Expression,
  params: ts.Expression,
  options: ts.Expression | undefined,
): OftcError | undefined {
  if (!ts.isArrowFunction(body) && !ts.isFunctionExpression(body))
    return at('OFT1033', 'the body of a layer is a function: ({ x, W }) => x.matmul(W.T)', body);
  const configured = ts.isFunctionLike(params);
  const [first, second] = body.parameters;
  if (!configured && first && second && ts.isObjectBindingPattern(first.name))
    return at('OFT1033', undeclaredConfiguration(body, options), second);
  if (body.parameters.length > (configured ? 2 : 1)) {
    const names = body.parameters.map((p) => p.name.getText());
    const last = names.at(-1)!;
    const config = configured && !declaredIn(checker, params).includes(last) ? names.splice(-1) : [];
    const write = [`{ ${names.join(', ')} }`, ...config].join(', ');
    return at(
      'OFT1033',
      `the body of a layer is given its tensors by name${config.length > 0 ? ', and its configuration after them' : ''}: (${write}) => …`,
      body.parameters[0]!,
    );
  }
  const asynchronous = body.modifiers?.find((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
  if (asynchronous) {
    const instead = 'a layer is evaluated at compile time; do asynchronous work outside it';
    return at('OFT1001', `async is not part of the language: ${instead}`, asynchronous);
  }
  const result = checker.getTypeAtLocation(body).getCallSignatures()[0]?.getReturnType();
  if (!result) return undefined;
  const negated = minusOnTensor(checker, body.body);
  if (negated)
    return at('OFT1004', `'-' does not apply to tensors: write ${negated.operand.getText()}.neg()`, negated);
  const [label] = ts.isBlock(body.body) ? body.body.statements : [];
  if (label && ts.isLabeledStatement(label))
    return at(
      'OFT1033',
      `an object that an arrow returns stands in parentheses: write => ({ ${label.label.text}: … })`,
      label.label,
    );
  const said = wrongResult(checker, result);
  return said === undefined
    ? undefined
    : at('OFT1033', said, ts.isBlock(body.body) ? firstLine(body) : body.body);
}

/** The names that the declarations of a layer give its tensors. */
function declaredIn(checker: ts.TypeChecker, params: ts.Expression): string[] {
  const type = checker.getTypeAtLocation(params);
  const declared = type.getCallSignatures()[0]?.getReturnType() ?? type;
  return checker.getPropertiesOfType(declared).map((p) => p.name);
}

/** The message for a body that does not return tensors. */
function wrongResult(checker: ts.TypeChecker, result: ts.Type): string | undefined {
  if (result.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined))
    return 'the body of a layer returns nothing: write return before its result';
  if (checker.isArrayType(result) || checker.isTupleType(result))
    return 'a layer returns its tensors by name, not in an array: { y: …, z: … }';
  const parts = result.isUnion() ? result.types : [result];
  const wrong = parts.find((t) => t.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.StringLike));
  if (wrong)
    return `a layer returns a tensor, or an object of tensors by name, not ${checker.typeToString(wrong)}: scalar(…) makes a tensor of a number`;
  return undefined;
}

function minusOnTensor(checker: ts.TypeChecker, body: ts.Node): ts.PrefixUnaryExpression | undefined {
  const find = (n: ts.Node): ts.PrefixUnaryExpression | undefined =>
    ts.isPrefixUnaryExpression(n) && isTensorType(checker.getTypeAtLocation(n.operand))
      ? n
      : ts.forEachChild(n, find);
  return find(body);
}

/** The node to underline for a body: its arrow or name, because a whole block would be too much. */
const firstLine = (body: ts.ArrowFunction | ts.FunctionExpression): ts.Node =>
  ts.isArrowFunction(body) ? body.equalsGreaterThanToken : (body.name ?? body);
