/**
 * Mixtures of experts (Shazeer et al., arXiv 1701.06538; Fedus et al., arXiv 2101.03961): a router chooses k experts for
 * each token by a softmax over all of them, whose values weigh their results. Each expert is a SwiGLU MLP.
 */
import * as v from 'valibot';
import { limits } from '../../../compiler/limits.ts';
import type { ExpertShape, ModelShape } from '../../formats/config/model-config.ts';
import { checkLimit, FormatError } from '../../formats/error.ts';
import { exp, expand, logSumExp, pick, silu, sum, type Tensor, topK } from '../../language/dsl/index.ts';
import type { BlockTools, ModelFamily } from './family.ts';
import { type ConfigFile, REMEDY } from './fields.ts';
import type { Linear } from './modules.ts';

/** The fields about routers that only training reads. */
export const EXPERT_FIELDS = {
  output_router_logits: v.nullish(v.boolean()),
  router_aux_loss_coef: v.nullish(v.number()),
};

/** A shape with experts. `names` has the fields that state them. Throws InvalidConfig for more choices than experts. */
export function withMixture(
  { file }: ConfigFile,
  shape: ModelShape,
  experts: ExpertShape,
  names: Readonly<Record<'count' | 'chosen', string>>,
): ModelShape {
  checkLimit(experts.count, limits.experts, 'InvalidConfig', { file, name: names.count }, REMEDY);
  if (experts.chosen <= experts.count) return { ...shape, experts };
  throw new FormatError(
    'InvalidConfig',
    { file, name: names.chosen },
    `each token chooses ${experts.chosen} experts, and ${names.count} is ${experts.count}`,
    REMEDY,
  );
}

/** A note on the loss by which transformers balances experts, where the configuration asks for it. */
export const auxiliaryNotes = ({ json }: ConfigFile): string[] =>
  json.output_router_logits === true
    ? [
        'output_router_logits is set, for which transformers adds the auxiliary loss of routers to the loss; it is not added here',
      ]
    : [];

/** The paths of a mixture's linear layers within a block; those of experts have `*` for the expert's number. */
export interface ExpertPaths {
  readonly router: string;
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

/** A family's block with a mixture of experts in place of the MLP, for shapes that have experts. */
export const withExperts = (
  family: ModelFamily,
  paths: ExpertPaths,
): Pick<ModelFamily, 'halves' | 'after'> => ({
  halves: (c) => {
    const { before, after } = family.halves(c);
    if (!c.experts) return { before, after };
    return { before, after: { ...after, linear: { o: after.linear.o!, ...mixtureOf(c, paths) } } };
  },

  after: (x, mixed, tools, c) => {
    if (!c.experts) return family.after(x, mixed, tools, c);
    const h = x.add(tools.linear('o', mixed));
    return h.add(mixture(tools.norm('mlpNorm', h), tools, c));
  },
});

function mixtureOf(c: ModelShape, { router, gate, up, down }: ExpertPaths): Record<string, Linear> {
  const { count: experts, intermediateSize: inner } = c.experts!;
  const { hiddenSize: width } = c;
  return {
    router: { module: router, shape: [experts, width], bias: false, isRouter: true },
    expertGate: { module: gate, shape: [inner, width], bias: false, experts },
    expertUp: { module: up, shape: [inner, width], bias: false, experts },
    expertDown: { module: down, shape: [width, inner], bias: false, experts },
  };
}

/** The sum of the results of a token's experts, each times its weight. */
function mixture(x: Tensor, { linear, ofExperts }: BlockTools, c: ModelShape): Tensor {
  const { count, chosen: k, normalised } = c.experts!;
  const z = linear('router', x);
  const p = exp(z.sub(logSumExp(z)));
  const chosen = topK(p, k);
  const weights = pick(expand(p.reshape('tokens', 1, count), 'tokens', k, count), chosen);
  const shares = normalised ? weights.div(sum(weights, 1)) : weights;
  const y = ofExperts(x, chosen, (rows, own) =>
    own('expertDown', silu(own('expertGate', rows)).mul(own('expertUp', rows))),
  );
  return sum(y.mul(shares), 1).reshape('tokens', c.hiddenSize);
}
