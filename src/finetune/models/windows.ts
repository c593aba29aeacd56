/** Sliding windows: the layers that have one, and what their tokens see. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { FormatError } from '../../formats/error.ts';
import { type ConfigFile, REMEDY, refuseOtherThan, refuseValue } from './fields.ts';

/** The window of a layer; undefined if it has none, or one that hides nothing. */
export function windowOf(c: ModelShape, layer: number): number | undefined {
  const window = c.windows?.[layer] ?? undefined;
  return window !== undefined && window < c.maxPositions ? window : undefined;
}

/** The first token that each token sees, given the first token of its sequence. */
export const seenFrom = (
  start: Int32Array<ArrayBuffer>,
  window: number | undefined,
): Int32Array<ArrayBuffer> =>
  window === undefined ? start : start.map((first, i) => Math.max(first, i - window + 1));

/** Throws UnsupportedOption for a window in the configuration of a family without windows. */
export function refuseWindows(config: ConfigFile): void {
  const { sliding_window: window, use_sliding_window: used, layer_types: types } = config.fields;
  for (const type of types ?? []) refuseValue(config.file, 'layer_types', type, [FULL]);
  // A window may be written and not used. One as long as the positions hides nothing.
  if (used && (window ?? Infinity) < config.shape.maxPositions)
    refuseOtherThan(config, 'sliding_window', [null]);
}

/** The shape with the same window in all layers, or without any. Throws UnsupportedOption for layers of other types. */
export function windowedAll(
  { file, fields }: ConfigFile,
  shape: ModelShape,
  window: number | null,
): ModelShape {
  const type = window === null ? FULL : SLIDING;
  for (const one of fields.layer_types ?? []) refuseValue(file, 'layer_types', one, [type]);
  return window === null ? shape : { ...shape, windows: Array(shape.layers).fill(window) };
}

/** The window of transformers' MistralConfig, Qwen2Config and Qwen3Config where the field is missing. */
const DEFAULT_WINDOW = 4096;

/** The field `sliding_window`, or its default in configurations of Mistral and Qwen. */
export const writtenWindow = ({ json, fields }: ConfigFile): number | null =>
  json.sliding_window === undefined ? DEFAULT_WINDOW : (fields.sliding_window ?? null);

export const SLIDING = 'sliding_attention';
const FULL = 'full_attention';

/** The default of transformers' Qwen2Config and Qwen3Config. */
const FIRST_WINDOWED = 28;

/**
 * The shape with Qwen's windows: in the layers that `layer_types` names, or from `max_window_layers` on, and only where
 * `use_sliding_window` is set. Throws InvalidConfig where the fields contradict each other.
 */
export function qwenWindows(config: ConfigFile, shape: ModelShape): ModelShape {
  const { file, fields } = config;
  const { layer_types: types, use_sliding_window: used } = fields;
  const window = used ? writtenWindow(config) : null;
  const { layers } = shape;
  if (types === null || types === undefined) {
    const first = fields.max_window_layers ?? FIRST_WINDOWED;
    if (window === null || first >= layers) return shape;
    return { ...shape, windows: Array.from({ length: layers }, (_, n) => (n < first ? null : window)) };
  }
  checkTypes(config, types);
  if (!types.includes(SLIDING)) return shape;
  if (window === null)
    throw new FormatError(
      'InvalidConfig',
      { file, name: 'layer_types' },
      `it names ${SLIDING}, and ${used ? 'sliding_window is null' : 'use_sliding_window is not set'}`,
      REMEDY,
    );
  return { ...shape, windows: types.map((t) => (t === SLIDING ? window : null)) };
}

/** Throws InvalidConfig and UnsupportedOption unless each layer has a type that is computed. */
function checkTypes({ file, shape }: ConfigFile, types: readonly string[]): void {
  if (types.length !== shape.layers)
    throw new FormatError(
      'InvalidConfig',
      { file, name: 'layer_types' },
      `it has ${types.length} layers, and num_hidden_layers is ${shape.layers}`,
      REMEDY,
    );
  for (const type of types) refuseValue(file, 'layer_types', type, [SLIDING, FULL]);
}

/** Gemma's windows: in the layers that `layer_types` names, or by a rule where that field is absent. */
export function alternating(
  config: ConfigFile,
  isWindowed: (layer: number) => boolean,
): readonly (number | null)[] {
  const { layer_types: types, sliding_window: window } = config.fields;
  if (types) checkTypes(config, types);
  return Array.from({ length: config.shape.layers }, (_, n) =>
    (types ? types[n] === SLIDING : isWindowed(n)) ? (window ?? null) : null,
  );
}
