/**
 * Adapters of a user's own layer are data: they work without the layer's source, and a downloaded one runs no code.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const own = fileURLToPath(new URL('../../../examples/my-adapter.ts', import.meta.url));
const circulant = fileURLToPath(new URL('../../../examples/custom/circulant.ts', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
/** Runs `oftc` as a process, because operators that a file defines stay registered in the process that ran it. */
const inProcess = (...argv: readonly string[]) =>
  spawnSync(process.execPath, [BUILT, ...argv, '--device', 'cpu'], { encoding: 'utf8' });
const ON_CPU = ['--device', 'cpu', '--json'];

const evaluate = (adapter: string, ...more: string[]) =>
  oftc('eval', '--model', MODEL, '--adapter', adapter, '--data', DATA, '--length', '7', ...ON_CPU, ...more);
const merge = (adapter: string, out: string, ...more: string[]) =>
  oftc('merge', '--model', MODEL, '--adapter', adapter, '--out', at(out), ...ON_CPU, ...more);

describe('an adapter of a layer of one’s own', () => {
  const source = () => at('source/lib/mine.ts');
  let loss: number;

  beforeAll(async () => {
    mkdirSync(at('source/lib'), { recursive: true });
    const text = readFileSync(own, 'utf8').replace(
      /const near = .*\n/,
      "import { near } from '../near.ts';\n",
    );
    expect(text).toContain('near.ts');
    writeFileSync(at('source/near.ts'), NEAR);
    writeFileSync(source(), text);
    const { exit, stderr } = await finetune(
      ...([
        'moved',
        '--adapter',
        source(),
        '--set',
        'a=2,b=4',
        '--targets',
        'q_proj',
        '--lr',
        '0.05',
      ] as const),
    );
    expect(exit, stderr).toBe(0);
    const first = await evaluate(at('moved/adapter'));
    expect(first.exit, first.stderr).toBe(0);
    loss = JSON.parse(first.stdout).loss;
  });

  it('brings its source with what it imports, for people to read', () => {
    const files = readdirSync(at('moved/adapter/source'), { recursive: true });
    expect(files.sort()).toEqual(['lib', 'lib/mine.ts', 'near.ts']);
    expect(readFileSync(at('moved/adapter/source/near.ts'), 'utf8')).toBe(NEAR);
  });

  it.each<[string, () => void]>([
    ['its source is edited', () => writeFileSync(source(), 'export const nothing = 1;')],
    ['its source is gone', () => rmSync(at('source'), { recursive: true })],
    ['it is moved elsewhere', () => renameSync(at('moved/adapter'), at('elsewhere'))],
    ['the copy of its source is gone', () => rmSync(at('elsewhere/source'), { recursive: true })],
  ])('still evaluates and merges after %s', async (_, change) => {
    change();
    const folder = existsSync(at('elsewhere')) ? at('elsewhere') : at('moved/adapter');
    const again = await evaluate(folder);
    expect(again.exit, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).loss).toBe(loss);
    rmSync(at('merged'), { recursive: true, force: true });
    const merged = await merge(folder, 'merged');
    expect(merged.exit, merged.stderr).toBe(0);
    const inspected = await oftc('inspect', folder, '--model', MODEL);
    expect(inspected.exit, inspected.stderr).toBe(0);
  });

  it('is trained further without its source', async () => {
    const { exit, stderr, stdout } = await finetune('further', '--init', at('elsewhere'), '--steps', '2');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout).format).toBe('oftc');
    expect((await evaluate(at('further/adapter'))).exit).toBe(0);
  });
});

const NEAR = `import { blockDiag, cayley, skew, type Tensor } from 'oftc';

export const near = (v: Tensor): Tensor => blockDiag(cayley(skew(v)));
`;

/** A layer whose module writes a file when it runs. */
const hostile = (marker: string) => `
import { writeFileSync } from 'node:fs';
import { defineOperator, frozen, input, layer, trainable } from 'oftc';
writeFileSync(${JSON.stringify(marker)}, 'ran');
export const evil = defineOperator({ name: 'evil', law: '', type: ([a]: any) => a, vjp: () => [], lower: () => {}, sample: () => {} } as never);
export const l = layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('in') }, ({ x, W, v }) => x.mul(v).matmul(W.T));
`;

describe('a downloaded adapter', () => {
  const marker = at('marker');
  let folder: string;
  const fields = () => JSON.parse(readFileSync(`${folder}/adapter.json`, 'utf8'));
  const write = (json: object) => writeFileSync(`${folder}/adapter.json`, JSON.stringify(json));
  const COMMANDS: readonly (readonly [string, (...more: string[]) => ReturnType<typeof oftc>])[] = [
    ['eval', (...more) => evaluate(folder, ...more)],
    ['merge', (...more) => merge(folder, 'never', ...more)],
    [
      'generate',
      (...more) =>
        oftc('generate', '--model', MODEL, '--adapter', folder, '--prompt', 'ab', ...ON_CPU, ...more),
    ],
    ['finetune --init', (...more) => finetune('never', '--init', folder, ...more)],
    [
      'convert',
      (...more) =>
        oftc(
          ...['convert', '--model', MODEL, '--adapter', folder, '--to', 'lora', '--out', at('never')],
          ...[...ON_CPU, '--json', ...more],
        ),
    ],
  ];

  beforeAll(async () => {
    const { exit, stderr } = await finetune(
      ...(['kept', '--adapter', own, '--set', 'a=2,b=4', '--targets', 'q_proj', '--steps', '1'] as const),
    );
    expect(exit, stderr).toBe(0);
    folder = at('downloaded');
  });

  const download = (change: (json: Record<string, unknown>) => object, text = hostile(marker)) => {
    rmSync(folder, { recursive: true, force: true });
    cpSync(at('kept/adapter'), folder, { recursive: true });
    rmSync(`${folder}/source`, { recursive: true });
    mkdirSync(`${folder}/source`);
    writeFileSync(`${folder}/source/l.ts`, text);
    write(change(fields()));
  };

  const FORMS: readonly (readonly [string, (json: Record<string, unknown>) => object])[] = [
    [
      'names a file, as version 1 did',
      ({ program: _, source: __, version: ___, ...rest }) => ({ ...rest, file: 'source/l.ts', layer: 'l' }),
    ],
    [
      'names operators of its source',
      ({ program: _, ...rest }) => ({
        ...rest,
        operators: ['evil'],
        source: { file: 'source/l.ts', layer: 'l' },
      }),
    ],
    [
      'names a file as its method',
      ({ program: _, ...rest }) => ({
        ...rest,
        method: './source/l.ts',
        source: { file: 'source/l.ts', layer: 'l' },
      }),
    ],
    [
      'has an unknown operator in its program',
      ({ program, ...rest }) => ({
        ...rest,
        program: { ...(program as object), nodes: [{ op: 'evil', args: ['x'] }] },
        source: { file: 'source/l.ts', layer: 'l' },
      }),
    ],
    [
      'has all that at once',
      (json) => ({ ...json, operators: ['evil'], file: 'source/l.ts', method: 'source/l.ts' }),
    ],
  ];
  it.each(FORMS)('that %s runs nothing in any command', async (_, change) => {
    download(change);
    for (const [, command] of COMMANDS) {
      const { exit, stdout } = await command();
      expect(exit, stdout).toBe(1);
      expect(stdout).toMatch(/OFT6008|OFT6009|InvalidAdapter/);
    }
    await oftc('inspect', folder, '--model', MODEL);
    expect(existsSync(marker)).toBe(false);
    expect(existsSync(at('never'))).toBe(false);
  });

  it.each<[string, () => string]>([
    [
      'above the folder',
      () => {
        writeFileSync(at('outside.ts'), hostile(marker));
        return '../outside.ts';
      },
    ],
    ['at an absolute path', () => at('outside.ts')],
    [
      'behind a link that leads out',
      () => {
        symlinkSync(at('outside.ts'), `${folder}/source/link.ts`);
        return 'source/link.ts';
      },
    ],
  ])('whose source lies %s is refused even with --trust-code', async (_, place) => {
    download((json) => json);
    const { program: __, ...rest } = fields();
    write({ ...rest, operators: ['evil'], source: { file: place(), layer: 'l' } });
    for (const [, command] of COMMANDS) {
      const { exit, stdout } = await command('--trust-code');
      expect(exit).toBe(1);
      expect(stdout).toMatch(/outside the adapter's folder/);
    }
    expect(existsSync(marker)).toBe(false);
  });

  it('with operators of its author’s is refused, and says what --trust-code would run', async () => {
    const text = readFileSync(circulant, 'utf8').replaceAll(
      "trainable('in')",
      "trainable('in', { init: { normal: 0.5 } })",
    );
    writeFileSync(at('circulant.ts'), text);
    const trained = inProcess(
      ...['finetune', '--model', MODEL, '--data', DATA, '--adapter', at('circulant.ts'), '--layer', 'mixed'],
      ...['--targets', 'q_proj', '--steps', '2', '--length', '7', '--batch', '2', '--out', at('mixed')],
    );
    expect(trained.status, trained.stderr).toBe(0);
    expect(trained.stderr).toMatch(/operators defined in code \(circulant\).*--trust-code only/);
    const folder = at('mixed/adapter');
    const onText = ['eval', '--model', MODEL, '--adapter', folder, '--data', DATA, '--length', '7'];
    const refused = await oftc(...onText, '--device', 'cpu');
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/OFT6009.*source\/circulant\.ts.*--trust-code/s);
    const seen = await oftc('inspect', folder, '--model', MODEL);
    expect(seen.exit, seen.stderr).toBe(0);
    expect(seen.stdout).toMatch(/needs its author's operators circulant/);
    const trusted = inProcess(...onText, '--trust-code');
    expect(trusted.status, trusted.stderr).toBe(0);
    expect(trusted.stderr).toMatch(/running .*source\/circulant\.ts with all the rights of this process/);
  });
});

describe('an adapter trained without claims', () => {
  const text = readFileSync(own, 'utf8');
  const SETTINGS = ['--set', 'a=2,b=4', '--targets', 'q_proj', '--steps', '2'];
  const CLAIMS = /\n {2}\{\n {4}claims.*\},\n(?=\);)/s;

  const perplexities = async (merged: string, adapter: string) => {
    const plain = await oftc('eval', '--model', at(merged), '--data', DATA, '--length', '7', ...ON_CPU);
    return [plain.stdout, (await evaluate(at(adapter))).stdout].map((s) => JSON.parse(s).loss as number);
  };

  it('merges the weight that follows where it is affine in x', async () => {
    writeFileSync(at('unclaimed.ts'), text.replace(CLAIMS, '\n'));
    const { exit, stderr } = await finetune('unclaimed', '--adapter', at('unclaimed.ts'), ...SETTINGS);
    expect(exit, stderr).toBe(0);
    expect(stderr).not.toContain('merge will refuse');
    const merged = await merge(at('unclaimed/adapter'), 'followed');
    expect(merged.exit, merged.stdout).toBe(0);
    const [plain, adapted] = await perplexities('followed', 'unclaimed/adapter');
    expect(plain).toBeCloseTo(adapted!, 5);
  });

  it('merges by the claims of its source, where these were added later', async () => {
    const merged = await merge(at('unclaimed/adapter'), 'claimed', '--claims', own);
    expect(merged.exit, merged.stdout).toBe(0);
    const [plain, adapted] = await perplexities('claimed', 'unclaimed/adapter');
    expect(plain).toBeCloseTo(adapted!, 5);
  });

  it('does not merge by the claims of another layer', async () => {
    writeFileSync(at('other.ts'), text.replace('matmul(diag(d))', 'matmul(diag(d.mul(2)))'));
    const { exit, stdout } = await merge(at('unclaimed/adapter'), 'unmerged', '--claims', at('other.ts'));
    expect(exit).toBe(1);
    expect(stdout).toMatch(/OFT6010.*not the layer that the adapter was trained with/s);
    expect(existsSync(at('unmerged'))).toBe(false);
  });
});
