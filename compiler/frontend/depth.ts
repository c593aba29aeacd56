/** Refuses a file with nodes so deep within one another that TypeScript would check it for minutes. */
import { OftcError } from '../errors/error.ts';
import { aboveLimit, limits } from '../limits.ts';
import { spanOf } from './diagnostics.ts';
import type { ts } from './ts-host.ts';

/** Throws OFT1014 where a parsed file goes deeper than the limit. */
export function checkDepth(file: ts.SourceFile): void {
  const { most } = limits.sourceDepth;
  const open: { readonly node: ts.Node; readonly depth: number }[] = [{ node: file, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    if (depth > most) {
      const found = aboveLimit(depth, limits.sourceDepth);
      throw new OftcError('OFT1014', `this is nested too deeply: ${found}`, [spanOf(node)]);
    }
    node.forEachChild((child) => {
      open.push({ node: child, depth: depth + 1 });
    });
  }
}
