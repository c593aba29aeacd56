/** Explanations with places in the source in place of texts, and what a page draws of them. */
import type { Span } from '../../../compiler/errors/span.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { byKey } from '../../../compiler/keyed.ts';
import { type ExplainedDerivation, type Explanation, explain } from '../../explain/index.ts';
import { renderExplanation } from '../../explain/text.ts';
import type {
  CostLine,
  CostPlot,
  Explained,
  Kernels,
  PlacedDerivation,
  PlacedExplanation,
  PlacedKernel,
  SourcePlace,
} from '../protocol.ts';
import type { Decisions } from './decisions.ts';
import type { Places } from './problems.ts';

/** The token counts that costs are sampled at: from 1 to 16384, four to each doubling where there are as many. */
const SAMPLED: readonly number[] = [
  ...new Set(Array.from({ length: 57 }, (_, i) => Math.round(2 ** (i / 4)))),
];

/** The texts of places while an explanation is made. They have the end of a place too, so that no two are alike. */
class Marks {
  readonly #places = new Map<string, SourcePlace>();
  readonly #of: Places;

  constructor(of: Places) {
    this.#of = of;
  }

  readonly mark = (span: Span): string => {
    const key = `${span.file}:${span.start}:${span.end}`;
    const place = this.#of.of(span);
    if (place) this.#places.set(key, place);
    return key;
  };

  /** A part of an explanation with its places as data, and as `file:line:column`. */
  placed<T extends { readonly at: readonly string[] }>(
    part: T,
  ): T & { readonly places: readonly SourcePlace[] } {
    const places = part.at.flatMap((key) => this.#places.get(key) ?? []);
    const at = [...new Set(places.map((p) => `${p.file}:${p.line}:${p.column}`))];
    return { ...part, at, places };
  }

  derivation(d: ExplainedDerivation): PlacedDerivation {
    return { ...d, steps: d.steps.map((s) => this.placed(s)) };
  }

  explanation(e: Explanation): PlacedExplanation {
    return {
      ...e,
      training: e.training.map((d) => this.derivation(d)),
      inference: e.inference.map((d) => this.derivation(d)),
      kernels: e.kernels.map((k): PlacedKernel => this.placed(k)),
    };
  }
}

export function explained(program: Program, given: Decisions, places: Places): Explained {
  const marks = new Marks(places);
  const whole = explain(program, { ...given, locate: marks.mark, sampleAt: SAMPLED });
  const explanation = marks.explanation(whole);
  return {
    explanation: unsampled(explanation),
    text: renderExplanation(explanation),
    full: renderExplanation(explanation, { full: true }),
    plots: plotsOf(whole),
    notes: programNotes(program),
  };
}

/** The explanation without the samples, which are in its plots. */
function unsampled(e: PlacedExplanation): PlacedExplanation {
  const plain = (d: PlacedDerivation): PlacedDerivation => ({
    ...d,
    groups: d.groups.map((g) => ({
      ...g,
      candidates: g.candidates.map(({ sampled: _, ...candidate }) => candidate),
    })),
  });
  return { ...e, training: e.training.map(plain), inference: e.inference.map(plain) };
}

const plotsOf = (e: Explanation): CostPlot[] =>
  (['training', 'inference'] as const).flatMap((of) =>
    e[of].flatMap((d, derivation) =>
      d.groups.flatMap(({ candidates, chosen }, group): CostPlot[] => {
        const lines = candidates.flatMap(({ forms, dominated, sampled }): CostLine[] => {
          if (!sampled) return [];
          const each = (what: 'seconds' | 'operations' | 'bytes' | 'memory') => sampled.map((s) => s[what]);
          return [
            {
              ...{ forms, dominated, seconds: each('seconds'), operations: each('operations') },
              ...{ bytes: each('bytes'), memory: each('memory') },
            },
          ];
        });
        if (lines.length === 0) return [];
        const indexOf = (forms: readonly string[]) =>
          lines.findIndex((line) => line.forms.join('\n') === forms.join('\n'));
        const ranges = chosen.map(({ minTokens, maxTokens, forms }) => {
          const candidate = indexOf(forms);
          return { minTokens, maxTokens, ...(candidate < 0 ? {} : { candidate }) };
        });
        return [{ of, derivation, group, tokens: SAMPLED, candidates: lines, chosen: ranges }];
      }),
    ),
  );

/** Every kernel of a training step, from its naive loops to WGSL. The sizes are bound. */
export function kernelsOf(program: Program, given: Decisions, places: Places): Kernels {
  const marks = new Marks(places);
  const {
    stories = [],
    kernels,
    tokens,
    device,
  } = explain(program, {
    ...given,
    locate: marks.mark,
    stories: true,
  });
  const launches = byKey(kernels.map((k) => [k.kernel, k] as const));
  const order = [...launches.keys()];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return {
    device,
    tokens,
    kernels: stories
      .toSorted((a, b) => rank(a.kernel) - rank(b.kernel))
      .map((story) => ({
        ...story,
        launches: (launches.get(story.kernel) ?? []).map((k) => marks.placed(k)),
      })),
  };
}
