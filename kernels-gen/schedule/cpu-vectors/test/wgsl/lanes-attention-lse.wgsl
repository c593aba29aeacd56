enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 0) / 1) * 4) { return; }
 let tile = i32(u32(group) / 4u);
 let head = group - tile * 4;
 let first_row = tile * 1;
 let place = lane;
 let row_0 = first_row + 0;
 let at_0 = min(row_0, tokens - 1);
 let key_head = i32(u32(head) / 2u);
 let start_0 = arg2[at_0];
 var most_0 = 0.0f;
 var total_0 = 0.0f;
 var lowest_first_row = arg2[min(first_row, tokens - 1)];
 for (var u = 1; u < 1 + (group >> 31); u += 1) {
  lowest_first_row = min(lowest_first_row, arg2[min(first_row + u, tokens - 1)]);
 }
 let first = max(0, lowest_first_row);
 for (var block = first; block < min(first_row + 1, tokens); block += 8) {
  let other = block + place;
  var s_0 = 0.0f;
  let s_row_0 = (at_0 * 4 + head) * 16;
  let s_stream = (min(other, tokens - 1) * 2 + key_head) * 16;
  for (var c = 0; c < 16 + (group >> 31); c += 8) {
   let mine = c + lane;
   let s_held_0 = arg0[s_row_0 + mine];
   for (var step = 0; step < 8 + (group >> 31); step += 1) {
    let s_other = arg1[s_stream + c + step];
    s_0 = fma(subgroupShuffle(s_held_0, u32(step)), s_other, s_0);
   }
  }
  if (other >= start_0 && other <= row_0) {
   let score = s_0 * 0.25f;
   let larger = select(max(most_0, score), score, total_0 == 0.0f);
   let before = select(total_0 * exp(most_0 - larger), 0.0f, total_0 == 0.0f);
   total_0 = before + exp(score - larger);
   most_0 = larger;
  }
 }
 var all_most_0 = 0.0f;
 var all_total_0 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_0, u32(u));
  let its_total = subgroupShuffle(total_0, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_0, its_most), its_most, all_total_0 == 0.0f);
   let before = select(all_total_0 * exp(all_most_0 - larger), 0.0f, all_total_0 == 0.0f);
   all_total_0 = before + its_total * exp(its_most - larger);
   all_most_0 = larger;
  }
 }
 if (place == 0 && row_0 < tokens) {
  out[row_0 * 4 + head] = select(0.0f, all_most_0 + log(max(all_total_0, 1.0e-30f)), all_total_0 > 0.0f);
 }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 4) { return; }
 let tile = i32(u32(group) / 4u);
 let head = group - tile * 4;
 let first_row = tile * 8;
 let place = lane;
 let row_0 = first_row + 0;
 let at_0 = min(row_0, tokens - 1);
 let row_1 = first_row + 1;
 let at_1 = min(row_1, tokens - 1);
 let row_2 = first_row + 2;
 let at_2 = min(row_2, tokens - 1);
 let row_3 = first_row + 3;
 let at_3 = min(row_3, tokens - 1);
 let row_4 = first_row + 4;
 let at_4 = min(row_4, tokens - 1);
 let row_5 = first_row + 5;
 let at_5 = min(row_5, tokens - 1);
 let row_6 = first_row + 6;
 let at_6 = min(row_6, tokens - 1);
 let row_7 = first_row + 7;
 let at_7 = min(row_7, tokens - 1);
 let key_head = i32(u32(head) / 2u);
 let start_0 = arg2[at_0];
 var most_0 = 0.0f;
 var total_0 = 0.0f;
 let start_1 = arg2[at_1];
 var most_1 = 0.0f;
 var total_1 = 0.0f;
 let start_2 = arg2[at_2];
 var most_2 = 0.0f;
 var total_2 = 0.0f;
 let start_3 = arg2[at_3];
 var most_3 = 0.0f;
 var total_3 = 0.0f;
 let start_4 = arg2[at_4];
 var most_4 = 0.0f;
 var total_4 = 0.0f;
 let start_5 = arg2[at_5];
 var most_5 = 0.0f;
 var total_5 = 0.0f;
 let start_6 = arg2[at_6];
 var most_6 = 0.0f;
 var total_6 = 0.0f;
 let start_7 = arg2[at_7];
 var most_7 = 0.0f;
 var total_7 = 0.0f;
 var lowest_first_row = arg2[min(first_row, tokens - 1)];
 for (var u = 1; u < 8 + (group >> 31); u += 1) {
  lowest_first_row = min(lowest_first_row, arg2[min(first_row + u, tokens - 1)]);
 }
 let first = max(0, lowest_first_row);
 for (var block = first; block < min(first_row + 8, tokens); block += 8) {
  let other = block + place;
  var s_0 = 0.0f;
  let s_row_0 = (at_0 * 4 + head) * 16;
  var s_1 = 0.0f;
  let s_row_1 = (at_1 * 4 + head) * 16;
  var s_2 = 0.0f;
  let s_row_2 = (at_2 * 4 + head) * 16;
  var s_3 = 0.0f;
  let s_row_3 = (at_3 * 4 + head) * 16;
  var s_4 = 0.0f;
  let s_row_4 = (at_4 * 4 + head) * 16;
  var s_5 = 0.0f;
  let s_row_5 = (at_5 * 4 + head) * 16;
  var s_6 = 0.0f;
  let s_row_6 = (at_6 * 4 + head) * 16;
  var s_7 = 0.0f;
  let s_row_7 = (at_7 * 4 + head) * 16;
  let s_stream = (min(other, tokens - 1) * 2 + key_head) * 16;
  for (var c = 0; c < 16 + (group >> 31); c += 8) {
   let mine = c + lane;
   let s_held_0 = arg0[s_row_0 + mine];
   let s_held_1 = arg0[s_row_1 + mine];
   let s_held_2 = arg0[s_row_2 + mine];
   let s_held_3 = arg0[s_row_3 + mine];
   let s_held_4 = arg0[s_row_4 + mine];
   let s_held_5 = arg0[s_row_5 + mine];
   let s_held_6 = arg0[s_row_6 + mine];
   let s_held_7 = arg0[s_row_7 + mine];
   for (var step = 0; step < 8 + (group >> 31); step += 1) {
    let s_other = arg1[s_stream + c + step];
    s_0 = fma(subgroupShuffle(s_held_0, u32(step)), s_other, s_0);
    s_1 = fma(subgroupShuffle(s_held_1, u32(step)), s_other, s_1);
    s_2 = fma(subgroupShuffle(s_held_2, u32(step)), s_other, s_2);
    s_3 = fma(subgroupShuffle(s_held_3, u32(step)), s_other, s_3);
    s_4 = fma(subgroupShuffle(s_held_4, u32(step)), s_other, s_4);
    s_5 = fma(subgroupShuffle(s_held_5, u32(step)), s_other, s_5);
    s_6 = fma(subgroupShuffle(s_held_6, u32(step)), s_other, s_6);
    s_7 = fma(subgroupShuffle(s_held_7, u32(step)), s_other, s_7);
   }
  }
  if (other >= start_0 && other <= row_0) {
   let score = s_0 * 0.25f;
   let larger = select(max(most_0, score), score, total_0 == 0.0f);
   let before = select(total_0 * exp(most_0 - larger), 0.0f, total_0 == 0.0f);
   total_0 = before + exp(score - larger);
   most_0 = larger;
  }
  if (other >= start_1 && other <= row_1) {
   let score = s_1 * 0.25f;
   let larger = select(max(most_1, score), score, total_1 == 0.0f);
   let before = select(total_1 * exp(most_1 - larger), 0.0f, total_1 == 0.0f);
   total_1 = before + exp(score - larger);
   most_1 = larger;
  }
  if (other >= start_2 && other <= row_2) {
   let score = s_2 * 0.25f;
   let larger = select(max(most_2, score), score, total_2 == 0.0f);
   let before = select(total_2 * exp(most_2 - larger), 0.0f, total_2 == 0.0f);
   total_2 = before + exp(score - larger);
   most_2 = larger;
  }
  if (other >= start_3 && other <= row_3) {
   let score = s_3 * 0.25f;
   let larger = select(max(most_3, score), score, total_3 == 0.0f);
   let before = select(total_3 * exp(most_3 - larger), 0.0f, total_3 == 0.0f);
   total_3 = before + exp(score - larger);
   most_3 = larger;
  }
  if (other >= start_4 && other <= row_4) {
   let score = s_4 * 0.25f;
   let larger = select(max(most_4, score), score, total_4 == 0.0f);
   let before = select(total_4 * exp(most_4 - larger), 0.0f, total_4 == 0.0f);
   total_4 = before + exp(score - larger);
   most_4 = larger;
  }
  if (other >= start_5 && other <= row_5) {
   let score = s_5 * 0.25f;
   let larger = select(max(most_5, score), score, total_5 == 0.0f);
   let before = select(total_5 * exp(most_5 - larger), 0.0f, total_5 == 0.0f);
   total_5 = before + exp(score - larger);
   most_5 = larger;
  }
  if (other >= start_6 && other <= row_6) {
   let score = s_6 * 0.25f;
   let larger = select(max(most_6, score), score, total_6 == 0.0f);
   let before = select(total_6 * exp(most_6 - larger), 0.0f, total_6 == 0.0f);
   total_6 = before + exp(score - larger);
   most_6 = larger;
  }
  if (other >= start_7 && other <= row_7) {
   let score = s_7 * 0.25f;
   let larger = select(max(most_7, score), score, total_7 == 0.0f);
   let before = select(total_7 * exp(most_7 - larger), 0.0f, total_7 == 0.0f);
   total_7 = before + exp(score - larger);
   most_7 = larger;
  }
 }
 var all_most_0 = 0.0f;
 var all_total_0 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_0, u32(u));
  let its_total = subgroupShuffle(total_0, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_0, its_most), its_most, all_total_0 == 0.0f);
   let before = select(all_total_0 * exp(all_most_0 - larger), 0.0f, all_total_0 == 0.0f);
   all_total_0 = before + its_total * exp(its_most - larger);
   all_most_0 = larger;
  }
 }
 if (place == 0 && row_0 < tokens) {
  out[row_0 * 4 + head] = select(0.0f, all_most_0 + log(max(all_total_0, 1.0e-30f)), all_total_0 > 0.0f);
 }
 var all_most_1 = 0.0f;
 var all_total_1 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_1, u32(u));
  let its_total = subgroupShuffle(total_1, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_1, its_most), its_most, all_total_1 == 0.0f);
   let before = select(all_total_1 * exp(all_most_1 - larger), 0.0f, all_total_1 == 0.0f);
   all_total_1 = before + its_total * exp(its_most - larger);
   all_most_1 = larger;
  }
 }
 if (place == 0 && row_1 < tokens) {
  out[row_1 * 4 + head] = select(0.0f, all_most_1 + log(max(all_total_1, 1.0e-30f)), all_total_1 > 0.0f);
 }
 var all_most_2 = 0.0f;
 var all_total_2 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_2, u32(u));
  let its_total = subgroupShuffle(total_2, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_2, its_most), its_most, all_total_2 == 0.0f);
   let before = select(all_total_2 * exp(all_most_2 - larger), 0.0f, all_total_2 == 0.0f);
   all_total_2 = before + its_total * exp(its_most - larger);
   all_most_2 = larger;
  }
 }
 if (place == 0 && row_2 < tokens) {
  out[row_2 * 4 + head] = select(0.0f, all_most_2 + log(max(all_total_2, 1.0e-30f)), all_total_2 > 0.0f);
 }
 var all_most_3 = 0.0f;
 var all_total_3 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_3, u32(u));
  let its_total = subgroupShuffle(total_3, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_3, its_most), its_most, all_total_3 == 0.0f);
   let before = select(all_total_3 * exp(all_most_3 - larger), 0.0f, all_total_3 == 0.0f);
   all_total_3 = before + its_total * exp(its_most - larger);
   all_most_3 = larger;
  }
 }
 if (place == 0 && row_3 < tokens) {
  out[row_3 * 4 + head] = select(0.0f, all_most_3 + log(max(all_total_3, 1.0e-30f)), all_total_3 > 0.0f);
 }
 var all_most_4 = 0.0f;
 var all_total_4 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_4, u32(u));
  let its_total = subgroupShuffle(total_4, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_4, its_most), its_most, all_total_4 == 0.0f);
   let before = select(all_total_4 * exp(all_most_4 - larger), 0.0f, all_total_4 == 0.0f);
   all_total_4 = before + its_total * exp(its_most - larger);
   all_most_4 = larger;
  }
 }
 if (place == 0 && row_4 < tokens) {
  out[row_4 * 4 + head] = select(0.0f, all_most_4 + log(max(all_total_4, 1.0e-30f)), all_total_4 > 0.0f);
 }
 var all_most_5 = 0.0f;
 var all_total_5 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_5, u32(u));
  let its_total = subgroupShuffle(total_5, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_5, its_most), its_most, all_total_5 == 0.0f);
   let before = select(all_total_5 * exp(all_most_5 - larger), 0.0f, all_total_5 == 0.0f);
   all_total_5 = before + its_total * exp(its_most - larger);
   all_most_5 = larger;
  }
 }
 if (place == 0 && row_5 < tokens) {
  out[row_5 * 4 + head] = select(0.0f, all_most_5 + log(max(all_total_5, 1.0e-30f)), all_total_5 > 0.0f);
 }
 var all_most_6 = 0.0f;
 var all_total_6 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_6, u32(u));
  let its_total = subgroupShuffle(total_6, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_6, its_most), its_most, all_total_6 == 0.0f);
   let before = select(all_total_6 * exp(all_most_6 - larger), 0.0f, all_total_6 == 0.0f);
   all_total_6 = before + its_total * exp(its_most - larger);
   all_most_6 = larger;
  }
 }
 if (place == 0 && row_6 < tokens) {
  out[row_6 * 4 + head] = select(0.0f, all_most_6 + log(max(all_total_6, 1.0e-30f)), all_total_6 > 0.0f);
 }
 var all_most_7 = 0.0f;
 var all_total_7 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = subgroupShuffle(most_7, u32(u));
  let its_total = subgroupShuffle(total_7, u32(u));
  if (its_total > 0.0f) {
   let larger = select(max(all_most_7, its_most), its_most, all_total_7 == 0.0f);
   let before = select(all_total_7 * exp(all_most_7 - larger), 0.0f, all_total_7 == 0.0f);
   all_total_7 = before + its_total * exp(its_most - larger);
   all_most_7 = larger;
  }
 }
 if (place == 0 && row_7 < tokens) {
  out[row_7 * 4 + head] = select(0.0f, all_most_7 + log(max(all_total_7, 1.0e-30f)), all_total_7 > 0.0f);
 }
}
