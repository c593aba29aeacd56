/** The ways that need no driver: each is compared with the program as written, over the field and in float64. */
import { fileURLToPath } from 'node:url';
import { CLASSES, gpu } from '../../../compiler/devices/index.ts';
import { FrontEnd, formatDiagnostics } from '../../../compiler/frontend/index.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { readProgram, storeProgram } from '../../../compiler/ir/stored.ts';
import { mergeOnce } from '../../../compiler/merge.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { withWeight } from '../../../src/check/weight.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { compileOn } from '../../../src/session/plan.ts';
import { compile } from '../../../src/session/session.ts';
import { checkClose, Disagreement } from '../agree.ts';
import { type Call, growsWithTokens, renamed } from '../calls.ts';
import {
  checkForms,
  type Form,
  formOf,
  isSkipped,
  reference,
  type Skipped,
  skipped,
  unless,
  variantFor,
  type Way,
} from '../way.ts';
import { inSession } from './session.ts';

const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ overlay });
const PRINTED = fileURLToPath(new URL('./printed.ts', import.meta.url));

/** Reads the text of a layer as the front end does. */
export function readSource(text: string): Program {
  overlay.set(PRINTED, text);
  const { program, diagnostics } = frontEnd.lower(PRINTED);
  if (!program) throw new Disagreement(`${formatDiagnostics(diagnostics, { color: false })}\n${text}`);
  return program;
}

/** The text of a program whose inputs have names of the language, and the names of those inputs. */
export interface Source {
  readonly text: string;
  readonly of: (own: string) => string;
  readonly back: (own: string) => string;
}

/** Prints a program as source; `best` chooses the program to print from the one with names of the language. */
export function sourceOf(program: Program, best: (numbered: Program) => Program): Source | Skipped {
  if (program.inputs.length === 0) return skipped('a layer declares at least one tensor');
  const numbers = new Map<string, number>();
  const names = new Map(
    program.inputs.map(({ name }) => {
      const [, base, element] = /^(.*?)(\.\d+)?$/s.exec(name)!;
      if (!numbers.has(base!)) numbers.set(base!, numbers.size);
      return [name, `p${numbers.get(base!)}${element ?? ''}`];
    }),
  );
  const numbered = renamed(program, (name) => names.get(name)!);
  const text = unless(['OFT9020'], () => printLayer(best(numbered)));
  if (isSkipped(text)) return text;
  const own = new Map([...names].map(([name, number]) => [number, name]));
  const mapped = (name: string) =>
    name.startsWith('grad.') ? `grad.${own.get(name.slice(5)) ?? name.slice(5)}` : (own.get(name) ?? name);
  return { text, of: mapped, back: mapped };
}

/** The layer that `oftc rewrite` prints, compiled with its parentheses pinned. */
async function rewritten(call: Call): Promise<Skipped | undefined> {
  const { symbolic, sizes } = call.program;
  const source = sourceOf(symbolic, (numbered) => {
    const { variants } = compileOn(gpu, numbered, { gradients: false, sizes });
    return variantFor(variants, call.tokens).symbolic;
  });
  if (isSkipped(source)) return source;
  const program = readSource(source.text);
  // Where R·Rᵀ became I, nothing depends on R’s parameter any more, and its gradient is refused.
  const again = unless(['OFT2020'], () =>
    compileProgram(program, { gradients: call.gradients, sizes, pinned: true }),
  );
  if (isSkipped(again)) return again;
  return checkForms(
    call,
    again.variants.map((v) => formOf(v.primitives, source)),
  );
}

/** The layer printed as it is, and read again. */
async function printed(call: Call): Promise<Skipped | undefined> {
  const source = sourceOf(call.program.symbolic, (numbered) => numbered);
  if (isSkipped(source)) return source;
  const again = compileProgram(readSource(source.text), {
    ...{ gradients: call.gradients, sizes: call.program.sizes, asWritten: true },
  });
  return checkForms(call, [formOf(again.variants[0]!.primitives, source)]);
}

async function derived(call: Call): Promise<Skipped | undefined> {
  const { gradients, objective, program } = call;
  const options = { gradients, objective };
  const device = CLASSES[Math.floor(call.seed / 2) % CLASSES.length]!;
  // A session derives the program at its sizes, an explanation before it knows them.
  const { variants } =
    call.seed % 2 === 0
      ? compileOn(device, program.bound, options)
      : compileOn(device, program.symbolic, { ...options, sizes: program.sizes });
  return checkForms(
    call,
    variants.map((v) => formOf(v.primitives)),
  );
}

async function pinned(call: Call): Promise<Skipped | undefined> {
  const { variants } = compileProgram(call.program.bound, { gradients: call.gradients, pinned: true });
  return checkForms(
    call,
    variants.map((v) => formOf(v.primitives)),
  );
}

async function storedAgain(call: Call): Promise<Skipped | undefined> {
  const { symbolic, sizes } = call.program;
  const text = JSON.stringify(storeProgram(symbolic));
  const again = readProgram(JSON.parse(text));
  const twice = JSON.stringify(storeProgram(again));
  if (twice !== text) throw new Disagreement(`it is stored as ${twice}, not ${text}`);
  const { variants } = compileProgram(again, { gradients: call.gradients, sizes, asWritten: true });
  return checkForms(call, [formOf(variants[0]!.primitives)]);
}

/** `merge` of a session: what depends on parameters alone is computed once. */
async function merged(drawn: Call): Promise<Skipped | undefined> {
  const call = { ...drawn, gradients: false };
  const { bound } = call.program;
  if (bound.inputs.some((i) => i.role !== 'input' && growsWithTokens(i)))
    return skipped('a parameter grows with tokens');
  const { prepare, run } = mergeOnce(bound, {});
  const formsOf = (p: Program) =>
    compileProgram(p, { gradients: false }).variants.map((v) => formOf(v.primitives));
  const [[once], each] = [prepare.outputs.length > 0 ? formsOf(prepare) : [], formsOf(run)];
  return checkForms(
    call,
    each.map(
      (form): Form =>
        (domain, values, tokens) =>
          form(domain, { ...values, ...once?.(domain, values, tokens) }, tokens),
    ),
  );
}

/** The weight with the adapter merged into it, as `oftc merge` writes it: y = x·W′ᵀ, perhaps plus a bias. */
async function mergedWeight(drawn: Call): Promise<Skipped | undefined> {
  const call = { ...drawn, gradients: false };
  const { symbolic, sizes } = call.program;
  const tokens = symbolic.inputs.filter(growsWithTokens).filter((i) => i.role === 'input');
  const [x] = tokens;
  const { outputs } = symbolic;
  if (!x || tokens.length > 1 || outputs.length > 1) return skipped('it is no layer of one input and result');
  const bias = symbolic.inputs.find((i) => i.role === 'frozen' && i.type.shape.length === 1);
  const own = renamed(symbolic, (name) => (name === x.name ? 'x' : name === bias?.name ? 'bias' : name));
  const claimed = withWeight(own);
  const weight = claimed?.claims?.weight;
  if (!weight) return skipped('it is not linear in its input');
  const [given] = claimed.inputs.filter((i) => i.name === 'x');
  const product = apply('matmul', [given!, apply('transpose', [weight])]);
  const added = claimed.claims!.bias;
  const program = {
    ...claimed,
    outputs: [{ name: outputs[0]!.name, node: added ? apply('add', [product, added]) : product }],
  };
  const { variants } = compileProgram(program, { gradients: false, sizes });
  const back = (name: string) => (name === 'x' ? x.name : name === 'bias' ? bias!.name : name);
  return checkForms(
    call,
    variants.map((v) => formOf(v.primitives, { of: back, back: (name) => name })),
  );
}

/** The float64 reference of a session, as is or merged. */
async function onReference(call: Call): Promise<Skipped | undefined> {
  if (call.kinks) return skipped('a function has a kink');
  const { gradients, program, quantized } = call;
  const session = await compile(program.bound, { device: 'cpu', quantized });
  // Half of the calls that can be are merged first.
  const isFixed = program.bound.inputs.every((i) => i.role === 'input' || !growsWithTokens(i));
  const how = !gradients && isFixed && call.seed % 2 === 0 ? 'merged' : 'plain';
  checkClose(reference(call), await inSession(session, call, how), `in float64, ${how}`);
  return undefined;
}

const EXACTLY = 'the prime field exactly, float64 within 1e-9';
const exact = (name: string, says: string, check: Way['check'], within = EXACTLY): Way => ({
  ...{ name, says, check, within },
  ...{ with: 'as written', needs: 'nothing' },
});

export const EXACT: readonly Way[] = [
  exact('pinned', 'its parentheses kept, its matrices structured', pinned),
  exact('derived', 'derived for one of the classes of devices, every variant', derived),
  exact('printed', 'printed as source and read again', printed),
  exact('rewritten', '`oftc rewrite`: derived, printed as source, read again, pinned', rewritten),
  exact('stored', 'stored as JSON and read again', storedAgain),
  exact('merged', 'what depends on parameters alone computed once', merged),
  exact('merged weight', 'the adapter merged into the weight', mergedWeight),
  exact('reference', 'a session on the CPU, as is or merged', onReference, 'float64 within 1e-9'),
];
