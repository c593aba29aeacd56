/** The site, or an app of it, as `npm run site` builds it: once for the same sources, and served from below a path. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(root, 'node_modules/.cache/oftc-site-tests');

function digest(paths: readonly string[], args: readonly string[]): string {
  const hash = createHash('sha256').update(args.join());
  const add = (path: string): void => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(path).update(readFileSync(path));
  };
  for (const path of paths) add(join(root, path));
  return hash.digest('hex').slice(0, 16);
}

/** The folder of what the script builds from the given paths. What other sources gave is removed. */
function built(name: string, paths: readonly string[], args: readonly string[]): string {
  const folder = join(cache, `${name}-${digest([...paths, 'docs/site', 'package-lock.json'], args)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache))
    if (old.startsWith(`${name}-`)) rmSync(join(cache, old), { recursive: true });
  const unfinished = join(cache, `.${name}-${process.pid}`);
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'docs/site/build.ts', unfinished, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (run.status !== 0) throw new Error(`the site is not built:\n${run.stdout}${run.stderr}`);
  renameSync(unfinished, folder);
  return folder;
}

/** The pages, with derivations of some methods. They are built again when a page changes, and not for every source. */
export const builtPages = (methods: readonly string[]): string =>
  built(
    'pages',
    ['docs', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ['--pages', '--methods', methods.join()],
  );

/** An app by its folder in docs/site, built from all sources. */
export const builtApp = (app: string): string =>
  built(
    app,
    ['src', 'compiler', 'kernels-gen', 'runtime', 'examples/oft.ts', 'examples/strange'],
    ['--app', app],
  );

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

export interface Served {
  /** The address of the folder, which ends in a slash. It is not the root of its host. */
  readonly url: string;
  readonly close: () => void;
}

/** Serves folders by their names below /oftc/; the folder named '' is that of all other paths. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    const [, base, first = '', ...rest] = decodeURIComponent(pathname).split('/');
    const own = first !== '' && Object.hasOwn(folders, first);
    const path = join(own ? folders[first]! : folders['']!, ...(own ? rest : [first, ...rest]));
    const file = pathname.endsWith('/') ? join(path, 'index.html') : path;
    if (base !== 'oftc' || !existsSync(file) || statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/oftc/`, close: () => server.close() };
}

const POLICY = /<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]*)"\s*\/?>/;

/** The content security policy of a page that stands before its scripts; undefined without one. */
export const policyOf = (html: string): string | undefined => POLICY.exec(html.split('<script')[0]!)?.[1];

export const withoutPolicy = (html: string): string => html.replace(POLICY, '');
