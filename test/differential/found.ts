/** The faults that the command found, each with the case that stays and its mend. */
import type { Found } from '../trust/report.ts';

const torch = "test/src/targets/torch/module.test.ts: 'a result may be an argument or another result …'";

export const FOUND: readonly Found[] = [
  {
    what: 'A printed PyTorch layer whose backward pass reads no argument is no valid Python: `*saved = …`',
    shown: torch,
    mend: 'a star stands only after another name',
  },
  {
    what: 'A printed PyTorch layer one of whose results is an argument: PyTorch refuses every call',
    shown: torch,
    mend: 'such a result is a view of the argument',
  },
  {
    what: 'A printed PyTorch layer two of whose results are one tensor: its backward pass gets the gradient of both for one',
    shown: torch,
    mend: 'each result is a tensor of its own',
  },
  {
    what: 'A printed PyTorch layer that reads the number of tokens, which no tensor shows: a NameError at the first call',
    shown: "test/src/targets/torch/module.test.ts: 'a number of tokens that no tensor shows is refused'",
    mend: 'the build refuses it (OFT4005)',
  },
  {
    what: 'A layer built with --target torch --standalone whose attention has a soft cap: it reads constants that its file does not define',
    shown: "test/src/targets/torch/module.test.ts: 'a file alone defines every constant that it reads'",
    mend: 'the file takes private constants of oftc_torch along',
  },
  {
    what: 'A printed layer in which straightThrough takes two spellings of one size, such as r*b and 1*r*b: its types refused it',
    shown: 'test/differential/kept/straight-through.json',
    mend: 'the types of straightThrough compare sizes as those of other operators do',
  },
  {
    what: 'A layer whose input has a column for each token, and not a row: `finetune` would have found a weight to merge, of another shape',
    shown: 'test/differential/kept/columns-of-tokens.json',
    mend: 'src/check/weight.ts asks for rows of tokens',
  },
  {
    what: 'A layer whose weight reads a frozen tensor with a row for each token: an error about shapes, where it has no weight to merge',
    shown: 'test/differential/kept/frozen-rows-of-tokens.json',
    mend: 'src/check/weight.ts leaves tensors of each call out of weights',
  },
  {
    what: 'A gradient that is summed over an axis of one element and then over tokens: its kernel did not compile on CPUs and on portable devices',
    shown: 'test/differential/kept/sum-after-one.json',
    mend: 'kernels-gen/families/reduction/schedule.ts puts the shared loop outside loops over one element too',
  },
  {
    what: 'A layer whose fused blocks have a map of eight elements, such as cos of a matrix beside a rotation with b = 2: an internal error where its kernels for CPUs were made',
    shown: 'test/differential/kept/eight-elements.json',
    mend: 'kernels-gen/schedule/cpu-vectors/blocks/schedule.ts takes such a map without a loop',
  },
  {
    what: 'The interpreter of Plans took the loops of another result, where equal code serves results of two lengths',
    shown: 'test/differential/kept/equal-code-of-results.json',
    mend: 'test/differential/ways/loops.ts takes the loops with the number of workgroups of the launch',
  },
];
