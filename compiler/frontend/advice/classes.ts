/** Advice for a layer that is written as a class, as a module of PyTorch is. */
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { languageFunction } from './vocabulary.ts';

/** The errors for classes that declare tensors as fields or as the defaults of parameters. */
export function layersAsClasses(checker: ts.TypeChecker, file: ts.SourceFile): OftcError[] {
  return file.statements.filter(ts.isClassDeclaration).flatMap((of) => {
    const [inputs, declared]: [string[], string[]] = [[], []];
    const visit = (n: ts.Node): void => {
      const isDeclared = ts.isPropertyDeclaration(n) || ts.isParameter(n);
      const call =
        isDeclared && n.initializer && ts.isCallExpression(n.initializer) ? n.initializer : undefined;
      const role = call && languageFunction(checker, call);
      if (isDeclared && /^(input|frozen|trainable)$/.test(role ?? ''))
        declared.push(`${n.name.getText()}: ${n.initializer!.getText()}`);
      else if (ts.isParameter(n) && !n.initializer) inputs.push(`${n.name.getText()}: input('tokens', 'in')`);
      else ts.forEachChild(n, visit);
    };
    visit(of);
    if (!of.name || declared.length === 0) return [];
    const tensors = [...inputs, ...declared].toSorted((a, b) => rank(a) - rank(b));
    const names = tensors.map((t) => t.replace(/:.*$/s, '')).join(', ');
    const message = `a layer is no class: write export const ${of.name.text} = layer({ ${tensors.join(', ')} }, ({ ${names} }) => …), whose result is what forward returns, without this`;
    return [new OftcError('OFT1001', message, [spanOf(of.name)])];
  });
}

/** 0 for an input, which is declared first. */
const rank = (declared: string): number => (declared.includes(': input(') ? 0 : 1);
