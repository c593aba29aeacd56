/** Advice for forms that are not part of the language. */
import { ts } from './ts-host.ts';

type Form = readonly [what: string, instead: string];

const formsOf = (K: typeof ts.SyntaxKind): ReadonlyMap<ts.SyntaxKind, Form> =>
  new Map([
    [K.WhileStatement, ['while is', 'use for over a range that is known at compile time']],
    [K.DoStatement, ['do … while is', 'use for over a range that is known at compile time']],
    [K.ForInStatement, ['for … in is', 'use for (const key of Object.keys(object))']],
    [K.ClassDeclaration, ['class is', 'use functions and plain objects']],
    [K.ClassExpression, ['class is', 'use functions and plain objects']],
    [K.EnumDeclaration, ['enum is', "use a union of literals: type Mode = 'a' | 'b'"]],
    [K.ModuleDeclaration, ['namespace is', 'use a module']],
    [K.AsyncKeyword, ['async is', 'a layer is evaluated at compile time; do asynchronous work outside it']],
    [
      K.AwaitExpression,
      ['await is', 'a layer is evaluated at compile time; do asynchronous work outside it'],
    ],
    [K.AsteriskToken, ['a generator is', 'return an array']],
    [K.YieldExpression, ['yield is', 'return an array']],
    [K.TryStatement, ['try is', 'errors of a layer are reported by the compiler']],
    [K.NewExpression, ['new is', 'use literals and functions']],
    [K.ThisKeyword, ['this is', 'pass what the function needs as an argument']],
    [K.SuperKeyword, ['super is', 'use functions']],
    [K.DeleteExpression, ['delete is', 'take the rest: const { key, ...rest } = object']],
    [K.VoidExpression, ['void is', 'use undefined']],
    [K.TaggedTemplateExpression, ['a tagged template is', 'call the function']],
    [K.RegularExpressionLiteral, ['a regular expression is', 'use the methods of strings']],
    [K.BigIntLiteral, ['bigint is', 'use a number']],
    [K.LabeledStatement, ['a label is', 'move the loop into a function and return from it']],
    [K.DebuggerStatement, ['debugger is', 'inspect the Program that the layer traces to']],
    [K.GetAccessor, ['a getter is', 'use a function or a value']],
    [K.SetAccessor, ['a setter is', 'build a new object']],
    [K.ImportEqualsDeclaration, ['import = is', "use import … from '…'"]],
    [K.ImportKeyword, ['a dynamic import is', "use import … from '…'"]],
    [K.MetaProperty, ['import.meta is', 'pass the value in through the configuration']],
    [K.EqualsEqualsToken, ['== is', 'use ===']],
    [K.ExclamationEqualsToken, ['!= is', 'use !==']],
    [K.CommaToken, ['the comma operator is', 'write one expression']],
    [K.VarKeyword, ['var is', 'use const, or let inside a function']],
  ]);

export function unsupported(node: ts.Node): { readonly what: string; readonly instead: string } {
  const [what, instead] = formsOf(ts.SyntaxKind).get(node.kind) ?? [
    `${ts.SyntaxKind[node.kind].replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()} is`,
    'use const, functions, for over static ranges and if on static values',
  ];
  return { what, instead };
}
