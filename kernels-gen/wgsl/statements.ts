/** WGSL statements in nested scopes. A value is named once in a scope: equal text has the name that it has further out. */
import type { Value } from './value.ts';

/** A block of statements and what it has named: text by the name of its value. */
interface Scope {
  readonly header: string;
  /** What goes before each statement. */
  readonly indent: string;
  text: string;
  readonly lets: Map<string, string>;
}

/** Workgroups along one dimension that every device takes: WebGPU's default limit. */
const UNFOLDED = 65535;

export class Statements {
  private readonly scopes: Scope[] = [{ header: '', indent: '\n ', text: '', lets: new Map() }];
  private counter = 0;
  /** Functions that statements call, by name: their lines. */
  readonly functions = new Map<string, readonly string[]>();

  get depth(): number {
    return this.scopes.length - 1;
  }

  line(text: string): void {
    const scope = this.scopes.at(-1)!;
    scope.text += scope.indent + text;
  }

  /** A new scope: a block where the header is empty. */
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

  /** Ends the workgroups beyond those wanted, of which a grid that is folded may have more. */
  workgroups(wanted: string): void {
    if (/^\d+$/.test(wanted) && Number(wanted) <= UNFOLDED) return;
    this.line(`if (group >= ${wanted}) { return; }`);
  }

  /** The finished statements as they stand in a function, each after the end of a line. */
  body(): string {
    return this.scopes[0]!.text;
  }

  /** Names text in the scope of that depth, once. */
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
}
