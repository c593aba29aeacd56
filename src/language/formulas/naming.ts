/**
 * Short names for sub-expressions (A-normal form for readers): one letter for each family, numbers within it. A name
 * stands for a value, in whichever association it occurs.
 */
import { type Dim, dimNames, evalReal } from '../../../compiler/dims/dims.ts';
import { topological } from '../../../compiler/ir/build.ts';
import type { Node, OpNode, Program, Role } from '../../../compiler/ir/node.ts';
import { factsOf, projectedBy } from '../../../compiler/ir/operator.ts';
import { countUses, type Text } from '../../../compiler/ir/print.ts';
import { argsOf, fold } from '../../../compiler/ir/walk.ts';
import { byKey } from '../../../compiler/keyed.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import { foldOver, postOrder } from '../../../compiler/primitives/walk.ts';
import { bestPart, capped, chooseNamed, parts } from './choose.ts';
import { Display } from './display.ts';
import { type Entry, legendLines, subscript } from './families.ts';
import { bare, spell } from './spelling.ts';
import { Values } from './values.ts';

/** The number of parts above which a formula is shortened part by part. */
const MANY_PARTS = 500;
/** The width of a printed formula, in columns. */
const PRINTED = 106;

const POOLS = {
  permutation: 'P',
  skew: 'Q',
  blocks: 'G',
  rotations: 'RCUVOB',
  parameters: 'STAKLMNVΦΨΩΛΓΘ',
  activations: 'hzuwpqk',
  cotangents: 'gδεηζκλ',
  gradients: 'DEFHJXYZΔΞΠ',
} as const;
type Kind = keyof typeof POOLS;

/** Kinds whose members are one family whatever their formulas, numbered in order of occurrence. */
const SEQUENCES: ReadonlySet<Kind> = new Set(['blocks', 'activations', 'cotangents']);

/** A way to write formulas: names, and applications from the texts of their arguments. */
export interface Notation {
  name(text: string): string;
  spell(node: OpNode, text: (node: Node) => Text): Text;
}

export interface Displayed {
  /** The program that the author wrote. */
  readonly source: Program;
  /** The derived programs; sub-expressions that they share get names. */
  readonly derived?: readonly Program[];
  /** The same values in chosen associations. */
  readonly associated?: readonly Program[];
  /** Nodes that print as one symbol in products. */
  readonly factors?: readonly Node[];
}

/** The nodes that a name is for: all of the same `value`, or only the `written` one, so that parentheses show. */
type Reading = 'value' | 'written';

export class Namer {
  readonly #display = new Display();
  readonly #values = new Values();
  readonly #byNode = new Map<Node, string>();
  readonly #byValue = new Map<number, string>();
  /** Temporary names of parts of formulas that are too long as written. */
  readonly #temporary = new Map<Node, string>();
  #temporaries = 0;
  readonly #texts = { value: new Map<Node, Text>(), written: new Map<Node, Text>() };

  constructor({ source, derived = [], associated = [], factors = [] }: Displayed) {
    const roots = (p: Program) => p.outputs.map((o) => this.#display.of(o.node));
    // The source comes first, so that its permutations are recognised elsewhere.
    const written = roots(source);
    const made = derived.map(roots);
    const atoms = factors.map((f) => this.#display.of(f));
    // A value's definition is its derived form, rather than the associated or the written one.
    const firsts = this.#byFirst([...made.flat(), ...associated.flatMap(roots), ...atoms, ...written]);
    const uses = this.#uses([...made, written], atoms);
    const named = chooseNamed({
      nodes: [...firsts.values()],
      uses: (n) => uses.get(this.#values.of(n)) ?? 0,
      placeholder,
      like: (n) => {
        const value = this.#values.of(n);
        const own = firsts.get(value);
        if (own) return { node: own, flipped: false };
        const other = firsts.get(this.#values.transposed(value));
        return other && { node: other, flipped: true };
      },
    });
    const names = [...firsts.values()].flatMap(namesIn);
    this.#assign(named, new Set(['I', 'i', ...names, ...Object.keys(source.where)]));
  }

  /** A node as its name, or as a formula whose parts get names until it fits a line. */
  text(node: Node): Text {
    const shown = this.#display.of(node);
    const text = this.#text(shown, 'value');
    if (text.text.length <= PRINTED) return text;
    this.#fit(shown as OpNode, 'value');
    return this.#text(shown, 'value');
  }

  /** The text of a node, ignoring a reshape of it. */
  elements(node: Node): Text {
    const shown = this.#display.of(node);
    return this.text(isOp(shown, 'reshape') ? shown.args[0]! : shown);
  }

  /** A node as a factor of a product, in parentheses if it is a sum or a product. */
  name(node: Node): string {
    const { text, level } = this.text(node);
    return level === 2 ? text : `(${text})`;
  }

  /** The formula of a node, with names for its parts. */
  formula(node: Node): string {
    return this.#own(this.#display.of(node), 'value');
  }

  /** The formula as it was written, with names only for the very expressions in it. */
  written(node: Node): string {
    const shown = this.#display.of(node);
    return isOp(shown, 'shuffle')
      ? (this.#byNode.get(shown) ?? this.#own(shown, 'written'))
      : this.#own(shown, 'written');
  }

  /**
   * The formula of a product of the factors, with the parentheses of its association. Each factor is printed by its
   * name.
   */
  association(root: Node, factors: readonly Node[]): string {
    const leaves = new Set(factors.map((f) => this.#values.of(this.#display.of(f))));
    for (const l of [...leaves]) leaves.add(this.#values.transposed(l));
    const text = (n: Node): Text => {
      const inside =
        n.kind === 'op' &&
        (PRODUCTS.has(n.op) || projectedBy(n) !== undefined) &&
        !leaves.has(this.#values.of(n));
      return inside ? spell(n, text) : this.#text(n, 'value');
    };
    return bare(text(this.#display.of(root)).text);
  }

  /** The formula of a node in another notation, with the names that `formula` gives its parts. */
  notated(node: Node, { name, spell: write }: Notation): string {
    this.formula(node);
    const shown = this.#display.of(node);
    if (shown.kind === 'input') return name(shown.name);
    const isNamed = (n: Node) => this.#name(n, 'value') !== undefined;
    const text = foldOver<Node, Text>(
      (n) => (n.kind === 'input' || (n !== shown && isNamed(n)) ? [] : n.args),
      (n, of) =>
        n.kind === 'op' && (n === shown || !isNamed(n))
          ? write(n, of)
          : { text: name(this.#name(n, 'value')!), level: 2 },
    );
    return text(shown).text;
  }

  /** The node that a name stands for. */
  named(name: string): Node | undefined {
    return [...this.#byNode].find(([, of]) => of === name)?.[0];
  }

  /** The definitions of all names, one for each. */
  entries(): Entry[] {
    const entries: Entry[] = [];
    // Printing a definition may name more of its parts, which the loop then visits.
    for (const [node, name] of this.#byNode) entries.push({ name, formula: this.#own(node, 'value') });
    for (const [node, name] of this.#temporary) entries.push({ name, formula: this.#own(node, 'written') });
    return entries;
  }

  legend(): string[] {
    return legendLines(this.entries());
  }

  /** The first node of each value, arguments before their users. */
  #byFirst(roots: readonly Node[]): Map<number, Node> {
    const firsts = new Map<number, Node>();
    for (const n of topological(roots)) {
      const value = this.#values.of(n);
      if (!firsts.has(value)) firsts.set(value, n);
    }
    return firsts;
  }

  /** The largest number of places of one program that use a value; at least two for an atom, so that it gets a name. */
  #uses(programs: readonly (readonly Node[])[], atoms: readonly Node[]): Map<number, number> {
    const uses = new Map(atoms.map((a) => [this.#values.of(a), 2]));
    for (const roots of programs) {
      const own = new Map<number, number>();
      for (const [n, count] of countUses(roots)) {
        const value = this.#values.of(n);
        own.set(value, count + (own.get(value) ?? 0));
      }
      for (const [value, count] of own) uses.set(value, Math.max(count, uses.get(value) ?? 0));
    }
    return uses;
  }

  #name(node: Node, reading: Reading): string | undefined {
    if (node.kind === 'input') return node.name;
    const own = this.#byNode.get(node);
    if (own !== undefined) return own;
    if (reading === 'written') return this.#temporary.get(node);
    const value = this.#values.of(node);
    const same = this.#byValue.get(value);
    if (same !== undefined) return same;
    const flipped = this.#byValue.get(this.#values.transposed(value));
    return flipped === undefined ? undefined : `${flipped}ᵀ`;
  }

  #text(node: Node, reading: Reading): Text {
    const isNamed = (n: Node) => this.#name(n, reading) !== undefined;
    const text = foldOver<Node, Text>(
      (n) => (n.kind === 'input' || isNamed(n) ? [] : n.args),
      (n, of) => {
        const name = this.#name(n, reading);
        return name !== undefined ? { text: name, level: 2 } : capped(spell(n as OpNode, of), 4 * PRINTED);
      },
      this.#texts[reading],
    );
    return text(node);
  }

  #own(node: Node, reading: Reading): string {
    return node.kind === 'input' ? node.name : bare(this.#fit(node, reading));
  }

  /** The node's own formula, in which parts that make it longer than a line get names. */
  #fit(node: OpNode, reading: Reading): string {
    const isNamed = (n: Node) => this.#name(n, reading) !== undefined;
    const inside = parts(node, isNamed);
    // Going from the inside out, each part has few parts without a name.
    if (inside.length > MANY_PARTS)
      for (const n of postOrder<Node>(inside, argsOf, (m) => m.kind === 'input' || isNamed(m)))
        if (this.#text(n, reading).text.length > PRINTED) this.#shorten(n as OpNode, reading);
    return this.#shorten(node, reading);
  }

  #shorten(node: OpNode, reading: Reading): string {
    for (;;) {
      const { text } = spell(node, (n) => this.#text(n, reading));
      if (text.length <= PRINTED) return text;
      const written = parts(node, (n) => this.#name(n, reading) !== undefined);
      const part = bestPart(written, (n) => this.#text(n, reading).text.length, PRINTED);
      if (!part) return text;
      const name = `t${subscript(++this.#temporaries)}`;
      if (reading === 'value') this.#give(part, name);
      else this.#temporary.set(part, name);
      this.#texts[reading].clear();
    }
  }

  #give(node: Node, name: string): void {
    this.#byNode.set(node, name);
    this.#byValue.set(this.#values.of(node), name);
    this.#texts.value.clear();
    this.#texts.written.clear();
  }

  /** Assigns names: letters by kind, one for each family, and numbers in the order of the numbers inside. */
  #assign(named: ReadonlyMap<Node, string>, taken: ReadonlySet<string>): void {
    const keyOf = (kind: Kind, bones: string) =>
      kind === 'permutation' || SEQUENCES.has(kind) ? kind : `${kind} ${bones}`;
    const groups = byKey([...named].map(([node, bones]) => [keyOf(kindOf(node), bones), node] as const));
    const turns = new Map<Kind, number>();
    const lettered = [...groups.values()].map((members) => {
      const kind = kindOf(members[0]!);
      const free = [...POOLS[kind]].filter((l) => !taken.has(l));
      const turn = turns.get(kind) ?? 0;
      turns.set(kind, turn + 1);
      return { letter: free[turn % free.length] ?? `${POOLS[kind][0]}′`, members };
    });
    const sizes = new Map<string, number>();
    for (const { letter, members } of lettered) sizes.set(letter, (sizes.get(letter) ?? 0) + members.length);
    const next = new Map<string, number>();
    for (const { letter, members } of lettered) {
      const keys = SEQUENCES.has(kindOf(members[0]!))
        ? new Map<Node, number[]>()
        : new Map(members.map((m) => [m, this.#numbers(m as OpNode)]));
      for (const m of members.toSorted((a, b) => compare(keys.get(a) ?? [], keys.get(b) ?? []))) {
        const n = next.get(letter) ?? 0;
        next.set(letter, n + 1);
        this.#give(m, sizes.get(letter) === 1 ? letter : `${letter}${subscript(n)}`);
      }
    }
  }

  /** The sort key within a family: the numbers in a formula; for a permutation its stride, the smallest first. */
  #numbers(node: OpNode): number[] {
    if (!isOp(node, 'shuffle')) return numbersIn(spell(node, (n) => this.#text(n, 'value')).text);
    const digits = node.attrs.digits as readonly Dim[];
    return digits.map((d) => -evalReal(d, Object.fromEntries(dimNames(d).map((n) => [n, 1]))));
  }
}

/** The operators that an association consists of, besides projections. */
const PRODUCTS: ReadonlySet<string> = new Set(['matmul', 'transpose', 'blockDiag', 'reshape']);

/** The roles of the inputs that an expression depends on. */
const rolesIn: (node: Node) => ReadonlySet<Role> = fold<ReadonlySet<Role>>((n, of) => {
  if (n.kind === 'input') return new Set([n.role]);
  const all = n.args.map(of);
  const most = all.reduce((a, b) => (b.size > a.size ? b : a), new Set<Role>());
  // Usually one argument has all of the roles, so its set is reused.
  return all.every((s) => [...s].every((r) => most.has(r))) ? most : new Set(all.flatMap((s) => [...s]));
}, new WeakMap<Node, ReadonlySet<Role>>());

function kindOf(node: Node): Kind {
  if (isOp(node, 'shuffle')) return 'permutation';
  if (isOp(node, 'skew')) return 'skew';
  if (projectedBy(node)) return 'blocks';
  const roles = rolesIn(node);
  const tokens = node.type.shape.some((d) => dimNames(d).includes('tokens'));
  if (roles.has('cotangent')) return tokens ? 'cotangents' : 'gradients';
  if (roles.has('input')) return 'activations';
  return isOp(node, 'blockDiag') || factsOf(node).orthogonal ? 'rotations' : 'parameters';
}

/** The text for a node in a skeleton: a letter for its kind, so that families may differ in the name. */
function placeholder(n: Node): string {
  if (n.kind === 'input' && n.role === 'frozen') return n.name;
  return `${POOLS[kindOf(n)][0]}₀`;
}

function namesIn(n: Node): string[] {
  const dims = n.type.shape.flatMap(dimNames);
  return n.kind === 'input' ? [n.name, ...dims] : dims;
}

const numbersIn = (text: string): number[] =>
  (text.match(/\d+|[₀-₉]+/g) ?? []).map((t) =>
    Number(t.replace(/[₀-₉]/g, (c) => String(c.charCodeAt(0) - 0x2080))),
  );

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
