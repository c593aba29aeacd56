/** Collects WGSL statements in nested scopes. A value has one name in its scope and in the scopes inside. */
import type { Value } from './value.ts';

/** A block of statements, and the name of each value that it has named, by the value's text. */
interface Scope {
  readonly header: string;
  /** The line break and spaces before each statement. */
  readonly indent: string;
  text: string;
  readonly lets: Map<string, string>;
}

/** The largest number of workgroups along one dimension that every device accepts: WebGPU's default limit. */
const UNFOLDED = 65535;

export class Statements {
  private readonly scopes: Scope[] = [{ header: '', indent: '\n ', text: '', lets: new Map() }];
  private counter = 0;
  /** The outermost and the innermost scope that sums do not leave: those that need the outer one stay in the inner one. */
  computedIn = { outer: 0, inner: 0 };

  get depth(): number {
    return this.scopes.length - 1;
  }

  line(text: string): void {
    const scope = this.scopes.at(-1)!;
    scope.text += scope.indent + text;
  }

  /** Opens a scope: a loop or condition with a header, or a plain block without. */
  open(header: string): void {
    const indent = `${this.scopes.at(-1)!.indent} `;
    this.scopes.push({ header, indent, text: '', lets: new Map() });
  }

  close(): void {
    const { header, text } = this.scopes.pop()!;
    this.line(header === '' ? '{' : `${header} {`);
    this.scopes.at(-1)!.text += text;
    this.line('}');
  }

  /**
   * Ends workgroups beyond the wanted number: a grid of two dimensions may have more. `isTested` is whether code tests
   * that where none is beyond.
   */
  workgroups(wanted: string, isTested = false): void {
    if (!isTested && /^\d+$/.test(wanted) && Number(wanted) <= UNFOLDED) return;
    this.line(`if (group >= ${wanted}) { return; }`);
  }

  /** The finished statements of the function. A line break comes before each. */
  body(): string {
    return this.scopes[0]!.text;
  }

  /** Names text in the scope at a depth, unless that scope or one around it has a name for it. */
  name(text: string, depth: number, prefix = 'i'): Value {
    for (let d = 0; d <= depth; d++) {
      const known = this.scopes[d]!.lets.get(text);
      if (known !== undefined) return { text: known, depth, atomic: true };
    }
    const name = `${prefix}_${this.counter++}`;
    const scope = this.scopes[depth]!;
    scope.text += `${scope.indent}let ${name} = ${text};`;
    scope.lets.set(text, name);
    return { text: name, depth, atomic: true };
  }

  /** Forgets the names of elements of an array, which a statement changes. */
  forget(array: string): void {
    for (const { lets } of this.scopes)
      for (const text of lets.keys()) if (text.startsWith(`${array}[`)) lets.delete(text);
  }

  /**
   * Names text in the current scope, also where it has a name: its operands may have changed since. `own` is a name that
   * no other statement defines.
   */
  fresh(text: string, prefix: string, own?: string): Value {
    const name = own ?? `${prefix}_${this.counter++}`;
    this.line(`let ${name} = ${text};`);
    return { text: name, depth: this.depth, atomic: true };
  }
}
