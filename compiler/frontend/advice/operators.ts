/** Advice for a call of an operator whose tensors do not fit, written with the author's own expressions. */
import type { ts } from '../ts-host.ts';
import { advisingBroadcasts } from './broadcasts.ts';
import { advisingDtypes } from './dtypes.ts';
import { advisingDiagonal, advisingPacked } from './packed.ts';
import { advisingProducts } from './products.ts';

/** Evaluates a call by `f`. If its tensors do not fit, the error says what to write instead. */
export const advising = <T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T =>
  advisingDtypes(checker, call, () =>
    advisingBroadcasts(checker, call, () =>
      advisingProducts(checker, call, () =>
        advisingDiagonal(checker, call, () => advisingPacked(checker, call, f)),
      ),
    ),
  );
