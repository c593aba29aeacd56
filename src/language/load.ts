/** Loads a layer from a TypeScript file, a traced layer, or a Program. */
import type { Span } from '../../compiler/errors/span.ts';
import { FrontEnd, type FrontEndOptions, formatDiagnostics } from '../../compiler/frontend/index.ts';
import type { ts } from '../../compiler/frontend/ts-host.ts';
import { checkSizeNames } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { defined } from '../../compiler/records.ts';
import { wrongArgument } from './arguments.ts';
import { providedLoader } from './load-module.ts';

/** A layer of any parameters and configuration. */
export interface Traceable {
  trace(config?: object): Program;
}

/** A path to a file, lowered from source with locations; a layer, traced by running it; or a Program. */
export type Source = string | Traceable | Program;

/** A front end that runs the files which define operators and rules, where the host can run files. */
export const newFrontEnd = (options: Omit<FrontEndOptions, 'loadModule'> = {}): FrontEnd =>
  new FrontEnd({ ...options, ...defined({ loadModule: providedLoader() }) });

/** The error for a file that the front end refused, with the message that TypeScript would print. */
export class DiagnosticError extends Error {
  declare readonly diagnostics: readonly ts.Diagnostic[];
  constructor(diagnostics: readonly ts.Diagnostic[]) {
    super(formatDiagnostics(diagnostics, { color: false }));
    this.name = 'DiagnosticError';
    // The field is not enumerable: Node prints an uncaught error's fields, and diagnostics hold whole syntax trees.
    Object.defineProperty(this, 'diagnostics', { value: diagnostics });
  }
}

export interface Loaded {
  readonly program: Program;
  /** A span as `file:line:column`; only a file has spans. */
  readonly locate?: (span: Span) => string;
}

/** Throws OFT4016 for a value that is no source of a layer. */
function checkSource(source: Source): void {
  if (typeof source === 'string') return;
  const given = source as Partial<Program & { readonly trace: unknown }> | null | undefined;
  const isTraced = (typeof given === 'object' || typeof given === 'function') && given !== null;
  if (isTraced && typeof given.trace === 'function') return;
  if (isTraced && Array.isArray(given.inputs) && Array.isArray(given.outputs) && 'where' in given) return;
  throw wrongArgument('the layer', 'the path of a TypeScript file, what layer() gives or a Program', source);
}

/**
 * Loads the program of a source. Throws DiagnosticError, OftcError from tracing, OFT4016 for a value that is no
 * source, and OFT3001 for a size in `dims` whose name the layer does not have.
 */
export function loadProgram(
  source: Source,
  request: {
    readonly layer?: string | undefined;
    readonly config?: object | undefined;
    readonly dims?: object | undefined;
  },
  frontEnd = typeof source === 'string' ? newFrontEnd() : undefined,
): Loaded {
  checkSource(source);
  if (typeof source !== 'string') {
    const program = 'trace' in source ? source.trace(request.config) : source;
    checkSizeNames(
      program,
      request.dims ?? {},
      'defaults' in source ? Object.keys(source.defaults ?? {}) : [],
    );
    return { program };
  }
  const { program, config, diagnostics } = frontEnd!.lower(source, {
    ...(request.layer === undefined ? {} : { layer: request.layer }),
    config: { ...request.config },
  });
  if (!program) throw new DiagnosticError(diagnostics);
  checkSizeNames(program, request.dims ?? {}, Object.keys(config));
  return {
    program,
    locate: (span) => {
      const { file, line, column } = frontEnd!.locate(span);
      return `${file}:${line}:${column}`;
    },
  };
}
