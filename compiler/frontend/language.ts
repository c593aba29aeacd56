/** The values of the names that `oftc` exports: operators from the surface table, declarations, and `layer`. */
import '../ops/index.ts';
import { whereScope } from '../dims/scope.ts';
import { definedOperator } from '../extend/operators.ts';
import { callLayer, checkOrthogonal, orthogonalClaims, type ParamSpec, type Params } from '../ir/layer.ts';
import type { Node } from '../ir/node.ts';
import { isNode, type SurfaceArg } from '../ops/arguments.ts';
import { functions } from '../ops/surface.ts';
import { advising } from './advice/operators.ts';
import { refuseUnread } from './config.ts';
import { type Config, declareList, declareParam, type LayerDefinition, layerSpec } from './declare.ts';
import type { Definition } from './definitions.ts';
import type { Evaluation } from './evaluation.ts';
import { ts } from './ts-host.ts';
import {
  Closure,
  describe,
  isArray,
  isObject,
  isPlain,
  LayerValue,
  Native,
  Parameter,
  type Scope,
  type Site,
  staticObject,
  Tensor,
  type Value,
} from './values.ts';

const operators: Readonly<Record<string, (...args: SurfaceArg[]) => Node>> = functions;

/** A value as an argument of the functions and methods in compiler/ops/surface.ts. */
export function toSurface(v: Value): SurfaceArg {
  if (v instanceof Tensor) return v.node;
  return (isArray(v) ? v.map(toSurface) : v) as SurfaceArg;
}

/** The value of a name that src/language/dsl declares. */
export function languageValue(I: Evaluation, name: string, declaration: ts.Node, site: Site): Value {
  if (Object.hasOwn(operators, name)) {
    const arity = arityOf(declaration);
    return new Native(name, (args, call) => {
      const operator = () => operators[name]!(...args.slice(0, arity).map(toSurface));
      return new Tensor(I.at(call, () => advising(I.checker, call, operator)));
    });
  }
  switch (name) {
    case 'input':
    case 'frozen':
    case 'trainable':
      return new Native(name, (args, call) => parameter(I, name, args, call));
    case 'list':
      return new Native(name, ([n, param], call) => {
        if (!(param instanceof Parameter))
          return I.refuse('OFT1032', `list repeats a declared parameter, not ${describe(param)}`, call);
        return I.at(call, () => declareList(n, param.spec)).map((spec) => new Parameter(spec));
      });
    case 'when':
      return new Native(name, ([condition, param]) => (condition ? param : undefined));
    case 'layer':
      return new Native(name, (args, call) => layerValue(I, args, call));
    case 'defineOperator':
    case 'defineRule':
      return I.refuse('OFT5005', `${name} is called at module level: const f = ${name}({ name, … })`, site);
    default:
      return I.refuse('OFT1007', `'${name}' cannot be used inside a layer`, site);
  }
}

/** The operator that a definition has registered under its name. */
export function definedValue(I: Evaluation, { by, call, name: stated }: Definition, scope: Scope): Value {
  const name = stated && I.evaluate(stated, scope);
  if (by === 'defineRule')
    return I.refuse('OFT5005', 'a rule is not a value that a layer can use', call.expression);
  if (typeof name !== 'string') {
    const form = "defineOperator takes an object literal that states its name, { name: 'mine', … }";
    return I.refuse('OFT5005', form, call.expression);
  }
  const known = definedOperator(name);
  if (!known)
    return I.refuse('OFT5004', `operator '${name}' was not registered by running its file`, call.expression);
  return new Native(name, (args, at) => new Tensor(I.at(at, () => known.call(...args.map(toSurface)))));
}

/** The number of arguments that a declaration takes. A callback may get more than that, which it ignores. */
function arityOf(declaration: ts.Node): number {
  if (!ts.isFunctionDeclaration(declaration)) return Number.POSITIVE_INFINITY;
  return declaration.parameters.some((p) => p.dotDotDotToken)
    ? Number.POSITIVE_INFINITY
    : declaration.parameters.length;
}

function parameter(I: Evaluation, role: ParamSpec['role'], args: readonly Value[], site: Site): Parameter {
  const last = args.at(-1);
  const { project, ...options } = last !== undefined && isObject(last) ? last : ({} as Record<string, Value>);
  const dims = last !== undefined && isObject(last) ? args.slice(0, -1) : args;
  if (project !== undefined && !(project instanceof Closure)) {
    return I.refuse('OFT1030', `project is a function of the stored value, not ${describe(project)}`, site);
  }
  const projectNode =
    project && ((stored: Node) => nodeOf(I, I.enter(project, [new Tensor(stored)]), project.node));
  return new Parameter(
    I.at(site, () => declareParam(role, dims, { ...options, project: projectNode }, I.spans(site))),
  );
}

function nodeOf(I: Evaluation, v: Value, site: ts.Node): Node {
  return v instanceof Tensor ? v.node : I.refuse('OFT1033', `a tensor goes here, not ${describe(v)}`, site);
}

function paramsOf(I: Evaluation, declared: Value, site: ts.Node): Params<ParamSpec> {
  const specOf = (name: string, v: Value): ParamSpec =>
    v instanceof Parameter
      ? v.spec
      : I.refuse('OFT1032', `'${name}' is ${describe(v)}, not a declared parameter`, site);
  if (!isObject(declared))
    return I.refuse('OFT1032', `a layer declares its tensors in an object, not ${describe(declared)}`, site);
  return mapParams(declared, specOf);
}

function mapParams<B>(from: Readonly<Record<string, Value>>, f: (name: string, v: Value) => B): Params<B> {
  return Object.fromEntries(
    Object.entries(from).map(([name, v]) => [
      name,
      v === undefined ? undefined : isArray(v) ? v.map((e) => f(name, e)) : f(name, v),
    ]),
  );
}

function layerValue(I: Evaluation, [params, body, options]: readonly Value[], site: Site): LayerValue {
  const [paramsNode, bodyNode, optionsNode] = ts.isCallExpression(site) ? site.arguments : [];
  if (!(body instanceof Closure))
    return I.refuse('OFT1033', `the body of a layer is a function, not ${describe(body)}`, bodyNode ?? site);
  const {
    where = staticObject([]),
    config = staticObject([]),
    name = nameOf(site),
    source,
    claims,
  } = options !== undefined && isObject(options) ? options : {};
  const refuse = (code: string, message: string) => I.refuse(code, message, optionsNode ?? site);
  if (!isObject(where) || !Object.values(where).every((v) => typeof v === 'string'))
    return refuse('OFT1011', "where is an object of dimensions by name, such as { in: 'r*b' }");
  if (source !== undefined && typeof source !== 'string')
    return refuse(
      'OFT1022',
      `source is the address of the paper or the code, as text, not ${describe(source)}`,
    );
  if (claims !== undefined && !(claims instanceof Closure))
    return refuse('OFT1034', `claims is a function of the tensors, not ${describe(claims)}`);
  if (!isObject(config) || !isPlain(config))
    return refuse(
      'OFT1044',
      'config is an object of plain data: numbers, strings, booleans, arrays and objects',
    );
  refuseUnread(I, paramsNode, optionNode(optionsNode, 'config'));
  I.at(optionNode(optionsNode, 'where') ?? site, () => whereScope(where as Record<string, string>));
  const definition: LayerDefinition = {
    name: String(name),
    source,
    where: where as Record<string, string>,
    defaults: config,
    params: (c) =>
      paramsOf(I, params instanceof Closure ? I.enter(params, [configValue(c)]) : params, paramsNode ?? site),
    body: (tensors, c) => outputsOf(I, I.enter(body, [tensorValues(tensors), configValue(c)]), body.node),
    claims:
      claims &&
      ((tensors, c) => {
        const stated = I.enter(claims, [tensorValues(tensors), configValue(c)]);
        if (!isObject(stated))
          return I.refuse('OFT1034', `claims returns an object, not ${describe(stated)}`, claims.node);
        const nodes = mapParams(stated, (_, v) => nodeOf(I, v, claims.node));
        orthogonalClaims(nodes.orthogonal).forEach((claim, n) => {
          I.at(claimNode(claims.node, n), () => checkOrthogonal(claim));
        });
        return nodes;
      }),
  };
  return new LayerValue(definition, ts.isCallExpression(site) ? site.expression : site);
}

/** The expression of the n-th matrix that claims state to be orthogonal; the whole of them where it is not written out. */
function claimNode({ body }: Closure['node'], n: number): ts.Node {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'orthogonal') found = node.initializer;
    else ts.forEachChild(node, visit);
  };
  if (body) visit(body);
  const element = found && ts.isArrayLiteralExpression(found) ? found.elements[n] : undefined;
  return element && !ts.isSpreadElement(element) ? element : (found ?? body!);
}

const tensorValues = (tensors: Params<Node>): Value =>
  staticObject(
    Object.entries(tensors).map(([k, v]) => [
      k,
      Array.isArray(v) ? v.map((n) => new Tensor(n)) : v && new Tensor(v as Node),
    ]),
  );

const configValue = (c: Config): Value => staticObject(Object.entries(c) as [string, Value][]);

function outputsOf(I: Evaluation, result: Value, site: ts.Node): Node | Readonly<Record<string, Node>> {
  if (result instanceof Tensor) return result.node;
  if (!isObject(result) || Object.keys(result).length === 0) {
    return I.refuse(
      'OFT1033',
      `a layer returns a tensor, or an object of tensors by name, not ${describe(result)}`,
      site,
    );
  }
  return Object.fromEntries(Object.entries(result).map(([k, v]) => [k, nodeOf(I, v, site)]));
}

/** The name that a layer is declared under. */
function nameOf(site: ts.Node): string {
  let node = site.parent;
  while (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    node = node.parent;
  return ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) ? node.name.text : 'layer';
}

function optionNode(options: ts.Expression | undefined, name: string): ts.Node | undefined {
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return undefined;
  return options.properties.find((p) => p.name && ts.isIdentifier(p.name) && p.name.text === name);
}

/** Calls a layer inside another's body. */
export function callLayerValue(
  I: Evaluation,
  { definition }: LayerValue,
  args: readonly Value[],
  site: ts.Node,
): Value {
  const [given, config] = args;
  if (given === undefined || !isObject(given)) {
    return I.refuse(
      'OFT1013',
      `layer '${definition.name}' is called with an object of tensors by name`,
      site,
    );
  }
  const tensors = mapParams(given, (_, v) => nodeOf(I, v, site));
  const spec = () => layerSpec(definition, (config ?? {}) as Config);
  const out = I.at(site, () => I.inline(site, () => callLayer(spec(), tensors)));
  return isNode(out)
    ? new Tensor(out)
    : staticObject(Object.entries(out).map(([k, n]) => [k, new Tensor(n)]));
}
