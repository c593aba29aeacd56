/**
 * Prints a Program as a layer in the author's language. `oftc rewrite` prints the derived program this way. Compiled
 * with its parentheses pinned, the text gives the same Program again, except that `pad` becomes a concatenation with
 * zeros.
 */
import { type Dim, equalDim, printDim } from '../../compiler/dims/dims.ts';
import { type Rational, toNumber } from '../../compiler/dims/rational.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { definedOperator } from '../../compiler/extend/operators.ts';
import { sameExpression, topological } from '../../compiler/ir/build.ts';
import type { Init } from '../../compiler/ir/init.ts';
import type { InputNode, Node, OpNode, Program } from '../../compiler/ir/node.ts';
import { type LayerPrinter, operator } from '../../compiler/ir/operator.ts';
import { countUses } from '../../compiler/ir/print.ts';
import { argsOf } from '../../compiler/ir/walk.ts';
import { commented, identifier, isIdentifier, key, quoted } from '../../compiler/names.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';

/** The width from which a line is broken into named values. */
const MAX_WIDTH = 70;

export interface PrintOptions {
  /** The lines of a comment above the layer. */
  readonly comment?: readonly string[];
}

/** Whether a layer can declare a projection: it is of a trainable parameter that is read through it alone. */
function isDeclarable(stored: Node, first: Node, value: Node, roots: readonly Node[]): boolean {
  const throughOthers = postOrder(roots, (n) => (isOp(n, 'project') ? [] : argsOf(n)));
  return (
    stored.kind === 'input' &&
    stored.role === 'trainable' &&
    sameExpression(first, value) &&
    !throughOthers.includes(stored)
  );
}

/** The text of a module that exports the layer. Throws OFT9020 for an operator that authors cannot write. */
export function printLayer(program: Program, options: PrintOptions = {}): string {
  const { printer, body, params } = printed(program);
  const imports = [...printer.imports].sort();
  const where = Object.entries(program.where).map(([n, d]) => `${key(n)}: '${printDim(d)}'`);
  const layerOptions = [
    ...(where.length ? [`where: { ${where.join(', ')} }`] : []),
    ...(program.source === undefined ? [] : [`source: ${quoted(program.source)}`]),
  ];
  return [
    ...(options.comment ? ['/**', ...options.comment.map((l) => ` * ${commented(l)}`.trimEnd()), ' */'] : []),
    `import { ${imports.join(', ')} } from 'oftc';`,
    '',
    `export const ${exportName(program.name, imports)} = layer(`,
    '  {',
    ...params.map((l) => `    ${l}`),
    '  },',
    `  ({ ${printer.bound().join(', ')} }) => {`,
    ...body.map((l) => `    ${l}`),
    '  },',
    ...(layerOptions.length ? [`  { ${layerOptions.join(', ')} },`] : []),
    ');',
    '',
  ].join('\n');
}

/** The name to export: the layer's own, unless it is no identifier or is imported. */
const exportName = (name: string, imports: readonly string[]): string =>
  isIdentifier(name) && !imports.includes(name) ? name : 'derived';

/** Prints the program; prints it again with other names if a tensor has the name of an import. */
function printed(program: Program) {
  const print = (taken: ReadonlySet<string>) => {
    const printer = new Printer(program, taken);
    return { printer, body: printer.body(), params: printer.params() };
  };
  const first = print(new Set());
  const { tensors, imports } = first.printer;
  return tensors.some((name) => imports.has(name)) ? print(imports) : first;
}

class Printer {
  readonly imports = new Set<string>(['layer']);
  /** The names of the tensors. A list of tensors has one name. */
  readonly tensors: string[];
  readonly #program: Program;
  readonly #uses: Map<Node, number>;
  readonly #names = new Map<Node, string>();
  readonly #taken: Set<string>;
  /** The projection of each stored parameter that has one. */
  readonly #projections = new Map<Node, Node>();

  /** The body's name for each tensor or list. */
  readonly #locals = new Map<string, string>();

  readonly #layer: LayerPrinter = {
    text: (n) => this.#expression(n),
    operand: (n) =>
      isOp(n, 'literal') && !this.#names.has(n)
        ? this.#layer.number(n.attrs.value as Rational)
        : this.#expression(n),
    dim: (d) => this.#dim(d),
    number: (value) => String(toNumber(value)),
    call: (name, args) => this.#call(name, args),
  };

  constructor(program: Program, imported: ReadonlySet<string>) {
    this.#program = program;
    const roots = program.outputs.map((o) => o.node);
    this.#uses = countUses(roots);
    this.tensors = [...new Set(program.inputs.map((i) => i.name.split('.')[0]!))];
    const taken = new Set([...imported, ...this.tensors.filter((t) => isIdentifier(t) && !imported.has(t))]);
    for (const name of this.tensors) {
      const own = isIdentifier(name) && !imported.has(name) ? name : identifier(name, taken);
      taken.add(own);
      this.#locals.set(name, own);
    }
    for (const i of program.inputs) this.#names.set(i, this.#reference(i.name));
    for (const n of topological(roots)) {
      if (!isOp(n, 'project')) continue;
      const [stored, value] = n.args as [Node, Node];
      if (!isDeclarable(stored, this.#projections.get(stored) ?? value, value, roots))
        throw new OftcError('OFT9020', 'no layer declares this projection', n.spans);
      this.#projections.set(stored, value);
      this.#names.set(n, this.#names.get(stored)!);
    }
    this.#taken = new Set([...taken, 'stored']);
  }

  /** The names that the layer's body destructures its argument into. */
  bound(): string[] {
    return [...this.#locals].map(([name, own]) => (name === own ? name : `${key(name)}: ${own}`));
  }

  /** The expression for an input: `v.0` is element 0 of the list v. */
  #reference(name: string): string {
    const [list, n] = name.split('.');
    const own = this.#locals.get(list!)!;
    return n === undefined ? own : `${own}[${n}]!`;
  }

  params(): string[] {
    return this.tensors.flatMap((name) => {
      const own = this.#program.inputs.filter((i) => i.name.split('.')[0] === name);
      const list = own[0]!.name.includes('.');
      const texts = own.map((i) => this.#param(i));
      return list
        ? [`${key(name)}: [`, ...texts.map((t) => `  ${t},`), '],']
        : [`${key(name)}: ${texts[0]},`];
    });
  }

  #param(i: InputNode): string {
    const role = i.role === 'cotangent' ? 'input' : i.role;
    this.imports.add(role);
    const options: string[] = [];
    if (i.type.dtype !== 'f32') options.push(`dtype: '${i.type.dtype}'`);
    const projection = this.#projections.get(i);
    if (i.stored !== undefined) options.push(`stored: ${quoted(i.stored)}`);
    if (i.init !== undefined) options.push(`init: ${initText(i.init)}`);
    if (projection)
      options.push(`project: (stored) => ${this.#inside(projection, new Map([[i, 'stored']]))}`);
    const dims = i.type.shape.map((d) => this.#dim(d));
    return `${role}(${[...dims, ...(options.length ? [`{ ${options.join(', ')} }`] : [])].join(', ')})`;
  }

  /** The statements of the body: names for shared and wide values, then the outputs. */
  body(): string[] {
    const lines: string[] = [];
    const roots = this.#program.outputs.map((o) => o.node);
    const results = new Set<Node>(roots);
    const inProjections = new Set(topological([...this.#projections.values()]));
    for (const n of topological(roots)) {
      if (n.kind === 'input' || this.#names.has(n)) continue;
      if (inProjections.has(n) && !this.#usedOutside(n, roots)) continue;
      const text = this.#expression(n);
      const once = (this.#uses.get(n) ?? 0) < 2;
      if (isTrivial(n) || (once && (text.length <= MAX_WIDTH || results.has(n)))) continue;
      const name = this.#fresh(n);
      this.#names.set(n, name);
      lines.push(`const ${name} = ${text};`);
    }
    const { outputs } = this.#program;
    const texts = outputs.map((o) => this.#expression(o.node));
    const only = outputs.length === 1 && outputs[0]!.name === 'y';
    lines.push(
      only
        ? `return ${texts[0]};`
        : `return { ${outputs.map((o, i) => `${key(o.name)}: ${texts[i]}`).join(', ')} };`,
    );
    return lines;
  }

  /** Whether a node is used other than in the projection of a parameter. */
  #usedOutside(target: Node, roots: readonly Node[]): boolean {
    const read = (n: Node) => (isOp(n, 'project') ? n.args.slice(0, 1) : argsOf(n));
    return postOrder(roots, read).includes(target);
  }

  #fresh(n: OpNode): string {
    const letter = n.op === 'skew' ? 'Q' : n.op === 'blockDiag' ? 'R' : 't';
    for (let i = 0; ; i++) {
      const name = i === 0 && letter !== 't' ? letter : `${letter}${i + (letter === 't' ? 1 : 0)}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** The text of an expression in which some nodes have other names. */
  #inside(n: Node, names: ReadonlyMap<Node, string>): string {
    const saved = new Map(this.#names);
    this.#names.clear();
    for (const [k, v] of names) this.#names.set(k, v);
    const text = this.#expression(n);
    this.#names.clear();
    for (const [k, v] of saved) this.#names.set(k, v);
    return text;
  }

  #expression(n: Node): string {
    const known = this.#names.get(n);
    if (known !== undefined) return known;
    if (n.kind === 'input') throw new OftcError('OFT9020', `'${n.name}' is not a tensor of this layer`);
    if (definedOperator(n.op))
      throw new OftcError(
        'OFT5006',
        `operator '${n.op}' is your own, and what is printed would not import it: the derived layer cannot be printed`,
        n.spans,
      );
    const { print } = operator(n.op);
    if (typeof print === 'function') return print(n, this.#layer);
    if (print === 'call')
      return this.#call(n.op, n.args.map(n.args.length > 1 ? this.#layer.operand : this.#layer.text));
    throw new OftcError('OFT9020', `'${n.op}' cannot be written in a layer`, n.spans);
  }

  #call(name: string, args: readonly string[]): string {
    this.imports.add(name);
    return `${name}(${args.join(', ')})`;
  }

  /** The text of a dimension: the author's name for it if an equality defines one. */
  #dim(d: Dim): string {
    const named = Object.entries(this.#program.where).find(([, value]) => equalDim(value, d));
    const text = named ? named[0] : printDim(d);
    return /^\d+$/.test(text) ? text : `'${text}'`;
  }
}

/** Whether a node prints better in place than as a named value: leaves and transposes. */
const isTrivial = (n: OpNode): boolean => n.args.length === 0 || n.op === 'transpose';

/** The text of an `init` option. */
export const initText = (init: Init): string =>
  typeof init === 'string'
    ? quoted(init)
    : `{ ${Object.entries(init)
        .map(
          ([key, v]) =>
            `${key}: ${typeof v === 'number' || v === true ? v : typeof v === 'string' ? quoted(v) : initText(v)}`,
        )
        .join(', ')} }`;
