/**
 * The limits that oftc itself sets on what it accepts. docs/limits.md is generated from this table. A device's limits
 * are not here: each device states its own.
 */

import { associateLimits } from './associate/limits.ts';
import { dimensionLimits } from './dims/limits.ts';
import { grouped, type Limit } from './limit.ts';
import { pageLimits } from './page-limits.ts';

export { aboveLimit, type Limit } from './limit.ts';

export const limits = {
  ...dimensionLimits,
  ...associateLimits,
  sourceBytes: {
    most: 2 ** 24,
    counts: 'bytes in a TypeScript file, a tsconfig.json or a package.json',
    because: 'the file and all that TypeScript knows of it are held in memory',
  },
  sourceDepth: {
    most: 10_000,
    counts: 'expressions within one another in a TypeScript file',
    because: 'the time that TypeScript takes grows with the square of them',
  },
  tensorElements: {
    most: 2 ** 31 - 1,
    counts: 'elements in one tensor, or in one sum, for a token',
    because: 'kernels count elements in 32-bit integers',
  },
  declared: {
    most: 4_096,
    counts: 'tensors that a layer declares',
    because: 'each is a tensor of its own, with a name and a buffer',
  },
  programNodes: {
    most: 200_000,
    counts: 'operations in a layer',
    because: 'every pass of the compiler looks at each of them',
  },
  steps: {
    most: 500_000,
    counts: 'steps to evaluate a layer file',
    because: 'a loop that does not end would never be compiled',
  },
  calls: {
    most: 100,
    counts: 'calls within one another',
    because: 'recursion that does not end would never be compiled',
  },
  nesting: {
    most: 1_000,
    counts: 'expressions and calls within one another',
    because: 'each level takes room on the call stack',
  },
  elements: {
    most: 1_000_000,
    counts: 'elements in an array that is evaluated when compiling',
    because: 'it is held in memory, and a layer has far fewer tensors',
  },
  characters: {
    most: 1_000_000,
    counts: 'characters in a text that is evaluated when compiling',
    because: 'it is held in memory, and names are short',
  },
  operands: {
    most: 64,
    counts: 'operands of an einsum',
    because: 'before each product all pairs are compared',
  },
  neumannTerms: {
    most: 64,
    counts: 'terms of a Neumann series',
    because: 'the series has converged long before in 32-bit floats',
  },
  exponentNorm: {
    most: 65_536,
    counts: 'as the largest norm of a matrix that expm takes',
    because: 'each doubling is another squaring, which doubles the rounding error too',
  },
  coefficients: {
    most: 128,
    counts: 'coefficients of a polynomial',
    because: 'its gradient has a polynomial for each of them',
  },
  option: {
    most: 2 ** 31 - 1,
    counts: 'as a whole number that an option of a command takes',
    because: 'counters and seeds are 32-bit integers',
  },
  trials: {
    most: 1_000_000,
    counts: 'random cases of a check',
    because: 'each takes a run of the reference, and more would take days',
  },
  accumulated: {
    most: 2 ** 24,
    counts: 'batches whose gradients are accumulated to a step',
    because: 'gradients are added in 32-bit floats, in which one batch among more is lost to rounding',
  },
  storedNodes: {
    most: 200_000,
    counts: 'nodes in a stored program',
    because: 'a stored program is untrusted, and compiling it takes time for each node',
  },
  storedList: {
    most: 10_000,
    counts: 'inputs, arguments or attribute values in one list of a stored program',
    because: 'a stored program is untrusted, and each list is walked many times',
  },
  storedText: {
    most: 2_000,
    counts: 'characters in one text of a stored program',
    because: 'names, dimensions and exact numbers are short',
  },
  blocks: {
    most: 2_000,
    counts: 'blocks (layers) of a model',
    because: 'every weight of every block is listed by name before anything is read',
  },
  experts: {
    most: 1_024,
    counts: 'experts in a block of a model',
    because: 'every weight of every expert is listed by name before anything is read',
  },
  width: {
    most: 2 ** 22,
    counts: 'elements in a width, in a head or in the vocabulary of a model, or attention heads',
    because: 'tables and frequencies of these lengths are held in memory',
  },
  tensors: {
    most: 2 ** 18,
    counts: 'tensors in one checkpoint',
    because: 'every tensor is listed by name in memory',
  },
  tensorName: {
    most: 4_096,
    counts: "characters in a tensor's name",
    because: 'names are searched, compared and shown',
  },
  tensorAxes: {
    most: 64,
    counts: 'axes of a tensor',
    because: 'no tensor library has more',
  },
  shards: {
    most: 1_000,
    counts: 'shards of one checkpoint',
    because: 'every shard is a file that stays open',
  },
  headerBytes: {
    most: 100_000_000,
    counts: 'bytes of header in a safetensors file',
    because: 'the format says so',
  },
  jsonBytes: {
    most: 2 ** 28,
    counts: 'bytes in a JSON file',
    because: 'a file of this kind is held in memory: a tokenizer of 256,000 words has some 35 MB',
  },
  jsonValues: {
    most: 8_000_000,
    counts: 'values in a JSON file',
    because: 'all of them are held in memory: a tokenizer of 256,000 words has some 2 million',
  },
  jsonDepth: {
    most: 128,
    counts: 'levels of nesting in JSON',
    because: 'every level takes stack; serde_json has the same limit',
  },
  words: {
    most: 2 ** 20,
    counts: 'words or merges of a tokenizer',
    because: 'every one is held several times, by text and by id',
  },
  wordCharacters: {
    most: 2 ** 24,
    counts: "characters in all words of a tokenizer's vocabulary",
    because: 'each one may be a node of a tree',
  },
  addedCharacters: {
    most: 2 ** 20,
    counts: 'characters in all added tokens of a tokenizer',
    because: 'each one is a node of a tree',
  },
  textGrowth: {
    most: 256,
    counts: 'times that the steps of a tokenizer may lengthen a text',
    because: 'the longer text is held in memory, and real steps write a sign for a space',
  },
  tokenId: {
    most: 2 ** 24 - 1,
    counts: 'as a token id',
    because: 'tables are as long as the largest id',
  },
  moduleNames: {
    most: 100_000,
    counts: 'modules or layers in one list of adapter_config.json',
    because: 'every one is looked up by name',
  },
  modulePatterns: {
    most: 1_000,
    counts: 'patterns in rank_pattern, alpha_pattern or layers_pattern of adapter_config.json',
    because: 'every one is tried on every module',
  },
  pattern: {
    most: 10_000,
    counts: 'characters in a regular expression of a tokenizer or an adapter',
    because: 'each one is held as an automaton of a size that grows with it',
  },
  patternSeconds: {
    most: 2,
    counts:
      'seconds of processor time, and as many again for every 200,000 characters of text, that searching for regular expressions takes',
    because: 'a search with lookahead may try every way of dividing a text, which never ends',
  },
  templateCharacters: {
    most: 1_000_000,
    counts: 'characters in a chat template',
    because: 'it is parsed for every worker thread, and the longest published ones have some 20,000',
  },
  turns: {
    most: 1_000,
    counts: 'turns in a conversation',
    because:
      'the chat template is rendered up to each response, so that the time grows with the square of the turns',
  },
  templateSeconds: {
    most: 2,
    counts: 'seconds of processor time in which a chat template renders a conversation',
    because: 'a template is a program, and a loop may run for years',
  },
  renderedCharacters: {
    most: 2 ** 24,
    counts: 'characters that a chat template makes of a conversation',
    because: 'they are held in memory several times',
  },
  templateMegabytes: {
    most: 2_048,
    counts: 'megabytes of memory for the thread that renders a chat template',
    because: 'it holds the largest text that JavaScript has, beside the values of the template',
  },
  picturePixels: {
    most: 2 ** 26,
    counts: 'pixels in a PNG',
    because: 'a small file could take all memory',
  },
  extentDepth: {
    most: 1000,
    counts: 'levels of nesting in one size of a Plan',
    because: 'each level is a call on the stack',
  },
  extentTerms: {
    most: 100_000,
    counts: 'terms in one size of a Plan',
    because: 'each run computes every size again',
  },
  fileNameBytes: {
    most: 200,
    counts: 'bytes in a name that becomes the name of a file',
    because: 'file systems take 255 with the extensions',
  },
  ...pageLimits,
} as const satisfies Readonly<Record<string, Limit>>;

/** The text of docs/limits.md. */
export function renderLimits(): string {
  const rows = Object.values<Limit>(limits).map(
    ({ most, counts, because }) => `| ${counts} | ${grouped(most)} | ${because} |`,
  );
  return [
    '# Limits',
    '',
    'The largest input that oftc accepts. Above a limit it refuses with an error that names the limit and what sets it.',
    'A device has limits of its own, which `oftc doctor` shows. This page is generated from `compiler/limits.ts`.',
    '',
    '| What is counted | Limit | What sets it |',
    '|---|--:|---|',
    ...rows,
    '',
  ].join('\n');
}
