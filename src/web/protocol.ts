/**
 * The messages between a page and the compiler in a worker: a request for each kind of question, and its answer. All of
 * it is plain data. Offsets count UTF-16 units from 0, as editors do; lines and columns count from 1.
 */
import type { ConfigKey, ExportedLayer } from '../../compiler/frontend/exported.ts';
import type { StoredProgram } from '../../compiler/ir/stored.ts';
import type { ExplainedDerivation, ExplainedKernel, Explanation, KernelStory } from '../explain/index.ts';

export type { ConfigKey, ExportedLayer };

/** A place in one of the files that were given. */
export interface SourcePlace {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** A message about the source: TypeScript's, with a code such as `TS2345`, or oftc's, such as `OFT2008`. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'note';
  /** Absent for a note. */
  readonly code?: string;
  readonly message: string;
  /** Absent for a problem of no single place, such as a size that was not given. */
  readonly place?: SourcePlace;
  /** The places on the way to the problem, such as the calls and loops that led there. */
  readonly related: readonly { readonly message: string; readonly place?: SourcePlace }[];
  /** The meaning of an oftc code and how to mend it, from the catalogue of codes. */
  readonly title?: string;
  readonly remedy?: string;
}

/** The source that a request is about. Paths begin with `/`, such as `/layer.ts`. */
export interface SourceInput {
  /** The texts of all files by path: the layer's, and the author's other files that it imports. */
  readonly files: Readonly<Record<string, string>>;
  /** The path of the layer's file. */
  readonly file: string;
  /** The exported name of the layer. Absent: the file's only layer; of several, the first. */
  readonly layer?: string;
  /** Values of the layer's configuration. Each may be text, which the type of its key reads. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Sizes of dimensions, without `tokens`. */
  readonly dims?: Readonly<Record<string, number>>;
}

/** The source, and what the compiler decides by. */
export interface CompileInput extends SourceInput {
  /** The token count that costs and kernels are shown at. Default 512. */
  readonly tokens?: number;
  /** The class of devices: `gpu` (default), `integrated`, `cpu-vectors` or `portable`. */
  readonly device?: string;
  readonly objective?: 'latency' | 'memory';
  /** Whether to compile without any derivation. */
  readonly asWritten?: boolean;
}

export interface LayerInput {
  readonly name: string;
  readonly role: 'input' | 'frozen' | 'trainable';
  readonly dtype: string;
  /** The sizes in the author's names, such as `tokens` and `r*b`. */
  readonly shape: readonly string[];
}

/** The chosen layer at its configuration. */
export interface CheckedLayer {
  readonly name: string;
  /** The configuration with defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly LayerInput[];
  /** The results with their shapes, as `y (tokens, out)`. */
  readonly results: readonly string[];
  /** Relations of sizes, as `in = r*b`. */
  readonly where: readonly string[];
  /** The names to give sizes for: each entry is one name, or several of which one gives the others. */
  readonly sizesToGive: readonly (readonly string[])[];
  /** All sizes that are known: those given, and those that follow. */
  readonly sizes: Readonly<Record<string, number>>;
}

export interface Checked {
  /** The layers that the file exports, with the keys of their configuration. */
  readonly layers: readonly ExportedLayer[];
  /** The chosen layer. Absent where an error keeps it from being read. */
  readonly layer?: CheckedLayer;
  readonly problems: readonly Problem[];
}

/** A step of a derivation with the author's source that it rewrote. */
export type PlacedStep = ExplainedDerivation['steps'][number] & { readonly places: readonly SourcePlace[] };
export type PlacedDerivation = Omit<ExplainedDerivation, 'steps'> & { readonly steps: readonly PlacedStep[] };
export type PlacedKernel = ExplainedKernel & { readonly places: readonly SourcePlace[] };

/** The explanation as data; every step and kernel has its places in the source. */
export type PlacedExplanation = Omit<Explanation, 'training' | 'inference' | 'kernels'> & {
  readonly training: readonly PlacedDerivation[];
  readonly inference: readonly PlacedDerivation[];
  readonly kernels: readonly PlacedKernel[];
};

/** The modelled time of the candidates of one group of products, over token counts. */
export interface CostPlot {
  readonly of: 'training' | 'inference';
  /** The places of the derivation and of its group in the explanation. */
  readonly derivation: number;
  readonly group: number;
  /** The token counts that the costs are sampled at, from 1 to 16384. */
  readonly tokens: readonly number[];
  /** A line for each candidate, in the explanation's order. */
  readonly candidates: readonly CostLine[];
  /** The guards: the candidate that runs at each range of token counts; none where another derivation runs. */
  readonly chosen: readonly {
    readonly minTokens: number;
    readonly maxTokens: number | null;
    /** The place in `candidates`; absent for a choice that is none of those listed. */
    readonly candidate?: number;
  }[];
}

export interface CostLine {
  /** One association for each chain of the group. */
  readonly forms: readonly string[];
  readonly dominated: boolean;
  readonly seconds: readonly number[];
  readonly operations: readonly number[];
  readonly bytes: readonly number[];
  readonly memory: readonly number[];
}

export interface Explained {
  readonly explanation: PlacedExplanation;
  /** The explanation as `oftc explain` prints it: in about 20 lines, and in full. */
  readonly text: string;
  readonly full: string;
  /** The costs of candidates, for a plot; none while sizes are open. */
  readonly plots: readonly CostPlot[];
  /** Notes on what the author probably does not mean. */
  readonly notes: readonly string[];
}

/** A kernel of the Plan, from its naive loops to WGSL. */
export interface KernelView extends KernelStory {
  /** Its steps at the requested token count; none for a kernel of other token counts or devices. */
  readonly launches: readonly PlacedKernel[];
}

export interface Kernels {
  readonly device: string;
  readonly tokens: number;
  /** The kernels in the order of their first launch; those of other token counts come last. */
  readonly kernels: readonly KernelView[];
}

export interface TorchInput extends SourceInput {
  readonly objective?: 'latency' | 'memory';
  readonly asWritten?: boolean;
  /** Whether to print one file that needs PyTorch alone (default), or a package with its tests. */
  readonly standalone?: boolean;
}

export interface Torch {
  /** The texts of the files by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A layer as data, which is computed without its source: its program includes the configuration. */
export interface StoredLayer {
  readonly name: string;
  readonly program: StoredProgram;
  readonly config: Readonly<Record<string, string | number | boolean>>;
}

export interface RunInput extends SourceInput {
  readonly tokens: number;
  readonly seed?: number;
  /** The number of timed runs. Default 9. */
  readonly runs?: number;
}

/** How one program ran on the visitor's device: forward and backward together. */
export interface RunFigures {
  /** The median time of a run in seconds, from submission to completion. */
  readonly seconds: number;
  readonly bytes: { readonly total: number; readonly temporaries: number };
  readonly launches: number;
  /** The largest difference from the reference, for each result. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** A result such as `y` or `grad.v`. */
  readonly name: string;
  readonly absolute: number;
  /** The difference over the largest magnitude in the reference's result. */
  readonly relative: number;
}

export interface Ran {
  /** False where there is no WebGPU device; `reason` then says why, and what to do. */
  readonly available: boolean;
  readonly reason?: string;
  readonly result?: {
    readonly device: string;
    readonly class: string;
    readonly tokens: number;
    readonly sizes: Readonly<Record<string, number>>;
    /** The sizes at which the results are compared with the float64 reference. They are smaller where it takes long. */
    readonly compared: {
      readonly tokens: number;
      readonly sizes: Readonly<Record<string, number>>;
      readonly reduced: boolean;
    };
    readonly derived: RunFigures;
    /** Absent where no kernels can compute the program as written; `writtenFails` then says why. */
    readonly written?: RunFigures;
    readonly writtenFails?: string;
  };
}

/** A layer to start from. */
export interface LibraryExample {
  /** The name of the method's file, such as `oft`; that of a strange example is its own. */
  readonly name: string;
  readonly title: string;
  readonly kind: 'method' | 'strange';
  readonly files: Readonly<Record<string, string>>;
  readonly file: string;
  readonly layer: string;
  /** Sizes to start with. */
  readonly dims: Readonly<Record<string, number>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A position in a file, for an editor. */
export interface PositionInput {
  readonly files: Readonly<Record<string, string>>;
  readonly file: string;
  readonly offset: number;
}

export interface Hovered {
  /** Absent where there is nothing to say. */
  readonly found?: {
    readonly start: number;
    readonly end: number;
    /** The declaration, as TypeScript prints it. */
    readonly signature: string;
    readonly documentation: string;
  };
}

export interface Completed {
  /** The range that a completion replaces. */
  readonly start: number;
  readonly end: number;
  readonly items: readonly {
    readonly name: string;
    /** TypeScript's kind, such as `method`, `const` or `string`. */
    readonly kind: string;
    readonly insert: string;
  }[];
}

/** The versions in the worker. */
export interface Hello {
  readonly oftc: string;
  readonly typescript: string;
  /** The classes of devices that an explanation can be for. */
  readonly devices: readonly string[];
  /** Whether the worker sees WebGPU; a run may still find no adapter. */
  readonly webgpu: boolean;
}

/** Every kind of request with its input and its answer. */
export interface Requests {
  readonly hello: { readonly input: Record<string, never>; readonly output: Hello };
  readonly check: { readonly input: SourceInput; readonly output: Checked };
  readonly explain: { readonly input: CompileInput; readonly output: Explained };
  readonly kernels: { readonly input: CompileInput; readonly output: Kernels };
  readonly torch: { readonly input: TorchInput; readonly output: Torch };
  readonly program: { readonly input: SourceInput; readonly output: StoredLayer };
  readonly run: { readonly input: RunInput; readonly output: Ran };
  readonly library: { readonly input: Record<string, never>; readonly output: readonly LibraryExample[] };
  readonly hover: { readonly input: PositionInput; readonly output: Hovered };
  readonly complete: { readonly input: PositionInput; readonly output: Completed };
}

export type Kind = keyof Requests;
export type InputOf<K extends Kind> = Requests[K]['input'];
export type OutputOf<K extends Kind> = Requests[K]['output'];

/** A message to the worker. */
export interface Request<K extends Kind = Kind> {
  readonly id: number;
  readonly kind: K;
  readonly input: InputOf<K>;
}

/** An error as data. Problems are those of a source that could not be compiled. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly problems: readonly Problem[];
}

/** A message from the worker. */
export type Answer =
  | { readonly id: number; readonly output: OutputOf<Kind> }
  | { readonly id: number; readonly failure: Failure };
