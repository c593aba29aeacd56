/** Advice for operands of f16 and f32: the declarations that give all tensors of the layer one dtype. */
import { OftcError } from '../../errors/error.ts';
import { MixedDtypes } from '../../ops/shapes.ts';
import { ts } from '../ts-host.ts';
import { type Declared, declarationsOf, layerAround, parameterOf, withArguments } from './stated.ts';

/** Evaluates a call by `f`. If it mixes dtypes, the error says which declarations to change. */
export function advisingDtypes<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const layer = e instanceof MixedDtypes ? layerAround(checker, call) : undefined;
    if (!(e instanceof MixedDtypes) || !layer) throw e;
    throw new OftcError(e.code, `${e.mixed}${oneDtype(declarationsOf(layer.arguments[0]!))}`, e.spans);
  }
}

function oneDtype(declared: readonly Declared[]): string {
  const halves = declared.filter((d) => dtypeOf(d) === 'f16');
  const singles = declared.filter((d) => dtypeOf(d) === 'f32');
  if (halves.length === 0 || singles.length === 0) return '; declare the operands with one dtype';
  const names = (of: readonly Declared[]) => of.map((d) => `'${d.name}'`).join(', ');
  const write = (of: readonly Declared[], dtype?: string) => of.map((d) => withDtype(d, dtype)).join(', ');
  const [single, half] = [write(halves), write(singles, 'f16')];
  const which =
    halves.length <= singles.length
      ? `write ${single}, or add { dtype: 'f16' } to ${singles.length === 1 ? names(singles) : 'all others'}`
      : `write ${half}`;
  return `: ${names(halves)} ${halves.length === 1 ? 'is' : 'are'} f16, and ${names(singles)} ${singles.length === 1 ? 'is' : 'are'} f32: ${which}`;
}

const optionsOf = ({ call }: Declared) =>
  parameterOf(call)
    .arguments.filter(ts.isObjectLiteralExpression)
    .flatMap((o) => [...o.properties]);

const dtypeOf = (d: Declared): string => {
  const option = optionsOf(d).find((p) => p.name?.getText() === 'dtype');
  return option && ts.isPropertyAssignment(option) ? option.initializer.getText().slice(1, -1) : 'f32';
};

/** A declaration with a dtype, or with none. */
function withDtype(d: Declared, dtype: string | undefined): string {
  const others = optionsOf(d).filter((p) => p.name?.getText() !== 'dtype');
  const options = [...(dtype ? [`dtype: '${dtype}'`] : []), ...others.map((p) => p.getText())];
  const dims = parameterOf(d.call).arguments.filter((a) => !ts.isObjectLiteralExpression(a));
  return withArguments(d, [
    ...dims.map((a) => a.getText()),
    ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : []),
  ]);
}
