/**
 * Derives a chain of matrices as torch.linalg.multi_dot takes it, together with its backward, and prints both as
 * PyTorch: `npx tsx examples/multi-dot.ts`. multi_dot chooses parentheses for the forward alone, at one batch size.
 */
import { pathToFileURL } from 'node:url';
import { type Answer, type AnswerVariant, associate, type Request, type Value } from 'oftc/associate';

/** y = X·A·B·C: n rows go through two bottlenecks. */
export const request: Request = {
  factors: {
    X: { shape: ['n', 1024] },
    A: { shape: [1024, 64] },
    B: { shape: [64, 2048] },
    C: { shape: [2048, 512] },
  },
  products: { y: ['X', 'A', 'B', 'C'] },
  gradients: ['X', 'A', 'B', 'C'],
};

const text = (v: Value): string => {
  const name = 'factor' in v ? v.factor : 'step' in v ? `p${v.step}` : 'g';
  return v.transposed ? `${name}.mT` : name;
};

/** The steps that some values take, in order. */
function stepsOf(variant: AnswerVariant, values: readonly Value[]): number[] {
  const found = new Set<number>();
  const visit = (v: Value) => {
    if (!('step' in v) || found.has(v.step)) return;
    const { left, right } = variant.steps[v.step]!;
    for (const side of [left, right]) visit(side);
    found.add(v.step);
  };
  values.forEach(visit);
  return [...found].sort((a, b) => a - b);
}

/** The forward and the backward of the product y as a torch.autograd.Function. */
export function python({ factors, gradients = [] }: Request, { symbol, variants }: Answer): string {
  const names = Object.keys(factors);
  const guard = (v: AnswerVariant, i: number) =>
    i + 1 === variants.length ? 'else:' : `${i === 0 ? 'if' : 'elif'} ${symbol} <= ${v.to}:`;
  const body = (lines: (v: AnswerVariant) => readonly string[]) =>
    variants.flatMap((v, i) =>
      variants.length === 1
        ? lines(v).map((line) => `        ${line}`)
        : [`        ${guard(v, i)}`, ...lines(v).map((line) => `            ${line}`)],
    );
  const compute = (v: AnswerVariant, steps: readonly number[]) =>
    steps.map((i) => `p${i} = ${text(v.steps[i]!.left)} @ ${text(v.steps[i]!.right)}`);
  const forward = (v: AnswerVariant) => stepsOf(v, [v.products.y!]);
  const backward = (v: AnswerVariant) =>
    stepsOf(v, Object.values(v.gradients).flat()).filter((i) => !forward(v).includes(i));
  /** The steps of the forward that the backward takes. */
  const kept = (v: AnswerVariant) => {
    const taken = backward(v).flatMap((i) => [v.steps[i]!.left, v.steps[i]!.right]);
    return forward(v).filter((i) => taken.some((t) => 'step' in t && t.step === i));
  };
  const saved = (v: AnswerVariant) => [...names, ...kept(v).map((i) => `p${i}`)].join(', ');
  return [
    'class Chain(torch.autograd.Function):',
    '    @staticmethod',
    `    def forward(ctx, ${names.join(', ')}):`,
    `        ${symbol} = ${names[0]}.shape[0]`,
    ...body((v) => [
      ...compute(v, forward(v)),
      `ctx.save_for_backward(${saved(v)})`,
      `return ${text(v.products.y!)}`,
    ]),
    '',
    '    @staticmethod',
    '    def backward(ctx, g):',
    `        ${symbol} = g.shape[0]`,
    ...body((v) => [
      `${saved(v)} = ctx.saved_tensors`,
      ...compute(v, backward(v)),
      `return ${gradients.map((name) => v.gradients[name]!.map(text).join(' + ')).join(', ')}`,
    ]),
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const answer = associate(request);
  for (const { from, to, formulas } of answer.variants)
    console.log(`# n from ${from} to ${to ?? 'any'}: ${formulas.products.y}`);
  console.log(`import torch\n\n\n${python(request, answer)}`);
}
