/**
 * Explains TypeScript's errors in a layer. Each is followed by one of ours where the language knows what to write
 * instead, and errors that only follow from another are left out. This runs only where there are errors.
 */
import type { OftcError } from '../../errors/error.ts';
import { toDiagnostic } from '../diagnostics.ts';
import { foreignCalls } from '../packages.ts';
import { isLanguageDeclaration, type Source } from '../source.ts';
import { ts } from '../ts-host.ts';
import { adviseArguments } from './arguments.ts';
import { adviseAsync } from './asynchronous.ts';
import { adviseCall } from './calls.ts';
import { layersAsClasses } from './classes.ts';
import { type Complaint, callAround } from './complaint.ts';
import { layersWithoutDefaults } from './configuration.ts';
import { adviseName } from './names.ts';
import { foreignSyntax } from './syntax.ts';
import { adviseTensor } from './tensors.ts';
import { adviseTransposed } from './transposed.ts';
import { adviseType } from './types.ts';
import { adviseVariable } from './variables.ts';

/** TypeScript's errors in a file, together with ours. */
export function advised(
  source: Source,
  file: ts.SourceFile,
  errors: readonly ts.Diagnostic[],
): ts.Diagnostic[] {
  if (errors.length === 0) return [];
  const own = (e: OftcError) => toDiagnostic(e, (f) => source.program.getSourceFile(f));
  const foreign = foreignSyntax(file, errors, source.checker);
  if (foreign.length > 0) return foreign.map(own);
  const nodes = errors.map((d) => nodeAt(file, d));
  const ofClasses = layersAsClasses(source.checker, file);
  if (ofClasses.length > 0) return ofClasses.map(own);
  const packages = foreignCalls(source, nodes);
  if (packages.length > 0) return packages.map(own);
  const undecided = layersWithoutDefaults(source.checker, nodes);
  if (undecided.size > 0) {
    const others = errors.filter((_, i) => !ts.findAncestor(nodes[i]!, (n) => undecided.has(n)));
    return [...[...undecided.values()].map(own), ...advised(source, file, others)];
  }
  const found = errors.map((d, i) => {
    const complaint: Complaint = { code: d.code, node: nodes[i]!, checker: source.checker };
    return {
      d: withoutLibraries(source, d),
      scope: scopeOf(complaint),
      receiver: receiverOf(complaint),
      advice: advise(complaint),
    };
  });
  const roots = found.filter((f) => f.advice && !IMPLICIT_ANY.has(f.d.code) && !follows(f, found));
  const seen = new Set<string>();
  return found.flatMap((f): ts.Diagnostic[] => {
    if (follows(f, found) || ofRefusedShape(f, found) || (IMPLICIT_ANY.has(f.d.code) && roots.length > 0))
      return [];
    const key = f.advice && `${f.advice.spans[0]?.start} ${f.advice.message}`;
    if (f.advice === undefined || key === undefined) return [f.d];
    const ours = own(f.advice);
    const covered = covers(ours, f.d) || (f.advice.code.startsWith('OFT2') && precedes(ours, f.d));
    const isReplaced = REPLACED.has(f.d.code) && covered;
    if (seen.has(key)) return isReplaced || UNFIT.has(f.d.code) ? [] : [f.d];
    seen.add(key);
    return isReplaced ? [ours] : [brief(f.d), ours];
  });
}

/** Advice for an error; none for one of no node, such as a bracket between statements. */
const advise = (complaint: Complaint): OftcError | undefined =>
  ts.isSourceFile(complaint.node)
    ? undefined
    : (adviseType(complaint) ??
      adviseAsync(complaint) ??
      adviseArguments(complaint) ??
      adviseName(complaint) ??
      adviseTransposed(complaint) ??
      adviseVariable(complaint) ??
      adviseTensor(complaint) ??
      adviseCall(complaint));

interface Found {
  readonly d: ts.Diagnostic;
  readonly scope: ts.Node;
  /** The receiver of the method call in which the error stands. */
  readonly receiver: ts.Node | undefined;
  readonly advice: OftcError | undefined;
}

/** Errors for a value without a type, which follow from an import that failed. */
const IMPLICIT_ANY: ReadonlySet<number> = new Set([7006, 7031, 7005, 7019]);
/** The error for a call that fits no overload. */
const NO_OVERLOAD = 2769;
/** Errors for an argument or a result that does not fit, which may follow from an error inside it. */
const UNFIT: ReadonlySet<number> = new Set([NO_OVERLOAD, 2345, 2322]);
/** Errors that say less than advice for the same place: those, an operand of arithmetic, and a shape that is no shape. */
const REPLACED: ReadonlySet<number> = new Set([...UNFIT, 2362, 2363, 2344]);
const NO_SHAPE = 2344;

/** Whether an error only says that a type does not fit whose shape is refused where it is written. */
function ofRefusedShape({ d }: Found, all: readonly Found[]): boolean {
  if (!UNFIT.has(d.code)) return false;
  const text = ts.flattenDiagnosticMessageText(d.messageText, ' ');
  return all.some(
    (g) => g.d.code === NO_SHAPE && g.advice !== undefined && text.includes(`Tensor<${textAt(g.d)}>`),
  );
}

const textAt = ({ file, start = 0, length = 0 }: ts.Diagnostic): string =>
  file?.text.slice(start, start + length) ?? '';

/** Whether an error only says that a node does not fit, where an explained error inside that node is the cause. */
function follows(f: Found, all: readonly Found[]): boolean {
  if (!UNFIT.has(f.d.code)) return false;
  const inside = (g: Found) => g.scope !== f.scope || (g.d.code === NO_OVERLOAD && f.d.code !== NO_OVERLOAD);
  return all.some(
    (g) =>
      g !== f &&
      g.advice !== undefined &&
      ((isWithin(g.d, f.scope) && inside(g)) || isWithin(g.d, f.receiver)),
  );
}

const isWithin = (d: ts.Diagnostic, node: ts.Node | undefined): boolean =>
  node !== undefined &&
  d.start !== undefined &&
  d.start >= node.getStart() &&
  d.start + (d.length ?? 0) <= node.getEnd();

const covers = ({ start = 0, length = 0 }: ts.Diagnostic, d: ts.Diagnostic): boolean =>
  d.start !== undefined && d.start >= start && d.start + (d.length ?? 0) <= start + length;

/** Whether the first error ends in the text before the second begins. */
const precedes = ({ start = 0, length = 0 }: ts.Diagnostic, d: ts.Diagnostic): boolean =>
  d.start !== undefined && start + length <= d.start;

/** The node that an error is about: the call, where no overload fits it. */
function scopeOf({ code, node }: Complaint): ts.Node {
  return code === NO_OVERLOAD ? (callAround(node) ?? node) : node;
}

function receiverOf({ node }: Complaint): ts.Expression | undefined {
  const callee = callAround(node)?.expression;
  return callee && ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
}

/** The error without its list of overloads, because advice says which overload is meant. */
const brief = (d: ts.Diagnostic): ts.Diagnostic =>
  d.code === NO_OVERLOAD && typeof d.messageText === 'object'
    ? { ...d, messageText: d.messageText.messageText }
    : d;

/** The innermost node that spans an error. */
function nodeAt(file: ts.SourceFile, d: ts.Diagnostic): ts.Node {
  const [start, end] = [d.start ?? 0, (d.start ?? 0) + (d.length ?? 0)];
  const find = (node: ts.Node): ts.Node | undefined => {
    if (node.getStart(file) > start || node.getEnd() < end) return undefined;
    return ts.forEachChild(node, find) ?? node;
  };
  return find(file) ?? file;
}

/** The error without places in declarations of the language and of TypeScript, which an author need not read. */
function withoutLibraries({ program }: Source, d: ts.Diagnostic): ts.Diagnostic {
  const ofLibrary = (f: ts.SourceFile) => isLanguageDeclaration(f) || program.isSourceFileDefaultLibrary(f);
  const related = d.relatedInformation?.filter((r) => !(r.file && ofLibrary(r.file)));
  return related === undefined ? d : { ...d, relatedInformation: related };
}
