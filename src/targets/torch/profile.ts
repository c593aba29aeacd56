/** The costs by which programs for PyTorch are associated. */
import type { DeviceProfile } from '../../../compiler/devices/index.ts';

/**
 * A GPU that trains, by its data sheet: half-precision products at 100 TFLOP/s, 1.5 TB/s, and 10 µs for an operator that
 * PyTorch runs eagerly. A CPU differs in all three alike, so that the same parentheses win at nearly all token counts.
 */
export const EAGER: DeviceProfile = { name: 'eager PyTorch', flops: 1e14, bandwidth: 1.5e12, launch: 1e-5 };
