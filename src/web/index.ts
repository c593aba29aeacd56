/** The entry `oftc/browser`, for a page: the client of the compiler in a worker. It loads no part of the compiler. */
export { CompilerError, OftcCompiler, SupersededError, type WorkerLike } from './client.ts';
export type * from './protocol.ts';
