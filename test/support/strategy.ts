/** `OFTC_STRATEGY=direct` or another of STRATEGIES runs the device's tests with the kernels of that one alone (`npm run test:strategies`). */
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';

const given = process.env.OFTC_STRATEGY;
const strategy: Strategy | undefined = STRATEGIES.find((s) => s === given);
if (given !== undefined && strategy === undefined)
  throw new Error(`OFTC_STRATEGY=${given}: use one of ${STRATEGIES.join(', ')}`);

export const forced: { readonly strategy?: Strategy } = strategy ? { strategy } : {};
