/** Answers the requests of a page about its source. All of it is pure but `run`, which uses the worker's device. */
import { CLASSES } from '../../../compiler/devices/index.ts';
import { printDim } from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { FrontEnd, type Lowered } from '../../../compiler/frontend/index.ts';
import { ts } from '../../../compiler/frontend/ts-host.ts';
import { bindProgram, checkSizeNames, freeDims, solveDims, toGive } from '../../../compiler/ir/bind.ts';
import { resultsOf } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { defined } from '../../../compiler/records.ts';
import { buildTorch } from '../../targets/torch/index.ts';
import type {
  Checked,
  CheckedLayer,
  CompileInput,
  Completed,
  Explained,
  Hello,
  Hovered,
  Kernels,
  LibraryExample,
  PositionInput,
  Problem,
  Ran,
  RunInput,
  SourceInput,
  StoredLayer,
  Torch,
  TorchInput,
} from '../protocol.ts';
import type { Assets } from './assets.ts';
import { decisions, objectiveOf, tokensOf } from './decisions.ts';
import { Editor } from './editor.ts';
import { explained, kernelsOf } from './explained.ts';
import { noteOf, Places, problemOf, problemOfError } from './problems.ts';
import { Recent } from './recent.ts';
import { ranOn } from './run.ts';
import { VirtualFiles } from './virtual-files.ts';

/** The error for a source that the front end refuses. */
export class RefusedSource extends Error {
  override readonly name = 'RefusedSource';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => p.message).join('\n'));
    this.problems = problems;
  }
}

/** The number of answers that are kept: those of each pane, for two versions of a source. */
const KEPT = 16;

export class Compiler {
  readonly #assets: Assets;
  readonly #files: VirtualFiles;
  readonly #system: ts.System;
  #frontEnd: FrontEnd;
  #editor: Editor | undefined;
  readonly #recent = new Recent(KEPT);
  /** The author's files that are no source, such as tsconfig.json: the front end reads them once. */
  #settings = '';

  constructor(assets: Assets) {
    this.#assets = assets;
    this.#files = new VirtualFiles(assets.declarations);
    this.#system = this.#files.system();
    this.#frontEnd = new FrontEnd({ system: this.#system });
  }

  hello(): Hello {
    const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
    return {
      oftc: this.#assets.version,
      typescript: ts.version,
      devices: CLASSES.map((c) => c.name),
      webgpu: navigator?.gpu !== undefined,
    };
  }

  library(): readonly LibraryExample[] {
    return this.#assets.library;
  }

  check(input: SourceInput): Checked {
    return this.#recent.of('check', input, (i) => this.#check(i));
  }

  #check(input: SourceInput): Checked {
    const { lowered, places, layers } = this.#lower(input);
    const problems = lowered.diagnostics.map((d) => problemOf(d, places));
    const { program } = lowered;
    if (!program) return { layers, problems };
    const name = input.layer ?? layers[0]!.name;
    const sizes = attempt(() => sizesFor(program, input, lowered));
    const refused = sizes instanceof OftcError ? [problemOfError(sizes, places)] : [];
    const known = sizes instanceof OftcError ? {} : sizes;
    return {
      layers,
      layer: described(name, program, lowered, known),
      problems: [...problems, ...refused, ...programNotes(program).map(noteOf)],
    };
  }

  explain(input: CompileInput): Explained {
    return this.#recent.of('explain', input, (i) => this.#explain(i));
  }

  #explain(input: CompileInput): Explained {
    const { program, lowered, places } = this.#program(input);
    checkSizeNames(program, input.dims ?? {}, Object.keys(lowered.config));
    return explained(program, decisions(input), places);
  }

  kernels(input: CompileInput): Kernels {
    return this.#recent.of('kernels', input, (i) => this.#kernels(i));
  }

  #kernels(input: CompileInput): Kernels {
    const { program, lowered, places } = this.#program(input);
    checkSizeNames(program, input.dims ?? {}, Object.keys(lowered.config));
    bindProgram(program, solveDims(program, input.dims ?? {}));
    return kernelsOf(program, decisions(input), places);
  }

  torch(input: TorchInput): Torch {
    return this.#recent.of('torch', input, (i) => this.#torch(i));
  }

  #torch(input: TorchInput): Torch {
    const { program, lowered, layers } = this.#program(input);
    const { file, objective, asWritten, standalone = true } = input;
    return {
      files: buildTorch(program, {
        name: input.layer ?? layers[0]!.name,
        sizes: sizesFor(program, input, lowered),
        from: { file: file.slice(file.lastIndexOf('/') + 1), version: this.#assets.version },
        python: this.#assets.python,
        standalone,
        ...defined({ objective: objectiveOf(objective), asWritten }),
      }),
    };
  }

  program(input: SourceInput): StoredLayer {
    const { program, lowered } = this.#program(input);
    const operators = unstorable(program);
    if (operators.length > 0)
      throw new TypeError(
        `'${program.name}' has operators that its file defines in code (${operators.join(', ')}), which no data hold`,
      );
    const config = Object.entries(lowered.config).map(([key, value]): [string, string | number | boolean] => [
      key,
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : JSON.stringify(value),
    ]);
    return { name: program.name, program: storeProgram(program), config: Object.fromEntries(config) };
  }

  async run(input: RunInput): Promise<Ran> {
    const { program, lowered } = this.#program(input);
    const sizes = sizesFor(program, input, lowered);
    bindProgram(program, sizes);
    const { seed, runs } = input;
    return ranOn(program, sizes, { tokens: tokensOf(input.tokens), ...defined({ seed, runs }) });
  }

  hover(input: PositionInput): Hovered {
    return this.#edited(input).hover(input.file, input.offset);
  }

  complete(input: PositionInput): Completed {
    return this.#edited(input).complete(input.file, input.offset);
  }

  /** The problems of an error that was thrown for a source, with places in the files of the last request. */
  problemsOf(error: unknown): readonly Problem[] {
    if (error instanceof RefusedSource) return error.problems;
    return error instanceof OftcError ? [problemOfError(error, new Places(this.#files))] : [];
  }

  #open(files: SourceInput['files']): void {
    this.#files.replace(files);
    const settings = Object.entries(files).filter(([path]) => path.endsWith('.json'));
    const text = JSON.stringify(settings);
    if (text !== this.#settings) this.#frontEnd = new FrontEnd({ system: this.#system });
    this.#settings = text;
  }

  #edited({ files }: PositionInput): Editor {
    this.#open(files);
    this.#editor ??= new Editor(this.#files, this.#system);
    return this.#editor;
  }

  /** Lowers the chosen layer, or the first. */
  #lower(input: SourceInput) {
    this.#open(input.files);
    const layers = this.#frontEnd.layersOf(input.file);
    const layer = input.layer ?? layers[0]?.name;
    const lowered = this.#frontEnd.lower(input.file, {
      ...defined({ layer }),
      config: input.config ?? {},
    });
    return { layers, lowered, places: new Places(this.#files) };
  }

  /** The program of a source. Throws RefusedSource for one that the front end refuses. */
  #program(input: SourceInput) {
    const { lowered, places, layers } = this.#lower(input);
    const { program } = lowered;
    if (!program) throw new RefusedSource(lowered.diagnostics.map((d) => problemOf(d, places)));
    return { program, lowered, places, layers };
  }
}

/** The result of `f`, or the refusal that it throws. */
function attempt<T>(f: () => T): T | OftcError {
  try {
    return f();
  } catch (e) {
    if (e instanceof OftcError) return e;
    throw e;
  }
}

/** The sizes that are known. Throws OFT30xx for those that do not fit. */
function sizesFor(program: Program, { dims = {} }: SourceInput, { config }: Lowered): Record<string, number> {
  checkSizeNames(program, dims, Object.keys(config));
  const sizes = solveDims(program, dims);
  if (freeDims(program).every((n) => Object.hasOwn(sizes, n))) bindProgram(program, sizes);
  return sizes;
}

const described = (
  name: string,
  program: Program,
  { config }: Lowered,
  sizes: Record<string, number>,
): CheckedLayer => ({
  name,
  config,
  inputs: program.inputs.map(({ name, role, type }) => ({
    name,
    role: role as 'input' | 'frozen' | 'trainable',
    dtype: type.dtype,
    shape: type.shape.map(printDim),
  })),
  results: resultsOf(program),
  where: Object.entries(program.where).map(([n, d]) => `${n} = ${printDim(d)}`),
  sizesToGive: toGive(program, sizes),
  sizes,
});
