/** Decides whether PEFT's configuration of LoKr means the factors of an adapter. */
import { evalDim } from '../../compiler/dims/dims.ts';
import type { Method } from './methods.ts';
import type { TargetModule } from './start.ts';

/**
 * The reason why PEFT would make other factors; undefined where it makes the same. PEFT cuts both sides of a weight by
 * one number, and decides from the rank which of the two factors is a product.
 */
export function otherFactors({ dims, config }: Method, sites: readonly TargetModule[]): string | undefined {
  const { l, m, r } = dims;
  if (l === undefined || m === undefined || l !== m)
    return "PEFT cuts the outputs and the inputs of all modules by one number. For PEFT's, stop and give l and m the same value";
  if (r === undefined)
    return "PEFT's configuration states a rank. For PEFT's, stop and give --set r=…, and full=false or both=true";
  const isProduct = (...sides: readonly number[]) => 2 * r < Math.max(...sides);
  if (config.both === true && !isProduct(l, m))
    return `PEFT makes the left factor a product only for 2r < ${l}. For PEFT's, stop and leave both out`;
  for (const { module, adapted } of sites) {
    const [out, inner] = adapted.program.inputs
      .find((i) => i.name === 'W')!
      .type.shape.map((d) => evalDim(d, {})) as [number, number];
    const [k, n] = [out / l, inner / m];
    if (isProduct(k, n) === (config.full === true))
      return `on ${module}, PEFT makes the right factor, ${k} × ${n}, ${config.full === true ? 'a product' : 'no product'} at r = ${r}. For PEFT's, stop and give --set full=${config.full !== true}`;
  }
  return undefined;
}
