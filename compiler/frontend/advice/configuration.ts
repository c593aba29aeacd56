/** Advice for the configuration of a layer: declarations and bodies that read one, and its defaults. */
import { OftcError } from '../../errors/error.ts';
import { unreadKey } from '../config.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { layerAround } from './stated.ts';

const at = (code: string, message: string, node: ts.Node) => new OftcError(code, message, [spanOf(node)]);

/** The error for the first default that does not fit the type of the configuration. */
export function adviseConfig(
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
    if (!property) return at('OFT1043', unreadKey(name, names), p);
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

/** A key of a configuration, with the type that its uses suggest and its default as text. */
interface Key {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

const typesOf = (keys: readonly Key[]): string => keys.map((k) => `${k.name}: ${k.type}`).join(', ') || '…';
const valuesOf = (keys: readonly Key[]): string => keys.map((k) => `${k.name}: ${k.value}`).join(', ') || '…';

/** The keys that a function reads of its configuration, by destructuring or as members of a name. */
function keysRead(f: ts.SignatureDeclaration, parameter: ts.ParameterDeclaration | undefined): Key[] {
  const name = parameter?.name;
  if (!name) return [];
  if (ts.isObjectBindingPattern(name))
    return name.elements.map((e) => ({
      name: (e.propertyName ?? e.name).getText(),
      type: e.initializer ? typeOf(e.initializer) : 'number',
      value: e.initializer?.getText() ?? '…',
    }));
  const found = new Map<string, Key>();
  const visit = (n: ts.Node): void => {
    if (ts.isPropertyAccessExpression(n) && n.expression.getText() === name.getText()) {
      const key = n.name.text;
      found.set(
        key,
        found.get(key) ?? { name: key, type: decidesBranch(n) ? 'boolean' : 'number', value: '…' },
      );
    }
    ts.forEachChild(n, visit);
  };
  visit(f);
  return [...found.values()];
}

const typeOf = (value: ts.Expression): string =>
  ts.isStringLiteralLike(value) ? 'string' : /^(true|false)$/.test(value.getText()) ? 'boolean' : 'number';

/** Whether a value is the condition of a branch, or of a declaration with `when`. */
const decidesBranch = (node: ts.Expression): boolean => {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  return (
    ts.isCallExpression(parent) && parent.expression.getText() === 'when' && parent.arguments[0] === node
  );
};

function configOf(options: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  const config =
    options && ts.isObjectLiteralExpression(options)
      ? options.properties.find((p) => p.name?.getText() === 'config')
      : undefined;
  return config && ts.isPropertyAssignment(config) && ts.isObjectLiteralExpression(config.initializer)
    ? config.initializer
    : undefined;
}

/** The keys with the defaults that the options state of them. */
const withStated = (keys: readonly Key[], options: ts.Expression | undefined): readonly Key[] =>
  keys.map((k) => {
    const stated = configOf(options)?.properties.find((p) => p.name?.getText() === k.name);
    return stated && ts.isPropertyAssignment(stated)
      ? { ...k, type: typeOf(stated.initializer), value: stated.initializer.getText() }
      : k;
  });

/** The error for declarations that read a configuration which has no defaults. */
export function withoutDefaults(layer: ts.CallExpression): OftcError | undefined {
  const [params, body, options] = layer.arguments;
  if (!params || !ts.isFunctionLike(params) || params.parameters.length === 0) return undefined;
  if (options && !ts.isObjectLiteralExpression(options)) return undefined;
  if (options?.properties.some((p) => p.name?.getText() === 'config')) return undefined;
  const inBody = body && ts.isFunctionLike(body) ? keysRead(body, body.parameters[1]) : [];
  const keys = new Map([...inBody, ...keysRead(params, params.parameters[0])].map((k) => [k.name, k]));
  const given = options ? options.properties.map((p) => p.getText()) : [];
  const written = [...given, `config: { ${valuesOf([...keys.values()])} }`].join(', ');
  const message = `this layer reads a configuration: give its defaults, { ${written} }, as the last argument`;
  return at('OFT1044', message, options ?? layer.expression);
}

/** The errors of layers without defaults, by layer, around these nodes: TypeScript's errors in such a layer follow. */
export function layersWithoutDefaults(
  checker: ts.TypeChecker,
  nodes: readonly ts.Node[],
): ReadonlyMap<ts.Node, OftcError> {
  const found = new Map<ts.Node, OftcError>();
  for (const node of nodes) {
    const layer = layerAround(checker, node);
    const error = layer && withoutDefaults(layer);
    if (layer && error) found.set(layer, error);
  }
  return found;
}

/** The message for a body that takes a configuration which its declarations do not take. */
export function undeclaredConfiguration(
  body: ts.SignatureDeclaration,
  options: ts.Expression | undefined,
): string {
  const parameter = body.parameters[1];
  const keys = withStated(keysRead(body, parameter), options);
  const types = parameter?.type?.getText() ?? `{ ${typesOf(keys)} }`;
  return `only declarations that take a configuration give it to the body: write them as (c: ${types}) => ({ … }), and its defaults as config: { ${valuesOf(keys)} } in the last argument`;
}

/** The message for the name of the configuration in a body that does not take it; undefined for other names. */
export function untakenConfiguration(checker: ts.TypeChecker, name: ts.Identifier): string | undefined {
  const [params, body] = layerAround(checker, name)?.arguments ?? [];
  if (!params || !body || !ts.isFunctionLike(params) || !ts.isFunctionLike(body)) return undefined;
  const [tensors, own] = body.parameters;
  if (!tensors || own || params.parameters[0]?.name.getText() !== name.text) return undefined;
  return `'${name.text}' is the configuration, which the body takes after its tensors: write (${tensors.getText()}, ${name.text}) => …`;
}

/**
 * Describes the edits that add a key to the configuration of the layer around a node. The node may be the key's
 * default among the tensors.
 */
export function configuring(checker: ts.TypeChecker, node: ts.Node, key: Key): string {
  const [params, body] = layerAround(checker, node)?.arguments ?? [];
  const config = `config: { ${valuesOf([key])} } in the last argument`;
  const [tensors, own] = body && ts.isFunctionLike(body) ? body.parameters : [];
  const taken = own ? '' : `the body as (${patternWithout(tensors, key.name)}, c) => …, `;
  return params && ts.isFunctionLike(params)
    ? `with ${taken}${typesOf([key])} in the type of the configuration, and ${config}`
    : `with the declarations as (c: { ${typesOf([key])} }) => ({ … }), ${taken}and ${config}`;
}

/** The pattern by which a body takes its tensors, without one name. */
function patternWithout(tensors: ts.ParameterDeclaration | undefined, name: string): string {
  if (!tensors) return '{ … }';
  if (!ts.isObjectBindingPattern(tensors.name)) return tensors.getText();
  const others = tensors.name.elements.filter((e) => e.name.getText() !== name);
  return `{ ${others.map((e) => e.getText()).join(', ')} }`;
}
