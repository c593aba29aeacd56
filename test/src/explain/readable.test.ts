/**
 * The text of `oftc explain` for every method takes about 20 lines of a terminal's width, and defines every name once.
 * In full, nothing is left out. `npx vitest run test/src/explain -u` writes the goldens anew.
 */
import { describe, expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { dimNames } from '../../../compiler/dims/dims.ts';
import { topological } from '../../../compiler/ir/build.ts';
import { countAssociations } from '../../../compiler/rewrite/enumerate.ts';
import { planCost } from '../../../kernels-gen/index.ts';
import type { Explanation } from '../../../src/explain/index.ts';
import { chosenOf, ordered } from '../../../src/explain/ordered.ts';
import { renderExplanation } from '../../../src/explain/text.ts';
import { sampledLine, sampledText } from '../../../src/identity/sampled-text.ts';
import { families, familyLine } from '../../../src/language/formulas/families.ts';
import { compileOn } from '../../../src/session/plan.ts';
import { planOf } from '../../../src/session/session.ts';
import { variantsIn } from '../../support/plans.ts';
import { oftc } from '../cli/harness.ts';
import { expectUnfolds } from '../language/formulas/unfold.ts';
import { ADAPTERS, type Case, explained, LIBRARY, layersOf, programOfCase } from './library.ts';

/** The largest number of lines of an explanation: about 20, and more for a layer with many parameters. */
const LINES = 34;
const USUAL_LINES = 22;
const COLUMNS = 120;

const flat = (text: string): string => text.replace(/\s+/g, ' ');
/** A text without white space, because a line may break before any factor. */
const dense = (text: string): string => text.replace(/\s+/g, '');

/** The formulas of an explanation, without its laws, probability and notation, which use letters of their own. */
function formulasOf(text: string, e: Explanation): string {
  const laws = new Set([...e.training, ...e.inference].flatMap((d) => d.steps.map((s) => s.law)));
  const said = flat(text).split(/ Times and guards | Notation | Kernels are those /)[0]!;
  const longest = [...laws].sort((a, b) => b.length - a.length);
  return longest
    .reduce((rest, law) => rest.replaceAll(flat(law), ''), said)
    .replaceAll(/up to O\S+/g, '')
    .replace(flat(sampledLine(e.sampled!)), '');
}

/** The names that a text defines. `Pᵢ = …` for i = 0…3 defines four. */
function definitions(text: string): string[] {
  const defined = [...text.matchAll(/(?<= )(\p{L}′?)([₀-₉]+|ᵢ)? = /gu)];
  return defined.flatMap(({ 1: letter, 2: number = '', index }) => {
    if (number !== 'ᵢ') return [`${letter}${number}`];
    const [, from, to] = /\(i = (\d+)(?:…|, )(\d+)/.exec(text.slice(index))!;
    return Array.from(
      { length: Number(to) - Number(from) + 1 },
      (_, k) => `${letter}${sub(Number(from) + k)}`,
    );
  });
}

const sub = (n: number): string => [...String(n)].map((d) => '₀₁₂₃₄₅₆₇₈₉'[Number(d)]).join('');

/** The names in a text: letters, perhaps with a number or an index. Σ is no name, nor is the end of `₂₋ᵢ`. */
const namesIn = (text: string): string[] =>
  (text.match(/(?!ᵀ)[\p{L}_](?:(?!ᵀ)[\p{L}\d_.′])*[₀-₉]*/gu) ?? []).filter(
    (word) => /^\p{L}′?(ᵢ|[₀-₉]*)$/u.test(word) && !/^[Σᵢⁱ]/.test(word),
  );

function givenBy(c: Case): Set<string> {
  const program = programOfCase(c);
  const nodes = topological(program.outputs.map((o) => o.node));
  const dims = [...nodes, ...program.inputs].flatMap((n) => n.type.shape.flatMap(dimNames));
  const names = [...program.inputs, ...program.outputs].map((n) => n.name);
  return new Set([...names, ...dims, ...Object.keys(program.where), 'I', 'i']);
}

const CASES = LIBRARY.flatMap((c) => (['bound', 'unbound'] as const).map((sizes) => ({ ...c, sizes })));

/** The number of lines of each case's text. */
const lengths: number[] = [];

describe.each(CASES)('$name, sizes $sizes', ({ sizes, ...c }) => {
  const e = explained(c, sizes);
  const text = renderExplanation(e);
  lengths.push(text.split('\n').length);
  const full = renderExplanation(e, { full: true });
  const derivations = [...e.training, ...e.inference];

  it('takes few lines', () => {
    const lines = text.split('\n');
    expect(lines.length).toBeLessThanOrEqual(LINES);
    for (const line of [...lines, ...full.split('\n')])
      expect(line.length, line).toBeLessThanOrEqual(COLUMNS);
    expect(text).not.toMatch(/ $/m);
  });

  it('defines every name once, before or beside its use, and no other', () => {
    const said = formulasOf(text, e);
    const given = givenBy(c);
    const defined = definitions(said).filter((n) => !given.has(n));
    expect(defined).toEqual([...new Set(defined)]);
    const legend = new Set(e.legend.map((l) => l.name));
    expect(defined.filter((n) => !legend.has(n))).toEqual([]);
    const letters = new Set(defined.map((n) => n.replace(/[₀-₉]+$/, '')));
    const withoutUnits = said.replace(
      /(?<![\p{L}\d])\d[\d.]*(?:e-\d+|[kMGTP](?![\p{L}\d₀-₉])| (?:[mµ]?s|B)(?![\p{L}\d]))|’s/gu,
      '',
    );
    const letter = (n: string) => n.replace(/[₀-₉ᵢ]+$/, '');
    const named = new Set([...legend].map(letter));
    const isCut = (n: string) => named.has(letter(n)) && /and \d+ more definitions, with --full/.test(text);
    const unknown = namesIn(withoutUnits.replace(/[₀-₉]+₋ᵢ/g, 'ᵢ')).filter(
      (n) =>
        !isCut(n) &&
        !given.has(n) &&
        !defined.includes(n) &&
        !(n.endsWith('ᵢ') && letters.has(n.slice(0, -1))),
    );
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('cuts nothing', () => {
    const said = formulasOf(text, e);
    let [depth, least] = [0, 0];
    for (const sign of said) {
      depth += '([{'.includes(sign) ? 1 : ')]}'.includes(sign) ? -1 : 0;
      least = Math.min(least, depth);
    }
    expect({ depth, least }).toEqual({ depth: 0, least: 0 });
    expect(said.replace(/\d…\d|[₀-₉]…[₀-₉]/g, '')).not.toContain('…');
    const all = dense(text);
    for (const f of e.formula) expect(all).toContain(dense(f));
    const own = chosenOf(e);
    for (const f of families(own.derived.map(ordered(own, e.tokens))))
      expect(all).toContain(dense(familyLine(f)));
  });

  it('names each law, and has no line that says nothing', () => {
    for (const { rule } of chosenOf(e).steps) expect(flat(text)).toMatch(new RegExp(`[ ,]${rule}(,| |$)`));
    for (const line of [...text.split('\n'), ...full.split('\n')]) {
      expect(line).not.toMatch(/(?:^|\s{2})(?:e\.g\. )?(\S.*) → \1(?:\s{2}|$)/);
      expect(line).not.toContain('chosen for none');
    }
  });

  it('has families that stand for their members', () => {
    for (const texts of [
      e.legend.map((l) => `${l.name} = ${l.formula}`),
      e.kernels.map((k) => k.computes),
      e.facts,
    ])
      expectUnfolds(texts, families(texts));
  });

  it('says first what it costs, and whether it is input-centric', () => {
    const [first] = text.split('\n');
    expect(full.split('\n')[0]).toBe(first);
    if (sizes === 'unbound') return expect(first).toContain(`${e.unbound.join(', ')} unbound`);
    expect(first).toMatch(
      /^as written [\d.]+ [MGT]FLOP, \d+ launches, [\d.]+ [kMG]?B of temporaries → derived [\d.]+ [MGT]FLOP, \d+ launches, [\d.]+ [kMG]?B; (?:not )?input-centric$/,
    );
    // W ⊙ B·A has full rank, and so have W·diag(B), a sparse matrix and all of RandLoRA's scaled bases together.
    const isSparse = ['shira', 'waveft', 'frod'].includes(c.layer);
    const hasFullRank = ['hira', 'randlora'].includes(c.layer) || c.name.includes('bat') || isSparse;
    expect(first!.includes('not input-centric')).toBe(hasFullRank);
    const { own, written } = e.cost!;
    expect(own.flops).toBeLessThanOrEqual(1.001 * written!.flops);
    // A search for SHiRA's positions has tables, which are larger than a sparse matrix.
    if (c.layer === 'shira') return;
    // SVFT, RandLoRA and OSF are written input-centrically.
    const saved = ['svft', 'randlora', 'osf'].includes(c.layer) ? 0 : 1;
    expect(own.peakTemporaryBytes).toBeLessThanOrEqual(written!.peakTemporaryBytes - saved);
  });

  it('says what a test of the derivation is worth', () => {
    expect(flat(text)).toContain(flat(sampledLine(e.sampled!)));
    expect(flat(full)).toContain(flat(sampledText(e.sampled!)));
    expect(e.sampled).not.toHaveProperty('failure');
    if ('untested' in e.sampled!)
      return expect([c.layer, e.sampled.untested]).toEqual([
        expect.stringMatching(/^(q?goft|walsh)$/),
        expect.stringContaining('it takes too long here at out='),
      ]);
    expect(e.sampled!).toMatchObject({ trials: 5 });
  });

  it('counts all kernels', () => {
    const counts = [...text.matchAll(/ (\d+) × +[\d.]+[kMGT]? +[\d.]+[kMGT]? +[\d.]+ [mµ]?s {3}/g)].map(
      ([, n]) => Number(n),
    );
    expect(counts.reduce((a, b) => a + b, 0)).toBe(e.kernels.length);
  });

  it('leaves nothing out in full', () => {
    const all = dense(full);
    const twins = [...flat(full).matchAll(/the same with (.+?) for (.+?) \(/g)].map(([, to, from]) => {
      const [here, there] = [to!.split(', '), from!.split(', ')];
      return new Map(here.map((name, k) => [name, there[k]!]));
    });
    const isTold = (form: string) =>
      [new Map<string, string>(), ...twins].some((m) =>
        all.includes(dense(form.replace(/[\p{L}_](?:(?!ᵀ)[\p{L}\d_.′])*[₀-₉]*/gu, (n) => m.get(n) ?? n))),
      );
    for (const d of derivations) {
      for (const s of d.steps) {
        if (s.before !== s.after)
          expect(all).toContain(dense(s.rule === 'vjp' ? s.after.replace('outputs, ', '') : s.before));
        for (const at of s.at) expect(all).toContain(at);
      }
      for (const form of d.groups.flatMap((g) => g.candidates.flatMap((k) => k.forms)))
        expect(isTold(form) || /[₀-₉]/.test(form), form).toBe(true);
    }
    for (const k of e.kernels) expect(all).toContain(dense(k.computes));
    const fired = derivations.reduce((n, d) => n + d.steps.length, 0);
    const told = [...full.matchAll(/^ {2}[\w-]+(?: ×(\d+))? {3}/gm)].map(([, n]) => Number(n ?? 1));
    expect(told.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(fired);
    expect(full.length).toBeGreaterThanOrEqual(text.length);
  });

  it('has all of it as data', () => {
    expect(JSON.parse(JSON.stringify(e))).toEqual(e);
    const program = programOfCase(c);
    if (sizes === 'unbound') {
      const { passes } = derive(program, { gradients: true });
      expect(e.training[0]!.steps).toHaveLength(passes.flatMap((s) => s.fired).length + 1);
      return;
    }
    const compiled = compileOn(DEFAULT_CLASS, program, { gradients: true, sizes: e.dims });
    const both = [compiled, compiled.few, compiled.pinned].filter((d) => d !== undefined);
    expect(e.training).toHaveLength(both.length);
    for (const [n, { passes, decision }] of both.entries()) {
      const own = e.training[n]!;
      expect(own.steps).toHaveLength(passes.flatMap((s) => s.fired).length + 1);
      expect(own.chosenFor).toEqual(
        decision!.chosen.map(({ minTokens, maxTokens }) => ({ minTokens, maxTokens })),
      );
      expect(own.groups.map((g) => g.associations)).toEqual(decision!.groups.map(countAssociations));
      for (const g of own.groups) {
        if (g.complete) expect(g.candidates).toHaveLength(g.associations);
        for (const k of g.candidates) expect(k.at!.seconds).toBeGreaterThan(0);
        // The chosen association is one of the candidates.
        for (const k of g.chosen) expect(g.candidates.map((x) => x.forms)).toContainEqual(k.forms);
      }
    }
    const plan = planOf(compiled, { devices: [DEFAULT_CLASS] });
    const asWritten = compileOn(DEFAULT_CLASS, program, { gradients: true, sizes: e.dims, asWritten: true });
    expect(e.cost).toEqual({
      own: planCost(plan, e.tokens),
      written: planCost(planOf(asWritten, { devices: [DEFAULT_CLASS] }), e.tokens),
    });
    const variants = variantsIn(plan, DEFAULT_CLASS.name);
    const variant = variants.find((v) => v.maxTokens === null || e.tokens <= v.maxTokens)!;
    expect(e.kernels).toHaveLength(variant.steps.length);
    for (const [n, { bind }] of variant.steps.entries()) {
      const target = bind.at(-1)!;
      const last = e.kernels[n]!.computes.split('; ').at(-1)!;
      if (!('output' in target)) continue;
      // A temporary that lies in an output's buffer has no name until the output is written.
      const again = variant.steps
        .slice(n + 1)
        .some((s) => JSON.stringify(s.bind.at(-1)) === JSON.stringify(target));
      if (again) expect(last).not.toMatch(new RegExp(`^${target.output.replaceAll('.', '\\.')}( =|$)`));
      else expect(last.split(' = ')[0]).toBe(target.output);
    }
  });
});

it('usually takes about 20 lines', () => {
  expect(lengths).toHaveLength(CASES.length);
  expect(lengths.toSorted((a, b) => a - b)[lengths.length / 2]).toBeLessThanOrEqual(USUAL_LINES);
});

it('covers every layer of the library', async () => {
  expect(new Set(LIBRARY.map((c) => `${c.file} ${c.layer}`))).toEqual(new Set(await layersOf()));
});

const GOLDEN = [
  { name: 'oft', file: 'oft.ts', options: [] },
  { name: 'oft-as-written', file: 'oft.ts', options: ['--as-written'] },
  { name: 'boft-4-factors', file: 'boft.ts', options: ['--set', 'factors=4'] },
];

describe.each(GOLDEN)('the text of $name', ({ name, file, options }) => {
  const explain = (...more: string[]) =>
    oftc('explain', ADAPTERS + file, '--dims', 'in=4096,out=4096,b=32', ...options, ...more);

  it('is the golden text, as the command prints it', async () => {
    const { exit, stdout } = await explain();
    expect(exit).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('is longer in full, and JSON has all that both need', async () => {
    const [text, full, json] = [await explain(), await explain('--full'), await explain('--json')];
    expect(full.stdout.split('\n').length).toBeGreaterThan(2 * text.stdout.split('\n').length);
    const e: Explanation = JSON.parse(json.stdout);
    expect(`${renderExplanation(e)}\n`).toBe(text.stdout);
    expect(`${renderExplanation(e, { full: true })}\n`).toBe(full.stdout);
  });
});
