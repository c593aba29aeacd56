/** The names of the targets; each is a file here. */
export const TARGETS = [
  'safetensors',
  'config',
  'tokenizer',
  'adapter',
  'program',
  'own',
  'saved',
  'plan',
  'chat',
  'template',
  'tuning',
  'run',
  'layer',
] as const;
export type TargetName = (typeof TARGETS)[number];
