/** `OFTC_STRATEGY=direct|lanes|shared` runs the device's tests with the kernels of one strategy alone (`npm run test:strategies`). */
import type { Strategy } from '../../kernels-gen/index.ts';

const known: Readonly<Record<Strategy, true>> = { direct: true, lanes: true, shared: true };
const given = process.env.OFTC_STRATEGY;
if (given !== undefined && !Object.hasOwn(known, given))
  throw new Error(`OFTC_STRATEGY=${given}: use one of ${Object.keys(known).join(', ')}`);

export const forced: { readonly strategy?: Strategy } = given ? { strategy: given as Strategy } : {};
