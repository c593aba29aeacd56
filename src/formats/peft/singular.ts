/** Reads and writes the fields of PEFT's methods that train a part of a weight's singular value decomposition: OSF. */
import * as v from 'valibot';
import { ANYWHERE, byModule, type Method, pattern } from './method.ts';
import type { MethodFields } from './products.ts';

/** A number of singular values, or a part of all. */
const rank = v.nullish(
  v.pipe(
    v.number(),
    v.check(
      (n) => n > 0 && (n <= 1 || Number.isInteger(n)),
      'a number of singular values or a part is expected',
    ),
  ),
);

const osfFields = v.looseObject({ effective_rank: rank, rank_pattern: pattern });

/** PEFT's number of singular values that stay, of `all`: half of them by default, and a part where it is below 1. */
function staying(stated: number | null | undefined, all: number): number {
  if (stated === null || stated === undefined) return Math.floor(all / 2);
  return Math.min(all, stated < 1 ? Math.floor(all * stated) : stated);
}

const OSF: Method = {
  layers: ['osf'],
  read(fields) {
    const c = fields.read(osfFields);
    const stated = byModule(c.rank_pattern, c.effective_rank, fields, 'rank_pattern', ANYWHERE);
    // PEFT stores it, and computes nothing by it.
    fields.know(['target_svd_config']);
    return {
      notes: [],
      of(module, { 'osf_svd_params.U_low': U, 'osf_svd_params.V_low': V }) {
        const [out, inner] = [U?.[0] ?? 0, V?.[1] ?? 0];
        const all = Math.min(out, inner);
        const k = staying(stated(module), all);
        const field = stated(module) === c.effective_rank ? 'effective_rank' : 'rank_pattern';
        return {
          ...{ layer: 'osf', config: { fewerOutputs: out < inner }, sizes: { k: all - (U?.[1] ?? 0) } },
          expect: () => ({ k: [field, k] }),
        };
      },
    };
  },
};

/** The methods by `peft_type`. */
export const SINGULAR: Readonly<Record<string, Method>> = { OSF };

/** The fields of each layer's method. */
export const SINGULAR_FIELDS = {
  osf: (_, { k }) => ({
    ...{ peft_type: 'OSF', bias: 'none', effective_rank: k!, rank_pattern: {} },
    ...{ init_weights: null, target_svd_config: null },
  }),
} as const satisfies Record<string, MethodFields>;
