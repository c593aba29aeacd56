/** The entry of the worker, `oftc/browser/worker`: TypeScript, the compiler, and files.json beside it. */
import typescript from 'typescript';
import { provideTypeScript } from '../../../compiler/frontend/ts-host.ts';
import type { Assets } from './assets.ts';
import { Compiler } from './compiler.ts';
import { type Port, serve } from './serve.ts';

provideTypeScript(() => typescript);

async function load(): Promise<Compiler> {
  const url = new URL('./files.json', import.meta.url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `the compiler's files could not be loaded from ${url}: ${response.status} ${response.statusText}`,
    );
  return new Compiler((await response.json()) as Assets);
}

serve(globalThis as unknown as Port, load());
