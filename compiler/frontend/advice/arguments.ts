/** Advice for the arguments of the language's functions and methods: their number, their order, lists and names. */
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { isLanguageDeclaration } from '../source.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround } from './complaint.ts';
import { aboutForm, exchanged, fitsParameters } from './forms.ts';
import { importing } from './variables.ts';
import { isTensorType, languageFunction } from './vocabulary.ts';

/** TypeScript's errors for a wrong number of arguments. */
const COUNT: ReadonlySet<number> = new Set([2554, 2555]);
const UNFIT: ReadonlySet<number> = new Set([2345, 2769, 2322]);
/** TypeScript's error for a value that has none of an interface's optional properties. */
const NO_PROPERTY = 2559;
/** TypeScript's error for a spread value that is no list. */
const NO_LIST = 2488;
const UNKNOWN_NAME = 2304;

const at = (code: string, message: string, node: ts.Node) => new OftcError(code, message, [spanOf(node)]);

export function adviseArguments({ code, node, checker }: Complaint): OftcError | undefined {
  const call = callAround(node);
  if (!call) return undefined;
  if (code === UNKNOWN_NAME && call.arguments.some((a) => isNamed(a) && a.left === node))
    return named(call, node);
  if (code === NO_LIST && ts.isSpreadElement(node.parent) && isTensorType(checker.getTypeAtLocation(node)))
    return at('OFT1020', `a tensor is no list of arguments: write ${written(call, [node])}`, node.parent);
  const parameters = parametersOf(checker, call);
  if (!parameters) return undefined;
  const names = parameters.map((p) => p.name);
  const counted = UNFIT.has(code) || COUNT.has(code);
  const form =
    counted && ts.isIdentifier(call.expression) ? aboutForm(checker, nameOf(call), call) : undefined;
  if (form !== undefined) return at('OFT1020', form, call);
  const other = counted ? exchanged(checker, parameters, call) : undefined;
  if (other !== undefined) return at('OFT1020', `its arguments stand in another order: write ${other}`, call);
  const unlisted = UNFIT.has(code) && node.parent === call ? listed(checker, call, node) : undefined;
  if (unlisted !== undefined) return at('OFT1020', unlisted, node);
  if (UNFIT.has(code) && ts.isArrayLiteralExpression(node) && node.parent === call) {
    const args = call.arguments.flatMap((a) => (a === node ? [...node.elements] : [a]));
    if (fitsParameters(checker, parameters, args))
      return at('OFT1020', `arguments are written one after another: ${written(call, args)}`, node);
    return at('OFT1020', `a list does not stand there: ${nameOf(call)}(${names.join(', ')})`, node);
  }
  if (code === NO_PROPERTY)
    return at(
      'OFT1022',
      `${call.expression.getText()} takes its options by name: ${optionsOf(checker, parameters)}`,
      node,
    );
  if (!COUNT.has(code)) return undefined;
  const titled = call.arguments[0] && ts.isStringLiteralLike(call.arguments[0]);
  if (titled && languageFunction(checker, call) === 'layer') return undefined;
  const unclosed = optionsWithin(call, names.length);
  if (unclosed)
    return at(
      'OFT1020',
      `the '(' of ${nameOf(call)} is not closed before the options of the layer: write ')' after ${lastCall(unclosed)}`,
      unclosed,
    );
  const tensors = call.arguments.filter((a) => isTensorType(checker.getTypeAtLocation(a)));
  const isList = parameters[0] && checker.isArrayLikeType(checker.getTypeOfSymbol(parameters[0]));
  if (isList && tensors.length > 1) {
    const rest = call.arguments.filter((a) => !tensors.includes(a)).map((a) => `, ${a.getText()}`);
    const list = `[${tensors.map((a) => a.getText()).join(', ')}]`;
    return at(
      'OFT1020',
      `its tensors are a list: write ${call.expression.getText()}(${list}${rest.join('')})`,
      call,
    );
  }
  return at(
    'OFT1020',
    `${nameOf(call)} takes ${names.length} argument${names.length === 1 ? '' : 's'}: ${nameOf(call)}(${names.join(', ')})${withOptions(checker, call, names.length)}`,
    call,
  );
}

/** The last argument before the options of a layer, which stand in another call because its ')' is missing. */
function optionsWithin(call: ts.CallExpression, arity: number): ts.Expression | undefined {
  const extra = call.arguments[arity];
  if (arity === 0 || !extra || !ts.isObjectLiteralExpression(extra)) return undefined;
  const isOptions = extra.properties.some((p) => /^(where|config|claims)$/.test(p.name?.getText() ?? ''));
  return isOptions ? call.arguments[arity - 1] : undefined;
}

/** The end of an expression: its last method call, or its last line. */
const lastCall = (e: ts.Expression): string =>
  e
    .getText()
    .slice(
      ts.isCallExpression(e) && ts.isPropertyAccessExpression(e.expression)
        ? e.expression.expression.end - e.getStart()
        : 0,
    )
    .replace(/^.*\n\s*/s, '');

/** The functions and methods that take a tensor, a number, and no list. */
const ELEMENTWISE: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'matmul', 'max', 'min']);

/** Advice for a list of tensors, or of numbers, in place of one tensor. */
function listed(checker: ts.TypeChecker, call: ts.CallExpression, node: ts.Node): string | undefined {
  const numbers = ELEMENTWISE.has(nameOf(call)) ? sizesOf(node) : undefined;
  if (numbers !== undefined && numbers.length > 0) {
    const args = call.arguments.map((a) => (a === node ? 'c' : a.getText())).join(', ');
    return `an array of numbers is no tensor: declare it, c: frozen(${numbers.join(', ')}), write ${nameOf(call)}(${args}), and give its values with the weights`;
  }
  const type = checker.getTypeAtLocation(node);
  const element = checker.isArrayLikeType(type) ? type.getNumberIndexType() : undefined;
  if (!ts.isIdentifier(node) || !element || !isTensorType(element)) return undefined;
  const write = (tensor: string) =>
    `${nameOf(call)}(${call.arguments.map((a) => (a === node ? tensor : a.getText())).join(', ')})`;
  const each = ts.isIdentifier(call.expression) ? `, or ${node.text}.map((one) => ${write('one')})` : '';
  return `'${node.text}' is a list of tensors: write ${write(`${node.text}[0]!`)}${each}`;
}

/** The shape of numbers that are written as an array; undefined for anything else. */
function sizesOf(node: ts.Node): readonly number[] | undefined {
  if (ts.isNumericLiteral(node)) return [];
  if (ts.isPrefixUnaryExpression(node)) return sizesOf(node.operand);
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const [first, ...more] = node.elements.map(sizesOf);
  const even = first && more.every((m) => m?.join() === first.join());
  return even ? [node.elements.length, ...first] : undefined;
}

/** The parameters of a call to the language's own function or method. */
function parametersOf(checker: ts.TypeChecker, call: ts.CallExpression): readonly ts.Symbol[] | undefined {
  const signature = checker.getResolvedSignature(call);
  const declaration = signature?.declaration;
  return declaration && isLanguageDeclaration(declaration) ? signature.parameters : undefined;
}

/** Advice to call the function that has the option which a call gives to another: `cayleyNeumann(q, { terms: 5 })`. */
function withOptions(checker: ts.TypeChecker, call: ts.CallExpression, arity: number): string {
  const [extra, ...more] = call.arguments.slice(arity);
  const file = checker.getResolvedSignature(call)?.declaration?.getSourceFile();
  const module = file && checker.getSymbolAtLocation(file);
  const name = nameOf(call);
  if (!extra || more.length > 0 || !module || !ts.isIdentifier(call.expression)) return '';
  for (const other of checker.getExportsOfModule(module)) {
    if (other.name === name || !other.name.startsWith(name)) continue;
    const parameter = checker.getTypeOfSymbol(other).getCallSignatures()[0]?.parameters[arity];
    const type = parameter && checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
    const options = type ? checker.getPropertiesOfType(type) : [];
    const given = ts.isObjectLiteralExpression(extra)
      ? extra.properties.map((p) => p.name?.getText())
      : undefined;
    const fits = given ? given.every((g) => options.some((o) => o.name === g)) : ts.isNumericLiteral(extra);
    if (!options[0] || !fits) continue;
    const option = given ? extra.getText() : `{ ${options[0].name}: ${extra.getText()} }`;
    const args = [...call.arguments.slice(0, arity).map((a) => a.getText()), option].join(', ');
    return `; with ${given?.join(' and ') ?? options[0].name}, write ${other.name}(${args})${importing(call, [other.name])}`;
  }
  return '';
}

const nameOf = (call: ts.CallExpression): string =>
  ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : call.expression.getText();

const written = (call: ts.CallExpression, args: readonly ts.Node[]): string =>
  `${call.expression.getText()}(${args.map((a) => a.getText()).join(', ')})`;

/** The options of a function's last parameter, as an object: `{ terms: …, series: … }`. */
function optionsOf(checker: ts.TypeChecker, parameters: readonly ts.Symbol[]): string {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameters.at(-1)!));
  return `{ ${checker
    .getPropertiesOfType(type)
    .map((p) => `${p.name}: …`)
    .join(', ')} }`;
}

/** An argument that is written as Python's `dim=-1`. */
const isNamed = (a: ts.Expression): a is ts.BinaryExpression =>
  ts.isBinaryExpression(a) && a.operatorToken.kind === ts.SyntaxKind.EqualsToken;

/** The error for the first named argument, with the call as it is written; later ones say nothing new. */
function named(call: ts.CallExpression, node: ts.Node): OftcError {
  const args = call.arguments
    .filter((a) => !(isNamed(a) && a.left.getText() === 'keepdim'))
    .map((a) => (isNamed(a) ? a.right : a));
  return at('OFT1020', `arguments have no names: write ${written(call, args)}`, node.parent);
}
