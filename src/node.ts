/** Gives the compiler what Node has: TypeScript, and WebGPU through Dawn. Neither is loaded before it is needed. */
import { createRequire } from 'node:module';
import { provideTypeScript } from '../compiler/frontend/ts-host.ts';
import { provideGpu } from './session/backends/provided.ts';

// By `require`, because TypeScript is no ES module: to import it, Node would compile it twice and search it for names,
// which takes half a second.
provideTypeScript(() => createRequire(import.meta.url)('typescript'));
provideGpu(async () => (await import('../runtime/node.ts')).nodeGpu());
