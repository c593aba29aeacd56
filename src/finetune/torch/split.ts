/** Divides a batch between processes. */
import type { Batch } from '../batch.ts';

/**
 * Divides a batch into parts of whole texts, as equal in tokens as possible; some may be empty. Each part counts its
 * tokens from 0, and keeps the weights of the whole batch, so that the losses of all parts add up to its loss.
 */
export function split(batch: Batch, parts: number): Batch[] {
  const bounds = [...batch.start.keys(), batch.tokens].filter(
    (n) => n === batch.tokens || batch.start[n] === n,
  );
  const bound = (part: number): number => {
    const wanted = (part * batch.tokens) / parts;
    const above = bounds.findIndex((n) => n >= wanted);
    const [before, after] = [bounds[above - 1], bounds[above]!];
    return before !== undefined && wanted - before < after - wanted ? before : after;
  };
  return Array.from({ length: parts }, (_, n) => {
    const [from, to] = [bound(n), bound(n + 1)];
    return {
      tokens: to - from,
      ids: batch.ids.slice(from, to),
      position: batch.position.slice(from, to),
      start: batch.start.slice(from, to).map((first) => first - from),
      label: batch.label.slice(from, to),
      weight: batch.weight.slice(from, to),
    };
  });
}

/** A batch as JSON has it: lists of numbers. */
export const listsOf = ({ ids, position, start, label, weight }: Batch) => ({
  ids: [...ids],
  position: [...position],
  start: [...start],
  label: [...label],
  weight: [...weight],
});
