/** Layers of random operators, as texts of TypeScript. */
import { functions } from '../../../compiler/ops/surface.ts';
import type { Draw } from './draw.ts';

export const OPERATORS = Object.keys(functions);
/** The names that a layer may import. */
export const EXPORTED = [...new Set([...OPERATORS, 'input', 'frozen', 'trainable', 'layer', 'list', 'when'])];
/** The shapes that tensors are declared with. */
const SHAPES = [
  "'tokens', 'in'",
  "'out', 'in'",
  "'r', 'tri(b)'",
  "'in'",
  "'r', 'b', 'b'",
  "'in', 'in'",
  "'r'",
  '3',
  "'2*b'",
  "'tokens'",
  '',
  "'in', 'r'",
];
const OPTIONS = [
  '',
  '',
  '',
  ", { init: 'zeros' }",
  ", { dtype: 'i32' }",
  ', { init: { normal: 1 } }',
  ", { stored: 'w' }",
];

/** A layer of random operators on tensors of random shapes, most of which do not fit. */
export function written(draw: Draw): string {
  const names = ['x', 'W', 'v', 's', 't'].slice(0, 1 + draw.below(5));
  const used = new Set<string>();
  const role = (): string => {
    const one = draw.pick(['input', 'frozen', 'trainable', 'trainable']);
    used.add(one);
    return one;
  };
  const declared = names.map((name) => `${name}: ${role()}(${draw.pick(SHAPES)}${draw.pick(OPTIONS)})`);
  const expression = (depth: number): string => {
    if (depth === 0 || draw.oneIn(4))
      return draw.oneIn(6)
        ? draw.pick(['2', '0.5', '-1', '[1, 2, 1]', "'in'", '{ terms: 3 }', 'true'])
        : draw.pick(names);
    const inner = (): string => expression(depth - 1);
    switch (draw.below(6)) {
      case 0:
        return `${inner()}.${draw.pick(['add', 'mul', 'sub', 'div', 'matmul', 'scale'])}(${inner()})`;
      case 1:
        return `${inner()}.T`;
      case 2: {
        const name = draw.pick(OPERATORS);
        used.add(name);
        return `${name}(${Array.from({ length: 1 + draw.below(3) }, inner).join(', ')})`;
      }
      case 3:
        return `${inner()}.matmul(${inner()})`;
      case 4:
        return `[${inner()}, ${inner()}].map((e) => e.add(${inner()}))[${draw.pick(['0', '1', '2', '-1'])}]!`;
      default:
        return draw.oneIn(2) ? `(${inner()} ? ${inner()} : ${inner()})` : inner();
    }
  };
  const where = draw.pick([
    '',
    '',
    ", { where: { in: 'r*b' } }",
    ", { where: { in: 'out' } }",
    ", { where: { b: '2*b' } }",
  ]);
  const body = draw.oneIn(3)
    ? `{ let y = ${expression(2)}; for (let i = 0; i < ${draw.pick(['0', '2', '3'])}; i++) y = y.add(${expression(1)}); return y; }`
    : expression(3);
  return `import { ${[...used, 'layer'].join(', ')} } from 'oftc';\nexport const drawn = layer(\n  { ${declared.join(', ')} },\n  ({ ${names.join(', ')} }) => ${body.startsWith('{') ? body : `(${body})`}${where},\n);\n`;
}
