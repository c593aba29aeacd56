/** All recipes, a line each. Without its line a recipe is not used: what it was for runs portable kernels. */
export { cpuVectors } from './cpu-vectors/index.ts';
export { workgroup } from './workgroup/index.ts';
