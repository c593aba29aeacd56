/** ROUGE by the formula of rouge-score 0.1.2 without its stemmer, in values computed by hand and by another program. */
import { expect, it } from 'vitest';
import { meanRouge, rougeOf } from '../../../src/finetune/rouge.ts';

it.each([
  ['testing', 'testing one two', 0.5, 0, 0.5],
  ['a', 'b', 0, 0, 0],
  ['', 'b', 0, 0, 0],
  ['the the the cat', 'the cat cat', 4 / 7, 0.4, 4 / 7],
  [
    'The quick brown dog jumps on the log.',
    'The quick brown fox jumps over the lazy dog',
    12 / 17,
    4 / 15,
    10 / 17,
  ],
  [
    'On Monday the mayor opened a bridge in Ulm; she is 41.',
    'The mayor of Ulm, aged 41, opened the new bridge on Monday.',
    2 / 3,
    2 / 11,
    1 / 3,
  ],
  ['it s 3 5 km na ve', 'It’s 3.5 km — naïve!', 1, 1, 1],
])('%j against %j', (text, reference, rouge1, rouge2, rougeL) => {
  const found = rougeOf(text, reference);
  expect(found.rouge1).toBeCloseTo(rouge1, 12);
  expect(found.rouge2).toBeCloseTo(rouge2, 12);
  expect(found.rougeL).toBeCloseTo(rougeL, 12);
});

/**
 * The cases of rouge-score's own tests: google-research/google-research, rouge/rouge_scorer_test.py with
 * rouge/testdata/prediction.txt and target.txt, Apache License 2.0. Those of random words have the values of the Perl
 * script ROUGE-1.5.5, to five places.
 */
const TARGETS = [
  `ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L`,
  `KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN`,
] as const;
const PREDICTIONS = [
  `rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi`,
  `n cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD`,
] as const;

it.each([
  ['nothing', '', 'testing one two', 0, 0, 0],
  ['its first words', 'testing one', 'testing one two', 4 / 5, 2 / 3, 4 / 5],
  ['words apart', 'testing two', 'testing one two', 4 / 5, 0, 4 / 5],
  ['random words', PREDICTIONS[0], TARGETS[0], 0.51163, 0.39024, 0.51163],
  ['more random words', PREDICTIONS[1], TARGETS[1], 0.5, 0.36364, 0.5],
])('has the values of rouge-score’s tests for %s', (_, text, reference, rouge1, rouge2, rougeL) => {
  const found = rougeOf(text, reference);
  expect(found.rouge1).toBeCloseTo(rouge1, 5);
  expect(found.rouge2).toBeCloseTo(rouge2, 5);
  expect(found.rougeL).toBeCloseTo(rougeL, 5);
});

it('is the mean over texts', () => {
  const pairs = [
    { text: 'testing', reference: 'testing one two' },
    { text: 'a', reference: 'b' },
  ];
  expect(meanRouge(pairs)).toEqual({ rouge1: 0.25, rouge2: 0, rougeL: 0.25 });
});
