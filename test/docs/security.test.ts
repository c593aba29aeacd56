/** docs/security.md tells what every command, and every option that names a file, reads and writes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { oftc } from '../src/cli/harness.ts';
import { allCommands, pathsOf } from '../src/cli/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** The rows of the page's table by command: what the command executes, reads and writes. */
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name, rest]) => [name!, rest!.split(' | ')]),
);

const help = (await oftc('--help')).stdout;
const commands = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)(?= [[<])/gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== 'help');

describe('docs/security.md', () => {
  it('has a row for every command and no other', () => {
    expect(commands).toContain('inspect');
    expect([...rows.keys()].sort()).toEqual([...commands].sort());
    for (const cells of rows.values()) expect(cells).toHaveLength(3);
  });

  it.each(commands)('names every option of %s that takes a file, a folder or code', async (command) => {
    const { stdout } = await oftc(command, '--help');
    const options = [...stdout.matchAll(/(--[a-z-]+) <(?:file|folder|dir|path|method)[^>]*>/g)].map(
      ([, o]) => o!,
    );
    if (stdout.includes('--trust-code')) options.push('--trust-code');
    const row = rows.get(command)!.join();
    expect(options.filter((o) => !row.includes(`\`${o}\``))).toEqual([]);
  });

  it.each(commands)('has what %s reads and what it writes each in its column', (command) => {
    const [executes, reads, writes] = rows.get(command)!.map((cell) => cell.replaceAll(/\(.*?\)/g, ''));
    const own = allCommands().find((c) => c.name() === command)!;
    const missing = pathsOf(own).flatMap(({ option, ...use }) => [
      ...(use.reads !== undefined && !reads!.includes(`\`${option}\``) ? [`${option} is read`] : []),
      ...(use.writes !== undefined && !writes!.includes(`\`${option}\``) ? [`${option} is written`] : []),
    ]);
    expect(missing).toEqual([]);
    if (own.registeredArguments.some((a) => /TypeScript file/.test(a.description)))
      expect(reads).toMatch(/^ ?a layer's file/);
    expect(own.options.some((o) => o.long === '--trust-code')).toBe(executes!.includes('`--trust-code`'));
  });

  it('is right that --engine torch alone starts another program and opens a port of this machine, and that a page loads files of its site alone', () => {
    const sources = ['src', 'compiler', 'kernels-gen', 'runtime', 'docs/site', 'bin'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((f) => /\.(ts|mjs|vue|html)$/.test(f) && !f.includes('node_modules'))
        .map((f) => join(root, room, f)),
    );
    expect(sources.length).toBeGreaterThan(300);
    const used =
      /'(?:node:)?(?:net|tls|dns|dgram|https?|http2|child_process|vm)'|\bgetBuiltinModule\b|\bfetch\(|\b(?:WebSocket|XMLHttpRequest|sendBeacon|EventSource)\b|\bnew Function\(|\beval\b\)?\(/;
    const users = sources.filter((f) => used.test(readFileSync(f, 'utf8')));
    expect(users.map((f) => relative(root, f)).sort()).toEqual([
      // It loads the text that lies beside the page.
      'docs/site/finetune/app.ts',
      'src/finetune/torch/processes.ts',
      'src/finetune/torch/python.ts',
      // It loads the model that lies beside the page.
      'src/web/finetune/model-files.ts',
    ]);
    const fetches = ['docs/site/finetune/app.ts', 'src/web/finetune/model-files.ts'].map((f) =>
      [...readFileSync(join(root, f), 'utf8').matchAll(/\bfetch\((.*)\);/g)].map(([, what]) => what),
    );
    expect(fetches).toEqual([["'./genesis.txt'"], ['new URL(name, base)']]);
    expect(readFileSync(join(root, 'docs/site/finetune/app.ts'), 'utf8')).toContain(
      "base: new URL('./model/', location.href).href",
    );
    // Only the command's choice of an engine leads there.
    const leads = sources.filter(
      (f) =>
        !relative(root, f).startsWith('src/finetune/torch/') &&
        /['/]torch\/(engine|processes|python)\.ts'/.test(readFileSync(f, 'utf8')),
    );
    expect(leads.map((f) => relative(root, f))).toEqual(['src/cli/finetune/engine.ts']);
    const processes = readFileSync(join(root, 'src/finetune/torch/processes.ts'), 'utf8');
    expect(processes).toContain("server.listen(0, '127.0.0.1', listening)");
  });
});
