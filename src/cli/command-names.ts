/** Gives advice for an unknown command. */
import type { Command } from 'commander';

/** The names that other tools have for what a command does. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  build: ['export', 'compile', 'bundle'],
  merge: ['export', 'fold', 'fuse'],
  convert: ['export', 'extract', 'extract-lora', 'to-lora'],
  finetune: ['train', 'fit', 'sft'],
  explain: ['show', 'derive', 'describe'],
  check: ['test', 'verify', 'validate', 'lint'],
  init: ['new', 'create'],
  generate: ['chat', 'infer', 'sample', 'predict'],
  eval: ['evaluate', 'perplexity'],
  run: ['exec', 'execute', 'forward', 'profile', 'bench', 'benchmark'],
  rewrite: ['optimize', 'optimise', 'simplify'],
  inspect: ['info', 'load'],
  plan: ['memory', 'estimate', 'size'],
  doctor: ['info', 'devices'],
};

/** The commands that do what an unknown name means elsewhere, each with its description. Where none does, all names. */
export function commandsFor(unknown: string, commands: readonly Command[]): string {
  const meant = commands.filter((c) => ELSEWHERE[c.name()]?.includes(unknown.toLowerCase()));
  if (meant.length === 0) return `the commands are ${commands.map((c) => c.name()).join(', ')}`;
  return meant.map((c) => `\`oftc ${c.name()}\`: ${c.description()}`).join('; ');
}
