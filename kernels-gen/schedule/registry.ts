/** All recipes, one a line. A recipe without a line is not used, and its devices run portable kernels. */
export { cpuVectors } from './cpu-vectors/index.ts';
export { workgroup } from './workgroup/index.ts';
