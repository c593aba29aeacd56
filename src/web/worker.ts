/** The entry of the worker, `oftc/browser/worker`: TypeScript, the compiler, and what it reads in place of a disk. */

import typescript from 'typescript';
import files from '#compiler-files';
import { provideTypeScript } from '../../compiler/frontend/ts-host.ts';
import { Compiler } from './worker/compiler.ts';
import { type Port, serve } from './worker/serve.ts';

provideTypeScript(() => typescript);
serve(globalThis as unknown as Port, new Compiler(files));
