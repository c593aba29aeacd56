/** The files of a new project for `oftc init`: one layer, its test and what they need. Pure. */
import { fileNameProblem, isIdentifier } from '../../compiler/names.ts';

export interface Versions {
  /** The version or path that package.json states for oftc. */
  readonly oftc: string;
  readonly typescript: string;
  readonly vitest: string;
}

/** The layer's name in TypeScript: `my-adapter` is `myAdapter`. */
const camelCase = (name: string): string => name.replace(/-+(.?)/g, (_, c: string) => c.toUpperCase());

/** Names that the template's own files declare or import, which a layer cannot have. */
const TAKEN = new Set(
  'blockDiag cayleyNeumann frozen input layer skew trainable compile expect test dims given wave x loss'.split(
    ' ',
  ),
);

/** Packages that the project depends on, whose names it cannot have. */
const PACKAGES = new Set(['oftc', 'typescript', 'vitest']);

/** The reason why a name is refused; undefined if it is accepted. */
export function refuseName(name: string): string | undefined {
  const [, last] = /[\\/]([^\\/]+)[\\/]*$/.exec(name) ?? [];
  if (last !== undefined && refuseName(last) === undefined)
    return `'${name}' is a path: init takes a name, and a folder by --dir, as in oftc init ${last} --dir ${name}`;
  if (/\.[cm]?ts$/.test(name) && refuseName(name.replace(/\.[cm]?ts$/, '')) === undefined)
    return `'${name}' is a file: init takes a name, as in oftc init ${name.replace(/\.[cm]?ts$/, '')}`;
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(name))
    return `'${name}' cannot name a layer and its package: use lower-case letters, digits and -, starting with a letter`;
  const problem = fileNameProblem(name);
  if (problem !== undefined) return `'${name}' cannot name a file: ${problem}`;
  if (PACKAGES.has(name)) return `'${name}' is a package that the project needs: choose another name`;
  if (!isIdentifier(camelCase(name)) || TAKEN.has(camelCase(name)))
    return `'${camelCase(name)}' means something else in the layer's file: choose another name`;
  return undefined;
}

/** The files of a new project by path, for a name that `refuseName` accepts. */
export function scaffold(name: string, versions: Versions): Record<string, string> {
  return {
    'package.json': json({
      name,
      private: true,
      type: 'module',
      scripts: {
        test: 'tsc --noEmit && vitest run',
        check: `oftc check ${name}.ts`,
        explain: `oftc explain ${name}.ts --dims in=1024,out=1024,b=32`,
        build: `oftc build ${name}.ts --dims in=1024,out=1024,b=32 -o dist`,
      },
      dependencies: { oftc: versions.oftc },
      devDependencies: { typescript: versions.typescript, vitest: versions.vitest },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'es2023',
        module: 'nodenext',
        lib: ['es2023', 'dom'],
        strict: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        noEmit: true,
      },
      include: ['*.ts'],
    }),
    'vitest.config.ts': VITEST_CONFIG,
    [`${name}.ts`]: layerText(camelCase(name)),
    [`${name}.test.ts`]: testText(name, camelCase(name)),
    'README.md': readme(name),
  };
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const VITEST_CONFIG = `\
// Without a configuration of its own, a project gets the next one in the folders above it.
export default {};
`;

const layerText = (id: string): string => `\
/** OFT with a magnitude: W′ = diag(s)·W·Rᵀ, R = diag(R₁, …, Rᵣ) block-diagonal and orthogonal. */
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const ${id} = layer(
  {
    x: input('tokens', 'in'), // tokens is a run-time value; all other sizes are bound when compiling
    W: frozen('out', 'in'), // as torch.nn.Linear stores it; gets no gradient
    v: trainable('r', 'tri(b)'), // r blocks, each the b(b − 1)/2 entries above a diagonal
    s: trainable('out'),
  },
  ({ x, W, v, s }) => {
    const Q = skew(v); // Qᵀ = −Q
    const R = blockDiag(cayleyNeumann(Q, { terms: 5 })); // (I + Q)(I − Q)⁻¹ as a series: no inverse
    return x.matmul(R.matmul(W.T)).mul(s); // write the formula: the compiler finds (x R) Wᵀ
  },
  { where: { in: 'r*b' } },
);
`;

const testText = (name: string, id: string): string => `\
import { compile } from 'oftc';
import { expect, test } from 'vitest';
import { ${id} } from './${name}.ts';

const dims = { in: 8, out: 6, b: 4 }; // so r = 2 and tri(b) = 6
const wave = (count: number, scale: number) =>
  Float64Array.from({ length: count }, (_, i) => scale * Math.sin(i + 1));
const x = wave(3 * 8, 1); // 3 tokens
const given = { W: wave(6 * 8, 1), v: wave(2 * 6, 0.1), s: wave(6, 1) };

// 'cpu' is the float64 reference; leave it out to run on the GPU.
const reference = () => compile(${id}, { dims, device: 'cpu' });

test('what is derived is what is written', async () => {
  const [derived, written] = await Promise.all([
    reference(),
    compile(${id}, { dims, device: 'cpu', asWritten: true }),
  ]);
  const y = await (await derived.run({ x, ...given })).read('y');
  const expected = await (await written.run({ x, ...given })).read('y');
  expect(y.shape).toEqual([3, 6]);
  Array.from(y.data).forEach((value, i) => expect(value).toBeCloseTo(expected.data[i]!, 12));
});

test('the gradient of v is that of central differences', async () => {
  const session = await reference();
  const dy = wave(3 * 6, 1);
  const loss = async (v: Float64Array) => {
    const y = await (await session.run({ x, ...given, v })).read('y');
    return Array.from(y.data).reduce((sum, value, i) => sum + value * dy[i]!, 0);
  };
  const gradient = await (await session.gradients({ x, ...given }, { y: dy })).read('grad.v');
  const h = 1e-5;
  for (const i of given.v.keys()) {
    const [up, down] = await Promise.all([h, -h].map((d) => loss(given.v.map((v, j) => (i === j ? v + d : v)))));
    expect(gradient.data[i]).toBeCloseTo((up! - down!) / (2 * h), 7);
  }
});
`;

const readme = (name: string): string => `\
# ${name}

An orthogonal adapter, compiled by oftc. The layer is in ${name}.ts; write its formula as a paper would.

    npm install
    npm test             # types, derived ≡ written, gradients
    npm run check        # the same properties over random sizes and values, and on the GPU
    npm run explain      # the derivation, every candidate, the choice
    npm run build        # dist/: an ES module for Node and browsers, with types
`;
