/** Prints plain data as JavaScript or TypeScript. */
import { key, member } from '../../compiler/names.ts';

/** Plain data as JavaScript or, with `modifier`, as the type of exactly this value. */
export function literal(value: unknown, modifier: '' | 'readonly ' = ''): string {
  if (Array.isArray(value)) return `${modifier}[${value.map((v) => literal(v, modifier)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const own = modifier ? member : key;
    const fields = Object.entries(value).map(([k, v]) => `${modifier}${own(k)}: ${literal(v, modifier)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return modifier ? 'number' : String(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
