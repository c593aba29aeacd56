/** Adapters on the linear layers of an MM-DiT block. */
import { type ModuleAdapters, type ModuleChoice, moduleAdapters } from '../by-module.ts';
import { type MmDitShape, mmDitLinear, mmDitProjections } from './linear-layers.ts';

/** A method and what it replaces. `targets` are modules of the block; by default all projections. */
export type MmDitChoice = Omit<ModuleChoice, 'targets'> & Partial<Pick<ModuleChoice, 'targets'>>;

/** The adapter's layer at each module that it targets. Throws OFT6001 for a layer or a target that does not fit. */
export const mmDitAdapters = (c: MmDitShape, choice: MmDitChoice): ModuleAdapters =>
  moduleAdapters(mmDitLinear(c), { ...choice, targets: choice.targets ?? mmDitProjections(c) });
