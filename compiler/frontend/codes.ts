/** Every refusal: what it means and what to do. The documentation and `oftc explain OFT1003` are made of this. */
export interface Code {
  readonly title: string;
  readonly explanation: string;
  readonly fix: string;
}

export const codes: Readonly<Record<string, Code>> = {
  OFT1001: {
    title: 'not part of the language',
    explanation:
      'A layer’s source is evaluated once, at compile time; this form of TypeScript has no meaning there.',
    fix: 'Use const, functions, for over static ranges, and if on static values; the message names the replacement.',
  },
  OFT1002: {
    title: 'statement at module level',
    explanation: 'A layer file declares: it may not run code, because lowering would not run it.',
    fix: 'Move the statement into a function, or into the script that imports the layer.',
  },
  OFT1003: {
    title: 'tensor in a condition',
    explanation:
      'A tensor’s elements are not known at compile time, so a branch on it would always go one way.',
    fix: 'Branch on configuration; element-wise choices are written with max, min and abs. An optional tensor may be tested for presence.',
  },
  OFT1004: {
    title: 'operator on tensors',
    explanation: 'TypeScript has no operator overloading.',
    fix: 'Write x.mul(y), x.add(y), x.sub(y), x.div(y), x.neg().',
  },
  OFT1005: {
    title: 'assignment to outer state',
    explanation:
      'Only a let of the same function call can be assigned: everything else would make the order of evaluation matter.',
    fix: 'Return the value instead, or accumulate in a let of the function that loops.',
  },
  OFT1006: {
    title: 'mutation',
    explanation: 'Arrays and objects are values; changing one in place is not part of the language.',
    fix: 'Build a new one: [...xs, x], { ...o, k: v }, xs.map(…), xs.toReversed().',
  },
  OFT1007: {
    title: 'not available at compile time',
    explanation:
      'Of JavaScript’s globals, only those without effects and without chance can be used in a layer.',
    fix: 'Pass the value in through the configuration.',
  },
  OFT1008: {
    title: 'code of another package',
    explanation: 'Helpers are inlined from their source, and this one has only declarations.',
    fix: 'Write the helper in your own module; only oftc and your own files can be used inside a layer.',
  },
  OFT1009: {
    title: 'no such member',
    explanation: 'The value has no property or method of this name.',
    fix: 'Use a member that the message lists.',
  },
  OFT1010: {
    title: 'unreadable dimension',
    explanation: 'A dimension is a name, a number, or an expression in +, -, *, / and tri().',
    fix: 'Correct the dimension at the position the message gives.',
  },
  OFT1011: {
    title: 'where cannot be resolved',
    explanation: 'An equality of `where` names one dimension and reduces it to others.',
    fix: 'Remove the cycle, or name a single dimension on the left.',
  },
  OFT1012: {
    title: 'a layer without tensors',
    explanation: 'A layer needs something to compute with.',
    fix: 'Declare at least one input, frozen or trainable.',
  },
  OFT1013: {
    title: 'wrong tensors for a layer',
    explanation: 'A called layer must be given exactly the tensors that it declares at that configuration.',
    fix: 'Pass the tensors the message names.',
  },
  OFT1014: {
    title: 'nested too deeply',
    explanation: 'Calls are inlined, so recursion must end soon and at compile time.',
    fix: 'Use a for loop, or make the recursion end.',
  },
  OFT1015: {
    title: 'too many steps',
    explanation: 'A static loop ran so long that it looks endless.',
    fix: 'Make the loop end; loops over elements are written as tensor operators.',
  },
  OFT1016: {
    title: 'used before it is defined',
    explanation: 'The initialiser of a constant needs its own value.',
    fix: 'Break the cycle between the constants.',
  },
  OFT1017: {
    title: 'not the kind of value this needs',
    explanation:
      'The value is known at compile time and is of the wrong kind, which any or a cast has hidden.',
    fix: 'Pass the kind of value that the message names.',
  },
  OFT1018: {
    title: 'the layer’s own refusal',
    explanation: 'The source reached a throw at this configuration.',
    fix: 'Follow the author’s message.',
  },
  OFT1020: {
    title: 'wrong argument for an operator',
    explanation: 'Operators take tensors, and dimensions as names, expressions or numbers.',
    fix: 'Pass what the message names.',
  },
  OFT1021: {
    title: 'number out of range',
    explanation: 'A constant must be a finite number.',
    fix: 'Check the static arithmetic that led to it.',
  },
  OFT1022: {
    title: 'unknown option of an operator',
    explanation: 'Options are checked, so that a misspelt one is not silently ignored.',
    fix: 'Use an option that the message lists.',
  },
  OFT1030: {
    title: 'wrong declaration of a parameter',
    explanation: 'input, frozen and trainable take dimensions and then options.',
    fix: 'Correct the dimension, dtype or option that the message names.',
  },
  OFT1031: {
    title: 'wrong length of a list',
    explanation: 'list(n, parameter) needs a whole number n ≥ 0.',
    fix: 'Pass a number that is known at compile time.',
  },
  OFT1032: {
    title: 'wrong name or kind of parameter',
    explanation: 'A layer declares named tensors; names appear in files and in generated code.',
    fix: 'Use letters, digits and _, and declare each with input, frozen, trainable, list or when.',
  },
  OFT1034: {
    title: 'not a claim',
    explanation: 'A layer can claim its merged weight and bias, and matrices that are exactly orthogonal.',
    fix: 'Return { weight, bias, orthogonal } from claims, each optional; orthogonal may be a list.',
  },
  OFT1033: {
    title: 'a layer takes and returns tensors',
    explanation: 'The body returns one tensor, or an object of tensors by name.',
    fix: 'Return a tensor; leave other results to functions.',
  },
  OFT1040: {
    title: 'no layer in the file',
    explanation: 'The file exports nothing made with layer(…).',
    fix: 'Write export const name = layer(…).',
  },
  OFT1041: {
    title: 'which layer?',
    explanation: 'The file exports several layers, or none of that name.',
    fix: 'Name one of those that the message lists.',
  },
  OFT1043: {
    title: 'unknown configuration',
    explanation: 'The layer’s configuration has no such key.',
    fix: 'Use a key that the message lists.',
  },
  OFT1044: {
    title: 'configuration of the wrong type',
    explanation: 'A configuration value must fit the TypeScript type that the layer gives it.',
    fix: 'Pass a value that the message allows.',
  },
  OFT1045: {
    title: 'file not found',
    explanation: 'The source file cannot be read.',
    fix: 'Check the path; it is relative to the root directory.',
  },
  OFT2001: {
    title: 'matmul: shapes do not match',
    explanation:
      'The columns of the left factor must equal the rows of the right one, and batch axes must agree.',
    fix: 'Transpose a factor, or state the equality in where.',
  },
  OFT2002: {
    title: 'shapes do not broadcast',
    explanation: 'Element-wise operands are aligned at the last axis; each pair is equal or 1.',
    fix: 'Use expand, or state the equality in where.',
  },
  OFT2003: {
    title: 'wrong rank',
    explanation: 'The operator needs a matrix, or blocks (r, b, c).',
    fix: 'Pass a tensor of the rank that the message names.',
  },
  OFT2004: {
    title: 'not a packed triangle',
    explanation: 'skew reads b(b−1)/2 elements per matrix.',
    fix: 'Give the last axis the dimension tri(b).',
  },
  OFT2005: {
    title: 'dtypes do not fit',
    explanation: 'Arithmetic is between tensors of one floating-point dtype.',
    fix: 'Declare the operands with the same dtype.',
  },
  OFT2006: {
    title: 'no such axis',
    explanation: 'Axes are counted from 0, or from the back when negative.',
    fix: 'Use an axis of the shape that the message prints.',
  },
  OFT2007: {
    title: 'not the blocks of that matrix',
    explanation: 'The matrix does not divide into the blocks asked for.',
    fix: 'Use the shape that the message prints.',
  },
  OFT2008: {
    title: 'a projection changes the shape',
    explanation: 'project replaces the stored value by another of the same shape and dtype.',
    fix: 'Return a tensor of the parameter’s own shape.',
  },
  OFT2009: {
    title: 'dimensions of a called layer do not match',
    explanation: 'The callee’s dimensions are matched with the caller’s, and an equality cannot hold.',
    fix: 'Pass tensors whose dimensions fit the declaration that the message prints.',
  },
  OFT2010: {
    title: 'wrong coefficients',
    explanation:
      'A polynomial needs finite coefficients; a Cayley–Neumann series 1 to 64 terms of a known series.',
    fix: 'Use a value that the message allows.',
  },
  OFT2020: {
    title: 'no gradient',
    explanation: 'A gradient was asked for an input that reaches no output differentiably.',
    fix: 'Remove the detach, use the input, or leave it out of the gradients.',
  },
  OFT2030: {
    title: 'product of too many factors',
    explanation: 'All associations of a product are enumerated exactly, up to a limit of factors.',
    fix: 'Split the layer, or detach a part of the product.',
  },
  OFT3001: {
    title: 'unknown dimension',
    explanation: 'A size was given for a name that the layer does not use.',
    fix: 'Use a name that the message lists.',
  },
  OFT3002: {
    title: 'sizes contradict',
    explanation: 'The sizes given, the shapes of tensors and where cannot all hold.',
    fix: 'Correct the size that the message traces.',
  },
  OFT3003: {
    title: 'sizes do not divide',
    explanation: 'A dimension would not be a whole number of elements.',
    fix: 'Choose sizes that divide, such as a block size that divides the input width.',
  },
  OFT3004: {
    title: 'not a size',
    explanation: 'A size is a whole number of at least 1.',
    fix: 'Give such a number.',
  },
  OFT3005: {
    title: 'wrong rank of a tensor',
    explanation: 'The tensor given has another number of axes than the layer declares.',
    fix: 'Reshape the tensor to the declared shape.',
  },
  OFT3006: {
    title: 'unbound dimensions',
    explanation: 'Every dimension but tokens must have a size before kernels are made.',
    fix: 'Give the sizes that the message lists.',
  },
  OFT9001: {
    title: 'operator registered twice',
    explanation: 'Operator names are unique.',
    fix: 'Rename the operator you define.',
  },
  OFT9002: {
    title: 'unknown operator',
    explanation: 'A node names an operator that is not registered.',
    fix: 'Import the module that defines it.',
  },
  OFT9004: {
    title: 'rule registered twice',
    explanation: 'Rule names are unique.',
    fix: 'Rename the rule you define.',
  },
  OFT9005: {
    title: 'rewriting did not end',
    explanation: 'The rules undo one another on this program.',
    fix: 'Report it, or remove the rule that the message names.',
  },
  OFT9010: {
    title: 'a pass broke its promise',
    explanation:
      'After every pass the program is checked against what the pass states; this is a defect of the compiler.',
    fix: 'Report it with the source of the layer.',
  },
};
