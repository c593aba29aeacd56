/** Records which tensors became parts of the kernels that read them, and why others did not. */
import type { Prim } from '../../compiler/primitives/prim.ts';

/** The rules by which a kernel takes a tensor in, and the change of a stored map's layout. */
export type FusionKind = 'inline' | 'epilogue' | 'merge' | 'added' | 'layout';

export interface Decision {
  readonly rule: FusionKind;
  readonly tensor: Prim;
  /** The tensor whose kernel reads the other one; absent where the decision is on all readers. */
  readonly reader?: Prim;
  /** The reason that the two stay apart; absent where they become one. */
  readonly why?: string;
}

/** Is told of each decision. */
export type Tell = (decision: Decision) => void;

/** Is told why something is refused. Returns undefined, so that a function can refuse and return in one statement. */
export type Refuse = (why: string) => undefined;

export const ignore: Refuse = () => undefined;

/** Tells of refusals by a rule. */
export const refusing =
  (tell: Tell, decision: Omit<Decision, 'why'>): Refuse =>
  (why) => {
    tell({ ...decision, why });
    return undefined;
  };
