/** Divides a batch between processes. */
import type { Batch, Source } from '../batch.ts';

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
    const source = batch.source && sourceOf(batch.source, from, to);
    return {
      ...(source ? { source } : {}),
      tokens: to - from,
      ids: batch.ids.slice(from, to),
      position: batch.position.slice(from, to),
      start: batch.start.slice(from, to).map((first) => first - from),
      label: batch.label.slice(from, to),
      weight: batch.weight.slice(from, to),
    };
  });
}

/** The texts that the encoder reads for the decoder's tokens from one index to another. */
function sourceOf({ tokens, ids, position, seen, read }: Source, from: number, to: number): Source {
  const first = (token: number) => read[2 * token] ?? tokens;
  const [start, end] = [first(from), from === to ? first(from) : first(to)];
  return {
    tokens: end - start,
    ids: ids.slice(start, end),
    position: position.slice(start, end),
    seen: seen.slice(2 * start, 2 * end).map((i) => i - start),
    read: read.slice(2 * from, 2 * to).map((i) => i - start),
  };
}

/** A batch as JSON has it: lists of numbers. */
export const listsOf = ({ ids, position, start, label, weight, source }: Batch) => ({
  ids: [...ids],
  position: [...position],
  start: [...start],
  label: [...label],
  weight: [...weight],
  ...(source
    ? {
        source_ids: [...source.ids],
        source_position: [...source.position],
        source_seen: [...source.seen],
        source_read: [...source.read],
      }
    : {}),
});
