/** The tensors that a block's layer declares, and its operations on them with adapters in place. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import {
  collect,
  dispatch,
  frozen,
  ofExpert,
  type Param,
  type Tensor,
  take,
} from '../../language/dsl/index.ts';
import { type Adapted, applyAdapter, prefixed } from './adapted.ts';
import type { BlockTools } from './family.ts';
import type { Target } from './linear-layers.ts';
import type { Half } from './modules.ts';
import { rope } from './parts.ts';
import { familyOf } from './registry.ts';

export type Adapters = Partial<Record<Target, Adapted>>;
export type Tensors = Readonly<Record<string, Tensor>>;

/** The number of rows that an expert's tokens fill at a time, unless the layer states another. */
const TILE = 32;

/** The name of the bias of a linear layer or of a norm among a block's tensors. */
const biasName = (name: string): string => `${name}_bias`;

/** Declares norms, weights and biases; then the adapters' tensors with prefixes (adapted.ts). */
export function blockTensors(adapters: Adapters, { norms, linear }: Half): Record<string, Param> {
  const all = Object.entries(linear);
  const weights = all.flatMap(([name, { module, shape, bias, experts }]): [string, Param][] => {
    const each = experts === undefined ? [] : [experts];
    const weight: [string, Param] = [name, frozen(...each, ...shape, { stored: `${module}.weight` })];
    return bias
      ? [weight, [biasName(name), frozen(...each, shape[0], { stored: `${module}.bias` })]]
      : [weight];
  });
  const trained = all.map(([name, { module, experts }]) => {
    const adapter = adapters[name];
    return adapter ? prefixed(name, module, adapter, experts) : {};
  });
  return {
    ...Object.fromEntries(
      Object.entries(norms).flatMap(([name, { module, width, bias }]) => [
        [name, frozen(width, { stored: `${module}.weight` })],
        ...(bias ? [[biasName(name), frozen(width, { stored: `${module}.bias` })]] : []),
      ]),
    ),
    ...Object.fromEntries(weights),
    ...Object.assign({}, ...trained),
  };
}

/** The result of a linear layer, or of the adapter that replaces it. */
function linearIn(adapters: Adapters, all: Tensors, name: string, x: Tensor): Tensor {
  const [W, bias, adapter] = [all[name]!, all[biasName(name)], adapters[name]];
  if (adapter) return applyAdapter(adapter, name, { x, W, bias }, all);
  const y = x.matmul(W.T);
  return bias ? y.add(bias) : y;
}

/** The tensors as those of one expert, which are cut out where they are read. */
const ofOne = (all: Tensors, chosen: Tensor, rows: number): Tensors =>
  new Proxy(all, {
    get: (of, name) => of[name as string] && ofExpert(of[name as string]!, chosen, { rows }),
  });

/** The operations of a block on the tensors that it declares. */
export function toolsOf(c: ModelShape, adapters: Adapters, all: Tensors, rows: number = TILE): BlockTools {
  const angles = (table: string) => take(all[table]!, all.position!, 0);
  let turns: { readonly cos: Tensor; readonly sin: Tensor } | undefined;
  return {
    tensor: (name) => all[name]!,
    linear: (name, x) => linearIn(adapters, all, name, x),
    ofExperts: (x, chosen, one) => {
      const { count } = c.experts!;
      const own = ofOne(all, chosen, rows);
      const y = one(dispatch(x, chosen, count, { rows }), (name, h) => linearIn(adapters, own, name, h));
      return collect(y, chosen, count, { rows });
    },
    norm: (name, x) => familyOf(c).norm(x, all[name]!, c, all[biasName(name)]),
    rotated: (x) => {
      turns ??= { cos: angles('cosTable'), sin: angles('sinTable') };
      return rope({ x, ...turns });
    },
  };
}
