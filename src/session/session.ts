/**
 * Runs a layer: compile once, run for any number of tokens.
 *
 * ```ts
 * const session = await compile('examples/oft.ts', { dims: { in: 1024, out: 1024, b: 32 } });
 * session.bind({ W, v });
 * const { y } = await session.run({ x }).then((r) => r.readAll());
 * ```
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { type Binding, ofTokens } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { mergeOnce } from '../../compiler/merge.ts';
import { type PositionRule, positionRules } from '../../compiler/ops/position-rules.ts';
import { checkTokens, type TokenRule, tokenRules } from '../../compiler/ops/token-rules.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { defined } from '../../compiler/records.ts';
import type { Cause } from '../../runtime/finite.ts';
import type { Plan } from '../../runtime/index.ts';
import { type IndexSpan, spanOf } from '../../runtime/indices.ts';
import { dequantize, isQuantized } from '../formats/quantized/index.ts';
import { oneOf, onlyNames, optionsOf, tensorsOf, tokensOf } from '../language/arguments.ts';
import { loadProgram, type Source } from '../language/load.ts';
import { withAdvice } from './awaited.ts';
import type { Backend, BoundTensor, Given, Runner } from './backends/backend.ts';
import { openBackend } from './backends/open.ts';
import { checkFinite, wrongIn } from './half.ts';
import { checkIndices, checkPositions } from './integers.ts';
import { Norms } from './norms.ts';
import { checkedOptions, type SessionOptions } from './options.ts';
import { Outputs } from './outputs.ts';
import { prepare } from './plan.ts';
import type { Planned } from './planned.ts';
import { held, type Stored, storagesOf, storedIn } from './quantized.ts';
import {
  checkBound,
  foldShape,
  outputShape,
  type ResolvedInputs,
  resolveInputs,
  type TensorInput,
} from './tensors.ts';

export type { SessionOptions } from './options.ts';
export { planOf, variantsOf } from './plan.ts';

/** A kind of run: `forward` gives the outputs, `gradients` gives outputs and gradients, compiled together. */
export type Kind = 'forward' | 'gradients';

/**
 * Compiles a layer from a file's path, a layer, or a Program. Rejects with DiagnosticError for a file that the front
 * end refuses, OftcError for dimensions (OFT30xx), OftcRuntimeError DeviceMissing without a device.
 */
export const compile = (source: Source, given: SessionOptions = {}): Promise<Session> =>
  withAdvice(compiling(source, given), Session.prototype, 'compile', 'a session');

async function compiling(source: Source, given: SessionOptions): Promise<Session> {
  const options = checkedOptions(given);
  const { program, locate } = loadProgram(source, options);
  const shapes = Object.fromEntries(
    program.inputs.flatMap((i) => {
      const shape = options.shapes?.[i.name];
      return shape ? [[i.name, foldShape(i.type, shape).shape]] : [];
    }),
  );
  const sizes = solveDims(program, options.dims ?? {}, shapes);
  // Check the storages before opening a device.
  const stored = storagesOf(bindProgram(program, sizes), options.quantized ?? {});
  const backend = await openBackend(options.device ?? 'gpu', options.timing ?? false);
  return new Session(program, sizes, backend, { ...options, stored }, locate);
}

type Options = SessionOptions & { readonly stored: Stored };

interface Prepared extends Planned {
  pending?: Promise<Runner>;
  /** The runner, once `pending` has resolved. */
  runner?: Runner;
}

/** A bound parameter. One given as an array has the span of its integers, and its values for `Norms`. */
interface BoundParameter {
  readonly held: BoundTensor;
  readonly span: IndexSpan | undefined;
  readonly values: ReturnType<Norms['kept']>;
  /** The parameter's name and its first element that is not finite; known for activations in f16 alone. */
  readonly wrong: string | undefined;
}

export interface RunOptions {
  /** The number of tokens; needed only if every input that depends on it is a GPUBuffer. */
  readonly tokens?: number;
}

export class Session {
  /** The layer at its sizes, with only `tokens` open. */
  readonly program: Program;
  readonly backend: Backend;
  readonly #source: Program;
  readonly #sizes: Binding;
  readonly #options: Options;
  readonly #locate: ((span: Span) => string) | undefined;
  readonly #tokenRules: readonly TokenRule[];
  readonly #positionRules: readonly PositionRule[];
  readonly #norms: Norms;
  readonly #prepared = new Map<Kind, Prepared>();
  readonly #bound = new Map<string, BoundParameter>();
  #disposed: Promise<void> | undefined;

  /** Called by `compile` alone. */
  constructor(
    source: Program,
    sizes: Binding,
    backend: Backend,
    options: Options,
    locate?: (span: Span) => string,
  ) {
    this.program = bindProgram(source, sizes);
    this.backend = backend;
    this.#source = source;
    this.#sizes = sizes;
    this.#options = options;
    this.#locate = locate;
    this.#tokenRules = tokenRules(this.program);
    this.#positionRules = positionRules(this.program);
    this.#norms = new Norms(this.program);
  }

  /** The compilation of a kind of run: what the compiler derived and decided. */
  compilation(kind: Kind): Compilation {
    return this.#prepare(kind).compilation();
  }

  /** The Plan as plain JSON, for the class of the session's device, or for all classes if it has no device. */
  plan(kind: Kind): Plan {
    return this.#prepare(kind).plan();
  }

  /**
   * Binds tensors that do not depend on `tokens`, for all later runs. An array is copied now, once for `run` and
   * `gradients` both, and a device rounds a Float64Array to float32. Later changes of the array reach no run: bind it
   * again. A GPUBuffer stays the caller's and is read at every run. Throws OFT4007 after `dispose`, DeviceLost after
   * the device is lost, and OFT40xx for a tensor that the layer cannot take; nothing is bound then.
   */
  bind(tensors: Readonly<Record<string, TensorInput>>): void {
    this.#checkOpen();
    const own = this.program.inputs.filter((i) => !dependsOnTokens(i));
    const bound = new Map<string, BoundParameter>();
    try {
      for (const [name, value] of Object.entries(tensorsOf(tensors, 'what bind() is given', own)))
        bound.set(name, this.#hold(name, value));
    } catch (refused) {
      for (const { held } of bound.values()) this.backend.free(held);
      throw refused;
    }
    for (const [name, kept] of bound) this.#keep(name, kept);
  }

  #hold(name: string, value: TensorInput): BoundParameter {
    const declared = this.program.inputs.find((i) => i.name === name);
    if (declared && dependsOnTokens(declared))
      throw new OftcError(
        'OFT4017',
        `tensor '${name}' of '${this.program.name}' depends on tokens and cannot be bound: give it to each run`,
        declared.spans,
      );
    const own = declared ? [declared] : this.program.inputs;
    const resolved = resolveInputs(this.program.name, own, { [name]: value }, new Set(), 0, this.#stored);
    checkPositions(this.#positionRules, resolved);
    const data = this.#given(resolved)[name]!;
    return {
      held: this.backend.hold(name, data),
      span: ArrayBuffer.isView(data) ? spanOf(data) : undefined,
      values: this.#norms.kept(name, data),
      wrong: this.#options.activations === 'f16' ? wrongIn(name, data) : undefined,
    };
  }

  /** Replaces a bound tensor in all later runs, and frees the old one. */
  #keep(name: string, bound: BoundParameter): void {
    const old = this.#bound.get(name);
    this.#bound.set(name, bound);
    this.#norms.bind(name, bound.values);
    for (const { runner } of this.#prepared.values()) runner?.bind(name, bound.held);
    if (old) this.backend.free(old.held);
  }

  get #stored(): Stored {
    return this.#options.stored;
  }

  /** The inputs for the backend. Those that are held quantised are in their storage. */
  #given({ data }: ResolvedInputs): Record<string, Given> {
    return Object.fromEntries(
      Object.entries(data).map(([name, value]) => {
        if (ArrayBuffer.isView(value) && !Object.hasOwn(this.#stored, name)) return [name, value];
        if (!ArrayBuffer.isView(value) && !isQuantized(value)) return [name, value];
        const input = this.program.inputs.find((i) => i.name === name)!;
        const { tensor, words } = held(input, value, this.#stored[name]!);
        return [name, this.backend.words ? words : dequantize(tensor)];
      }),
    );
  }

  /** Computes the outputs. Bound inputs may be left out. Arrays are read during the call and may change after it. */
  run(inputs: Readonly<Record<string, TensorInput>>, options: RunOptions = {}): Promise<Outputs> {
    return this.#run('forward', inputs, {}, options);
  }

  /** Computes outputs, and gradients of Σ ⟨output, cotangent⟩ as `grad.<input>`. Cotangents go by output name. */
  gradients(
    inputs: Readonly<Record<string, TensorInput>>,
    cotangents: Readonly<Record<string, TensorInput>>,
    options: RunOptions = {},
  ): Promise<Outputs> {
    return this.#run('gradients', inputs, cotangents, options);
  }

  /**
   * A session for inference with the parameters as they are bound now: what depends on them alone is computed once, at
   * this call. It shares this session's device and does not own it; parameters bound here later do not reach it.
   * Rejects with OFT4001 for a parameter that is not bound, and OFT4018 for a matrix above its stated norm.
   */
  async merge(): Promise<Session> {
    this.#checkOpen();
    checkBound(this.program.name, this.program.inputs, this.#bound);
    this.#norms.check({}, 0);
    const { profile, allow } = this.#options;
    const { prepare, run } = mergeOnce(this.program, {
      profile: profile ?? this.backend.class.chosenBy,
      ...(allow ? { allow } : {}),
    });
    const backend: Backend = { ...this.backend, dispose: () => undefined };
    const own = (program: Program, locate?: (span: Span) => string) => {
      const stored = storedIn(program, this.#stored);
      const session = new Session(program, {}, backend, { ...this.#options, stored }, locate);
      for (const { name } of program.inputs) {
        const known = this.#bound.get(name);
        if (known) session.#keep(name, { ...known, held: backend.share(known.held) });
      }
      return session;
    };
    // Both sessions hold the parameters of this moment, so that binding others meanwhile does not reach them.
    const [once, session] = [own(prepare), own(run, this.#locate)];
    try {
      if (prepare.outputs.length > 0) {
        const formed = await once.run({});
        try {
          session.bind(await formed.readAll());
        } finally {
          formed.destroy();
        }
      }
      return session;
    } catch (failed) {
      await session.dispose();
      throw failed;
    } finally {
      await once.dispose();
    }
  }

  async #run(
    kind: Kind,
    inputs: Readonly<Record<string, TensorInput>>,
    cotangents: Readonly<Record<string, TensorInput>>,
    options: RunOptions,
  ): Promise<Outputs> {
    const prepared = this.#prepare(kind);
    const program = prepared.signature;
    const of = Object.entries(tensorsOf(cotangents, 'the cotangents of gradients()', this.program.outputs));
    const given = {
      ...tensorsOf(inputs, `the inputs of ${kind === 'forward' ? 'run' : kind}()`, this.program.inputs),
      ...Object.fromEntries(of.map(([n, g]) => [gradName(n), g])),
    };
    const asked = optionsOf(options, 'the options of a run');
    onlyNames(asked, ['tokens'] satisfies (keyof RunOptions)[], 'a run');
    const tokens = tokensOf(asked.tokens, 'the option tokens');
    const twice = Object.keys(given).find((name) => this.#bound.has(name));
    if (twice !== undefined)
      throw new OftcError(
        'OFT4017',
        `tensor '${twice}' of '${program.name}' is bound: bind its new value, or leave it out of the run`,
      );
    const known = new Set(this.#bound.keys());
    const resolved = resolveInputs(program.name, program.inputs, given, known, tokens, this.#stored);
    checkTokens(this.#tokenRules, resolved.tokens);
    checkIndices(prepared.indexRules, resolved, (name) => this.#bound.get(name)?.span);
    checkPositions(this.#positionRules, resolved);
    this.#norms.check(resolved.data, resolved.tokens);
    const half = this.#options.activations === 'f16';
    // Data that is read after this call is copied.
    const data = prepared.runner && !half ? this.#given(resolved) : copied(this.#given(resolved));
    const result = prepared.runner
      ? prepared.runner.run(resolved.tokens, data)
      : await this.#runOnce(prepared, resolved.tokens, data);
    const shapes = Object.fromEntries(
      program.outputs.map((o) => [o.name, outputShape(o.node.type, resolved.tokens, resolved.lead)]),
    );
    if (!half) return new Outputs(result, shapes);
    const bound = [...this.#bound.values()].flatMap(({ wrong }) => wrong ?? []);
    let found: Promise<string | undefined> | undefined;
    const cause: Cause = {
      given: () => [...bound, ...Object.entries(data).flatMap(([name, d]) => wrongIn(name, d) ?? [])],
      first: () => {
        found ??= result.firstOverflow?.() ?? Promise.resolve(undefined);
        return found;
      },
    };
    const read = async (name: string) => {
      const values = await result.read(name);
      await checkFinite(name, values, cause);
      return values;
    };
    return new Outputs({ ...result, read }, shapes);
  }

  /** Runs after the kernels are compiled, with the parameters that were bound at the call. */
  async #runOnce(prepared: Prepared, tokens: number, data: Readonly<Record<string, Given>>) {
    const bound = [...this.#bound].map(([name, { held }]) => [name, this.backend.share(held)] as const);
    try {
      const runner = await this.#runner(prepared);
      this.#checkOpen();
      for (const [name, held] of bound) runner.bind(name, held);
      const result = runner.run(tokens, data);
      for (const [name, { held }] of this.#bound) runner.bind(name, held);
      return result;
    } finally {
      for (const [, held] of bound) this.backend.free(held);
    }
  }

  #checkOpen(): void {
    if (this.#disposed)
      throw new OftcError('OFT4007', `session '${this.program.name}' is disposed; compile again`);
  }

  #prepare(kind: Kind): Prepared {
    this.#checkOpen();
    oneOf(kind, ['forward', 'gradients'], 'the kind of a plan');
    let prepared = this.#prepared.get(kind);
    if (!prepared) {
      const { asWritten, pinned, objective, profile, allow, strategy, activations, tuning, plans } =
        this.#options;
      prepared = prepare(
        this.#source,
        {
          sizes: this.#sizes,
          gradients: kind === 'gradients',
          stored: this.#stored,
          ...defined({ activations, asWritten, pinned, objective, allow, profile }),
        },
        this.backend,
        { locate: this.#locate, strategy, tuning, plans },
      );
      this.#prepared.set(kind, prepared);
    }
    return prepared;
  }

  #runner(prepared: Prepared): Promise<Runner> {
    prepared.pending ??= this.backend.prepare(prepared).then((runner) => {
      for (const [name, { held }] of this.#bound) runner.bind(name, held);
      prepared.runner = runner;
      return runner;
    });
    return prepared.pending;
  }

  /** Frees device memory, and the device if this session opened it. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#free();
    return this.#disposed;
  }

  async #free(): Promise<void> {
    for (const { pending } of this.#prepared.values()) (await pending?.catch(() => undefined))?.dispose();
    for (const { held } of this.#bound.values()) this.backend.free(held);
    this.#bound.clear();
    this.backend.dispose();
  }
}

const dependsOnTokens = ({ type }: InputNode): boolean => type.shape.some(ofTokens);

const copied = (data: Readonly<Record<string, Given>>): Record<string, Given> =>
  Object.fromEntries(
    Object.entries(data).map(([name, given]) => [name, ArrayBuffer.isView(given) ? given.slice() : given]),
  );
