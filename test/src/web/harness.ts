/** A page's client and the worker's side of it in one process, over a MessageChannel. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { OftcCompiler, type WorkerLike } from '../../../src/web/client.ts';
import type { SourceInput } from '../../../src/web/protocol.ts';
import type { Assets } from '../../../src/web/worker/assets.ts';
import { Compiler } from '../../../src/web/worker/compiler.ts';
import { type Port, serve } from '../../../src/web/worker/serve.ts';

const FILES = fileURLToPath(new URL('../../../dist/src/web/files.json', import.meta.url));

/** The texts that the worker reads, as `npm run build` makes them. */
export function builtAssets(): Assets {
  if (!existsSync(FILES)) throw new Error('dist is missing: npm run build');
  return JSON.parse(readFileSync(FILES, 'utf8'));
}

export interface Connected {
  readonly client: OftcCompiler;
  /** The messages that the worker's side got. */
  readonly received: unknown[];
  /** The client's end. */
  readonly port: MessagePort;
}

export function connect(compiler: Compiler = new Compiler(builtAssets())): Connected {
  const { port1, port2 } = new MessageChannel();
  const received: unknown[] = [];
  port2.on('message', (data) => received.push(data));
  serve(port2 as unknown as Port, compiler);
  return { client: new OftcCompiler(port1 as unknown as WorkerLike), received, port: port1 };
}

export const layerFile = (text: string, more: Partial<SourceInput> = {}): SourceInput => ({
  files: { '/layer.ts': text },
  file: '/layer.ts',
  ...more,
});
