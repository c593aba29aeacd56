/** Prints what an adapter keeps of the angles between neurons, and of their hyperspherical energy. */

import type { AnglesAndEnergy, KeptAngles } from '../../energy/kept.ts';
import { PAIRS_SEED } from '../../energy/separations.ts';
import { changed, degrees, percent } from '../../energy/text.ts';
import { table } from '../../explain/layout.ts';
import type { KeptByProjection } from '../../finetune/kept-angles.ts';

const cells = ({ largest, rms, energyChange }: AnglesAndEnergy): string[] => [
  degrees(largest),
  degrees(rms),
  changed(energyChange),
];

/** A table with a row for each projection and the total last, and what its columns are. */
export function anglesText({ all, ...each }: KeptByProjection): string[] {
  const { truncation } = all;
  const exactOf = (of: KeptAngles): string[] => {
    const { exact, missed } = of.truncation ?? { exact: of, missed: null };
    return truncation ? [...cells(exact), percent(missed)] : [];
  };
  const row = (name: string, of: KeptAngles) => ({
    cells: [
      name,
      percent(of.moved),
      of.energyBefore.toPrecision(6),
      of.energy.toPrecision(6),
      ...cells(of),
      ...exactOf(of),
    ],
    items: [`${of.pairs} of ${of.of}`],
  });
  const head = {
    cells: [
      '',
      'moved',
      'energy',
      'after',
      'largest',
      'rms',
      'change',
      ...(truncation ? ['exact: largest', 'rms', 'change', 'missed'] : []),
    ],
    items: ['pairs'],
  };
  const rows = [...Object.entries(each).map(([name, of]) => row(name, of)), row('all', all)];
  return [
    ...table(head, rows, '  ', 'left').map((line) => line.trimEnd()),
    `moved: ‖W′ − W‖ ÷ ‖W‖; energy: Σ 1/‖ŵᵢ − ŵⱼ‖ over all i ≠ j${all.pairs < all.of ? `, from a sample of pairs (seed ${PAIRS_SEED})` : ''}; largest, rms: of the changes of angles between neurons.`,
    ...(truncation
      ? [
          'exact: with the Cayley transform in place of its truncated series; missed: ‖W′ − W′ₑ‖ ÷ ‖W′ₑ − W‖ for the exact W′ₑ.',
        ]
      : []),
    ...(all.leftOut > 0
      ? [`${all.leftOut} of these pairs are left out: neurons of one direction, or of 0, have no energy.`]
      : []),
  ];
}
