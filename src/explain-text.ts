/** An explanation as text for a terminal. */
import type { ExplainedChoice, ExplainedGroup, Explanation } from './explain.ts';

/** `1234567` → `1.23M`; operations, bytes and rates read better short. */
export function short(n: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let [value, unit] = [n, 0];
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)}${units[unit]}`;
}

export const duration = (s: number): string =>
  s >= 1
    ? `${s.toPrecision(3)} s`
    : s >= 1e-3
      ? `${(s * 1e3).toPrecision(3)} ms`
      : `${(s * 1e6).toPrecision(3)} µs`;

export function renderExplanation(e: Explanation): string {
  const bound = Object.entries(e.dims).map(([n, v]) => `${n}=${v}`);
  const lines = [
    `${e.name}${bound.length ? `   ${bound.join(', ')}` : ''}`,
    ...e.formula.map((f) => `  ${f}`),
    ...e.where.map((w) => `  where ${w}`),
    ...e.facts.map((f) => `  ${f}`),
    '',
    'Derivation',
    ...e.derivation.flatMap((s, i) => [
      `  ${String(i + 1).padStart(2)}. ${s.rule}   ${s.law}${s.at.length ? `   [${s.at[0]}]` : ''}`,
      ...(s.rule === 'vjp'
        ? [`        adds ${s.after.replace('outputs, ', '')}`]
        : [`        ${s.before}`, `      → ${s.after}`]),
    ]),
    '',
    ...e.legend.map((l) => `  with ${l}`),
    ...e.derived.map((d) => `  ${d}`),
    '',
    ...section('Training: forward and gradients associate together', e.training, e),
    ...section('Inference: the forward alone', e.inference, e),
  ];
  if (e.unbound.length > 0) {
    lines.push(
      `Costs are formulas: ${e.unbound.join(', ')} unbound. Bind them with --dims to see the choice and the kernels.`,
    );
  } else {
    const { name, flops, bandwidth, launch } = e.profile;
    lines.push(
      `Times and guards are modelled, not measured: profile '${name}', ${short(flops)}FLOP/s, ${short(bandwidth)}B/s, ${duration(launch)} a launch`,
      '',
      `Kernels for training at tokens = ${e.tokens}`,
    );
    for (const k of e.kernels)
      lines.push(
        `  ${k.kernel.padEnd(28)} ${short(k.flops).padStart(6)}FLOP ${short(k.bytes).padStart(6)}B   ${k.label}   ${k.at[0] ?? ''}`.trimEnd(),
      );
  }
  return lines.join('\n');
}

function section(title: string, groups: readonly ExplainedGroup[], e: Explanation): string[] {
  if (groups.length === 0) return [title, '  no product has more than one association', ''];
  return [
    title,
    ...groups.flatMap((g) => [
      `  chains: ${g.chains.map((c) => `${c.of}: ${c.factors}`).join('   ')}`,
      ...table(g, e),
      ...g.chosen.flatMap(choice),
    ]),
    '',
  ];
}

function table(g: ExplainedGroup, e: Explanation): string[] {
  const head = [
    'operations',
    'bytes',
    'memory',
    'launches',
    ...(e.unbound.length ? [] : [`time at ${e.tokens}`]),
  ];
  const rows = g.candidates.map((c) => [
    c.operations,
    c.bytes,
    c.memory,
    String(c.launches),
    ...(c.seconds === undefined ? [] : [duration(c.seconds)]),
  ]);
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const line = (cells: readonly string[]) => cells.map((c, i) => c.padStart(widths[i]!)).join('  ');
  const note = g.complete
    ? `  ${g.associations} joint associations`
    : `  ${g.associations} joint associations; those no other dominates:`;
  return [
    note,
    `    ${line(head)}`,
    ...g.candidates.map((c, i) => `    ${line(rows[i]!)}   ${c.forms.join('   ')}`),
  ];
}

function choice(c: ExplainedChoice): string[] {
  const range =
    c.maxTokens === null
      ? c.minTokens === 0
        ? 'every token count'
        : `tokens ≥ ${c.minTokens}`
      : c.minTokens === 0
        ? `tokens ≤ ${c.maxTokens}`
        : `${c.minTokens} ≤ tokens ≤ ${c.maxTokens}`;
  return [
    `  chosen for ${range}: ${c.forms.join('   ')}`,
    ...c.shared.map((s) => `    ${s.product} is formed once, for ${s.by.join(' and ')}`),
    ...c.merged.map((m) => `    weight-centric: ${m} is formed (merging pays for itself at these counts)`),
  ];
}
