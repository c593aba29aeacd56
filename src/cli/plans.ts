/** The store of compiled Plans that commands share. */
import { planFolder } from '../plans/folder.ts';
import type { PlanStore } from '../plans/store.ts';
import { type Io, say } from './io.ts';

/** The store in the user's cache folder. Undefined with OFTC_PLANS=off, which compiles everything. */
export const plansFor = (io: Io): PlanStore | undefined =>
  process.env.OFTC_PLANS === 'off'
    ? undefined
    : planFolder({
        onProblem: (why) =>
          say(io, `note: compiled Plans are not kept, so the next start takes as long: ${why}`),
      });
