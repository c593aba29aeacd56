/**
 * `oftc/testing`: property tests of one's own layers, operators and rules, for vitest with fast-check, which the user
 * installs.
 */
import '../provide.ts';
import './matcher.ts';

export type { ConformanceOptions } from '../check/conformance/trials.ts';
export { type CheckReport, type Finding, renderCheck } from '../check/index.ts';
export { type Chosen, type DimsOptions, dimsFor, type TensorsOptions, tensorsFor } from './arbitraries.ts';
export {
  type Bounded,
  CheckError,
  type CheckLayerOptions,
  checkLayer,
  errorBounds,
} from './check-layer.ts';
export { conformance } from './conformance.ts';
export { centralDifference, relativeError } from './numeric.ts';
