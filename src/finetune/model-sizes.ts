/** The memory and the operations of a model's gradients, by the sizes of batches; and what is compiled for these. */
import type { TransformerBlock } from './block-kinds.ts';
import type { BlockStages } from './blocks.ts';
import type { ModelParts } from './model-parts.ts';
import type { BatchSize, PlannedBytes } from './model-types.ts';
import { type Counts, compileStages, countsOf, type LateStage, type StageBytes } from './stage.ts';

/** Stages that a batch runs for each block of a kind, with the sizes of the batches that run them. */
interface RunStages {
  readonly stages: readonly BlockStages[];
  readonly counts: Counts;
  /** The inputs that are uploaded for each run. */
  readonly uploaded: readonly string[];
}

/** The groups of stages, the decoder's blocks last: once for each number of rows of the encoder's result. */
async function groupsOf(parts: ModelParts, sizes: readonly BatchSize[]): Promise<RunStages[]> {
  const { encoder, layers, dropout } = parts;
  const masks = dropout?.names ?? [];
  const of = async (blocks: readonly TransformerBlock[], sources?: number) =>
    Promise.all(blocks.map((l) => l.stages(sources)));
  if (!encoder)
    return [
      {
        stages: await of(layers),
        counts: countsOf(sizes.map((s) => s.tokens)),
        uploaded: ['position', 'start', ...masks],
      },
    ];
  const sources = [...new Set(sizes.map((s) => s.sources ?? 0))];
  const counts = countsOf(sources);
  const each = sources.map(async (rows) => ({
    stages: await of(layers, rows),
    counts: countsOf(sizes.flatMap((s) => ((s.sources ?? 0) === rows ? [s.tokens] : []))),
    uploaded: ['start', 'sourceSeen', ...masks],
  }));
  return [
    { stages: await of(encoder.layers), counts, uploaded: ['seen', ...masks] },
    { stages: await of(encoder.memory), counts, uploaded: masks },
    ...(await Promise.all(each)),
  ];
}

const usedBy = (trainsBlocks: boolean): readonly (keyof BlockStages)[] =>
  trainsBlocks ? ['forward', 'plain', 'gradient'] : ['forward', 'plain'];

const stagesIn = ({ stages }: RunStages, trainsBlocks: boolean): LateStage[] => [
  ...new Set(stages.flatMap((s) => usedBy(trainsBlocks).map((of) => s[of]))),
];

/** See `Model.plannedBytes`. */
export async function plannedBytes(
  parts: ModelParts,
  trainsBlocks: boolean,
  sizes: readonly BatchSize[],
): Promise<PlannedBytes> {
  const { head, embedding, encoder, uploads } = parts;
  const counts = countsOf(sizes.map((s) => s.tokens));
  const sources = countsOf(sizes.map((s) => s.sources ?? 0));
  const headBytes = await head.bytes(counts);
  const embeddings = [embedding.bytes(counts), ...(encoder ? [encoder.embedding.bytes(sources)] : [])];
  const groups = await groupsOf(parts, sizes);
  const bytes = new Map<LateStage, StageBytes>();
  for (const group of groups)
    for (const s of stagesIn(group, trainsBlocks)) bytes.set(s, await s.bytes(group.counts, group.uploaded));
  const own = [...embeddings, ...bytes.values()].map((s) => s.own);
  // Batches of one size are run at a time: the largest counts.
  const kinds = encoder ? [...groups.slice(0, 2), ...largestOf(groups.slice(2), bytes)] : groups;
  const results = (of: keyof BlockStages) =>
    kinds.flatMap(({ stages }) => stages.map((s) => bytes.get(s[of])?.results ?? 0));
  const first = (of: keyof BlockStages) =>
    kinds.map(({ stages }) => (stages[0] ? (bytes.get(stages[0][of])?.results ?? 0) : 0));
  const { adapter = 0, ...weights } = uploads.bytes;
  const total = {
    weights: sum(Object.values(weights)),
    adapter,
    stages: sum(own),
    head: headBytes.own,
    activations:
      sum(embeddings.map((e) => e.results)) + sum(first('forward')) + (head.trains ? 0 : headBytes.results),
    gradients: sum(results('gradient')) + (head.trains ? headBytes.results : 0),
  };
  return { ...total, total: sum(Object.values(total)) };
}

/** The group whose gradients take most. */
function largestOf(groups: readonly RunStages[], bytes: ReadonlyMap<LateStage, StageBytes>): RunStages[] {
  const of = ({ stages }: RunStages) => sum(stages.map((s) => bytes.get(s.gradient)?.results ?? 0));
  const [most] = [...groups].sort((a, b) => of(b) - of(a));
  return most ? [most] : [];
}

/** See `Model.operations`. */
export async function operationsOf(
  parts: ModelParts,
  trainsBlocks: boolean,
  size: BatchSize,
): Promise<number> {
  const { embedding, encoder, head } = parts;
  const groups = await groupsOf(parts, [size]);
  const counted = groups.flatMap(({ stages, counts: [tokens] }, kind) =>
    stages.flatMap((s) => [
      s.forward.operations(tokens),
      ...(trainsBlocks ? [s.gradient.operations(tokens)] : []),
      // Keys and values of the encoder's result are computed again.
      ...(encoder && trainsBlocks && kind === 1 ? [s.forward.operations(tokens)] : []),
    ]),
  );
  const others = [
    embedding.operations(size.tokens),
    ...(encoder ? [encoder.embedding.operations(size.sources ?? 0)] : []),
    head.operations(size.tokens),
  ];
  return sum(await Promise.all([...others, ...counted]));
}

/** See `Model.compile`. */
export async function compileFor(
  parts: ModelParts,
  trainsBlocks: boolean,
  sizes: readonly BatchSize[],
): Promise<void> {
  const groups = await groupsOf(parts, sizes);
  await compileStages(parts.place, [
    ...groups.flatMap((g) => stagesIn(g, trainsBlocks).map((stage) => [stage, g.counts] as const)),
    [parts.head, sizes.map((s) => s.tokens)],
  ]);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
