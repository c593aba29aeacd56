/** Declarations, layers and their options, called in a way that no signature allows. */
import { OftcError } from '../../ir/error.ts';
import { didYouMean } from '../../ir/nearest.ts';
import { spanOf } from '../diagnostics.ts';
import { isLanguageDeclaration } from '../source.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround } from './complaint.ts';
import { isLanguageType, isTensorType } from './vocabulary.ts';

const UNFIT: ReadonlySet<number> = new Set([
  2769, 2345, 2322, 2353, 2561, 2554, 2555, 2559, 2740, 2739, 2741,
]);

export function adviseCall({ code, node, checker }: Complaint): OftcError | undefined {
  if (!UNFIT.has(code)) return undefined;
  for (let call = callAround(node); call; call = callAround(call)) {
    const name = languageFunction(checker, call);
    if (name === 'layer') return adviseLayer(checker, call);
    if (name === 'input' || name === 'frozen' || name === 'trainable') return adviseDeclaration(name, call);
    if (name === 'sum') return adviseSum(call);
    if (isLanguageType(checker.getTypeAtLocation(call.expression), 'Layer')) return adviseInlined(call);
    if (name !== undefined) return undefined;
  }
  return undefined;
}

/** The language's function that a call calls. */
function languageFunction(checker: ts.TypeChecker, call: ts.CallExpression): string | undefined {
  const symbol = checker.getSymbolAtLocation(call.expression);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.declarations?.[0];
  return declaration && ts.isFunctionDeclaration(declaration) && isLanguageDeclaration(declaration)
    ? target.name
    : undefined;
}

const at = (code: string, message: string, node: ts.Node) => new OftcError(code, message, [spanOf(node)]);

function adviseDeclaration(name: string, call: ts.CallExpression): OftcError | undefined {
  const array = call.arguments.find(ts.isArrayLiteralExpression);
  if (!array) return undefined;
  const dims = array.elements.map((e) => e.getText()).join(', ');
  return at('OFT1030', `dimensions are written one after another: ${name}(${dims})`, array);
}

function adviseSum(call: ts.CallExpression): OftcError | undefined {
  const options = call.arguments.find(ts.isObjectLiteralExpression);
  return (
    options &&
    at('OFT2006', 'sum takes axes as numbers, and summed axes keep size 1: write sum(x, -1)', options)
  );
}

function adviseInlined(call: ts.CallExpression): OftcError | undefined {
  const [first] = call.arguments;
  const name = call.expression.getText();
  if (first && ts.isObjectLiteralExpression(first)) return undefined;
  const message = `layer '${name}' is called with an object of tensors by name: ${name}({ x, … })`;
  return at('OFT1013', message, first ?? call);
}

function adviseLayer(checker: ts.TypeChecker, call: ts.CallExpression): OftcError | undefined {
  const [params, body, options] = call.arguments;
  if (!params || !body)
    return at('OFT1033', 'a layer is layer(declarations, body, options): the body is missing', call);
  return (
    (options && ts.isObjectLiteralExpression(options)
      ? adviseOptions(checker, params, options)
      : undefined) ??
    adviseConfigured(params, options, call) ??
    adviseBody(checker, body)
  );
}

const OPTIONS = ['where', 'config', 'name', 'claims'];

function adviseOptions(
  checker: ts.TypeChecker,
  params: ts.Expression,
  options: ts.ObjectLiteralExpression,
): OftcError | undefined {
  for (const p of options.properties) {
    const name = p.name?.getText();
    if (name !== undefined && !OPTIONS.includes(name)) {
      const has = `layer has no option '${name}'; it has ${OPTIONS.join(', ')}`;
      const sizes = /^(dims?|sizes?|shapes?)$/.test(name)
        ? '. Sizes are given when compiling: --dims in=1024'
        : '';
      return at('OFT1022', `${has}${sizes || didYouMean(name, OPTIONS)}`, p);
    }
    const value = ts.isPropertyAssignment(p) ? p.initializer : undefined;
    if (name === 'where' && value && ts.isObjectLiteralExpression(value)) {
      const wrong = value.properties.find(
        (e) => ts.isPropertyAssignment(e) && ts.isNumericLiteral(e.initializer),
      );
      if (wrong && ts.isPropertyAssignment(wrong)) {
        const text = wrong.initializer.getText();
        return at(
          'OFT1011',
          `where states dimensions as text: { ${wrong.name.getText()}: '${text}' }`,
          wrong,
        );
      }
    }
    if (name === 'config' && value && ts.isObjectLiteralExpression(value) && ts.isFunctionLike(params)) {
      const unfit = adviseConfig(checker, params, value);
      if (unfit) return unfit;
    }
  }
  return undefined;
}

/** The first default that does not fit the type of the configuration. */
function adviseConfig(
  checker: ts.TypeChecker,
  params: ts.SignatureDeclaration,
  config: ts.ObjectLiteralExpression,
): OftcError | undefined {
  const [parameter] = params.parameters;
  if (!parameter) return undefined;
  const declared = checker.getPropertiesOfType(checker.getTypeAtLocation(parameter));
  const names = declared.map((d) => d.name);
  for (const p of config.properties) {
    const name = p.name?.getText() ?? '';
    const property = declared.find((d) => d.name === name);
    if (!property)
      return at('OFT1043', `the layer reads no configuration '${name}'${didYouMean(name, names)}`, p);
    const [want, have] = [checker.getTypeOfSymbol(property), checker.getTypeAtLocation(p)];
    if (checker.isTypeAssignableTo(have, want)) continue;
    const message = `configuration '${name}' is declared ${checker.typeToString(want)}, and its default is ${checker.typeToString(have)}`;
    return at('OFT1044', message, p);
  }
  const given = config.properties.map((p) => p.name?.getText());
  const missing = names.find((n) => !given.includes(n));
  return missing === undefined
    ? undefined
    : at('OFT1044', `configuration '${missing}' has no default: every key has one`, config);
}

/** Declarations that read a configuration need its defaults. */
function adviseConfigured(
  params: ts.Expression,
  options: ts.Expression | undefined,
  call: ts.CallExpression,
): OftcError | undefined {
  if (!ts.isFunctionLike(params) || params.parameters.length === 0) return undefined;
  const has =
    options &&
    (!ts.isObjectLiteralExpression(options) ||
      options.properties.some((p) => p.name?.getText() === 'config'));
  if (has) return undefined;
  const message =
    'this layer reads a configuration: give its defaults, { config: { … } }, as the last argument';
  return at('OFT1044', message, options ?? call.expression);
}

function adviseBody(checker: ts.TypeChecker, body: ts.Expression): OftcError | undefined {
  if (!ts.isArrowFunction(body) && !ts.isFunctionExpression(body))
    return at('OFT1033', 'the body of a layer is a function: ({ x, W }) => x.matmul(W.T)', body);
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
  const said = wrongResult(checker, result);
  return said === undefined
    ? undefined
    : at('OFT1033', said, ts.isBlock(body.body) ? firstLine(body) : body.body);
}

/** What a body returns instead of tensors. */
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

/** A body's parameters: a whole block is too much to underline. */
const firstLine = (body: ts.ArrowFunction | ts.FunctionExpression): ts.Node =>
  ts.isArrowFunction(body) ? body.equalsGreaterThanToken : (body.name ?? body);
