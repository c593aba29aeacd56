enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 0) / 1) * 3) { return; }
 let tile = i32(u32(group) / 3u);
 let head = group - tile * 3;
 let first_row = tile * 1;
 let place = lane;
 let row_0 = first_row + 0;
 let at_0 = min(row_0, tokens - 1);
 let key_head = i32(u32(head) / 3u);
 let start_0 = arg2[at_0];
 let lse_0 = arg4[at_0 * 3 + head];
 var sum_0_0 = 0.0f;
 var sum_0_1 = 0.0f;
 var lowest_first_row = arg2[min(first_row, tokens - 1)];
 for (var u = 1; u < 1 + (group >> 31); u += 1) {
  lowest_first_row = min(lowest_first_row, arg2[min(first_row + u, tokens - 1)]);
 }
 let first = max(0, lowest_first_row);
 for (var block = first; block < min(first_row + 1, tokens); block += 8) {
  let other = block + place;
  var s_0 = 0.0f;
  let s_row_0 = (at_0 * 3 + head) * 13;
  let s_stream = (min(other, tokens - 1) * 1 + key_head) * 13;
  for (var c = 0; c < 13 + (group >> 31); c += 8) {
   let mine = min(c + lane, 12);
   let s_held_0 = arg0[s_row_0 + mine];
   for (var step = 0; step < min(8, 13 - c); step += 1) {
    let s_other = arg1[s_stream + c + step];
    s_0 = fma(subgroupShuffle(s_held_0, u32(step)), s_other, s_0);
   }
  }
  let w_0 = select(0.0f, exp(s_0 * 0.25f - lse_0), other >= start_0 && other <= row_0);
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let begin = (min(block + u, tokens - 1) * 1 + key_head) * 13;
   let sum_w_0 = subgroupShuffle(w_0, u32(u));
   let sum_x_0 = arg3[begin + place + 0];
   sum_0_0 = fma(sum_w_0, sum_x_0, sum_0_0);
   let sum_x_1 = arg3[begin + min(place + 8, 12)];
   sum_0_1 = fma(sum_w_0, sum_x_1, sum_0_1);
  }
 }
 if (row_0 < tokens) {
  out[(row_0 * 3 + head) * 13 + place + 0] = sum_0_0;
  if (place + 8 < 13) {
   out[(row_0 * 3 + head) * 13 + place + 8] = sum_0_1;
  }
 }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 3) { return; }
 let tile = i32(u32(group) / 3u);
 let head = group - tile * 3;
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
 let key_head = i32(u32(head) / 3u);
 let start_0 = arg2[at_0];
 let lse_0 = arg4[at_0 * 3 + head];
 let start_1 = arg2[at_1];
 let lse_1 = arg4[at_1 * 3 + head];
 let start_2 = arg2[at_2];
 let lse_2 = arg4[at_2 * 3 + head];
 let start_3 = arg2[at_3];
 let lse_3 = arg4[at_3 * 3 + head];
 let start_4 = arg2[at_4];
 let lse_4 = arg4[at_4 * 3 + head];
 let start_5 = arg2[at_5];
 let lse_5 = arg4[at_5 * 3 + head];
 let start_6 = arg2[at_6];
 let lse_6 = arg4[at_6 * 3 + head];
 let start_7 = arg2[at_7];
 let lse_7 = arg4[at_7 * 3 + head];
 var sum_0_0 = 0.0f;
 var sum_0_1 = 0.0f;
 var sum_1_0 = 0.0f;
 var sum_1_1 = 0.0f;
 var sum_2_0 = 0.0f;
 var sum_2_1 = 0.0f;
 var sum_3_0 = 0.0f;
 var sum_3_1 = 0.0f;
 var sum_4_0 = 0.0f;
 var sum_4_1 = 0.0f;
 var sum_5_0 = 0.0f;
 var sum_5_1 = 0.0f;
 var sum_6_0 = 0.0f;
 var sum_6_1 = 0.0f;
 var sum_7_0 = 0.0f;
 var sum_7_1 = 0.0f;
 var lowest_first_row = arg2[min(first_row, tokens - 1)];
 for (var u = 1; u < 8 + (group >> 31); u += 1) {
  lowest_first_row = min(lowest_first_row, arg2[min(first_row + u, tokens - 1)]);
 }
 let first = max(0, lowest_first_row);
 for (var block = first; block < min(first_row + 8, tokens); block += 8) {
  let other = block + place;
  var s_0 = 0.0f;
  let s_row_0 = (at_0 * 3 + head) * 13;
  var s_1 = 0.0f;
  let s_row_1 = (at_1 * 3 + head) * 13;
  var s_2 = 0.0f;
  let s_row_2 = (at_2 * 3 + head) * 13;
  var s_3 = 0.0f;
  let s_row_3 = (at_3 * 3 + head) * 13;
  var s_4 = 0.0f;
  let s_row_4 = (at_4 * 3 + head) * 13;
  var s_5 = 0.0f;
  let s_row_5 = (at_5 * 3 + head) * 13;
  var s_6 = 0.0f;
  let s_row_6 = (at_6 * 3 + head) * 13;
  var s_7 = 0.0f;
  let s_row_7 = (at_7 * 3 + head) * 13;
  let s_stream = (min(other, tokens - 1) * 1 + key_head) * 13;
  for (var c = 0; c < 13 + (group >> 31); c += 8) {
   let mine = min(c + lane, 12);
   let s_held_0 = arg0[s_row_0 + mine];
   let s_held_1 = arg0[s_row_1 + mine];
   let s_held_2 = arg0[s_row_2 + mine];
   let s_held_3 = arg0[s_row_3 + mine];
   let s_held_4 = arg0[s_row_4 + mine];
   let s_held_5 = arg0[s_row_5 + mine];
   let s_held_6 = arg0[s_row_6 + mine];
   let s_held_7 = arg0[s_row_7 + mine];
   for (var step = 0; step < min(8, 13 - c); step += 1) {
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
  let w_0 = select(0.0f, exp(s_0 * 0.25f - lse_0), other >= start_0 && other <= row_0);
  let w_1 = select(0.0f, exp(s_1 * 0.25f - lse_1), other >= start_1 && other <= row_1);
  let w_2 = select(0.0f, exp(s_2 * 0.25f - lse_2), other >= start_2 && other <= row_2);
  let w_3 = select(0.0f, exp(s_3 * 0.25f - lse_3), other >= start_3 && other <= row_3);
  let w_4 = select(0.0f, exp(s_4 * 0.25f - lse_4), other >= start_4 && other <= row_4);
  let w_5 = select(0.0f, exp(s_5 * 0.25f - lse_5), other >= start_5 && other <= row_5);
  let w_6 = select(0.0f, exp(s_6 * 0.25f - lse_6), other >= start_6 && other <= row_6);
  let w_7 = select(0.0f, exp(s_7 * 0.25f - lse_7), other >= start_7 && other <= row_7);
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let begin = (min(block + u, tokens - 1) * 1 + key_head) * 13;
   let sum_w_0 = subgroupShuffle(w_0, u32(u));
   let sum_w_1 = subgroupShuffle(w_1, u32(u));
   let sum_w_2 = subgroupShuffle(w_2, u32(u));
   let sum_w_3 = subgroupShuffle(w_3, u32(u));
   let sum_w_4 = subgroupShuffle(w_4, u32(u));
   let sum_w_5 = subgroupShuffle(w_5, u32(u));
   let sum_w_6 = subgroupShuffle(w_6, u32(u));
   let sum_w_7 = subgroupShuffle(w_7, u32(u));
   let sum_x_0 = arg3[begin + place + 0];
   sum_0_0 = fma(sum_w_0, sum_x_0, sum_0_0);
   sum_1_0 = fma(sum_w_1, sum_x_0, sum_1_0);
   sum_2_0 = fma(sum_w_2, sum_x_0, sum_2_0);
   sum_3_0 = fma(sum_w_3, sum_x_0, sum_3_0);
   sum_4_0 = fma(sum_w_4, sum_x_0, sum_4_0);
   sum_5_0 = fma(sum_w_5, sum_x_0, sum_5_0);
   sum_6_0 = fma(sum_w_6, sum_x_0, sum_6_0);
   sum_7_0 = fma(sum_w_7, sum_x_0, sum_7_0);
   let sum_x_1 = arg3[begin + min(place + 8, 12)];
   sum_0_1 = fma(sum_w_0, sum_x_1, sum_0_1);
   sum_1_1 = fma(sum_w_1, sum_x_1, sum_1_1);
   sum_2_1 = fma(sum_w_2, sum_x_1, sum_2_1);
   sum_3_1 = fma(sum_w_3, sum_x_1, sum_3_1);
   sum_4_1 = fma(sum_w_4, sum_x_1, sum_4_1);
   sum_5_1 = fma(sum_w_5, sum_x_1, sum_5_1);
   sum_6_1 = fma(sum_w_6, sum_x_1, sum_6_1);
   sum_7_1 = fma(sum_w_7, sum_x_1, sum_7_1);
  }
 }
 if (row_0 < tokens) {
  out[(row_0 * 3 + head) * 13 + place + 0] = sum_0_0;
  if (place + 8 < 13) {
   out[(row_0 * 3 + head) * 13 + place + 8] = sum_0_1;
  }
 }
 if (row_1 < tokens) {
  out[(row_1 * 3 + head) * 13 + place + 0] = sum_1_0;
  if (place + 8 < 13) {
   out[(row_1 * 3 + head) * 13 + place + 8] = sum_1_1;
  }
 }
 if (row_2 < tokens) {
  out[(row_2 * 3 + head) * 13 + place + 0] = sum_2_0;
  if (place + 8 < 13) {
   out[(row_2 * 3 + head) * 13 + place + 8] = sum_2_1;
  }
 }
 if (row_3 < tokens) {
  out[(row_3 * 3 + head) * 13 + place + 0] = sum_3_0;
  if (place + 8 < 13) {
   out[(row_3 * 3 + head) * 13 + place + 8] = sum_3_1;
  }
 }
 if (row_4 < tokens) {
  out[(row_4 * 3 + head) * 13 + place + 0] = sum_4_0;
  if (place + 8 < 13) {
   out[(row_4 * 3 + head) * 13 + place + 8] = sum_4_1;
  }
 }
 if (row_5 < tokens) {
  out[(row_5 * 3 + head) * 13 + place + 0] = sum_5_0;
  if (place + 8 < 13) {
   out[(row_5 * 3 + head) * 13 + place + 8] = sum_5_1;
  }
 }
 if (row_6 < tokens) {
  out[(row_6 * 3 + head) * 13 + place + 0] = sum_6_0;
  if (place + 8 < 13) {
   out[(row_6 * 3 + head) * 13 + place + 8] = sum_6_1;
  }
 }
 if (row_7 < tokens) {
  out[(row_7 * 3 + head) * 13 + place + 0] = sum_7_0;
  if (place + 8 < 13) {
   out[(row_7 * 3 + head) * 13 + place + 8] = sum_7_1;
  }
 }
}
