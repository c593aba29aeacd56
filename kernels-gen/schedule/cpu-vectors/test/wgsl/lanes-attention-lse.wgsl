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
 if (group >= tokens * 4) { return; }
 let i_0 = i32(u32(group) / 4u);
 let head = group - i_0 * 4;
 var larger_0: f32;
 let i_1 = head >> 1;
 var most_0 = 0.0f;
 var total_0 = 0.0f;
 let i_3 = arg2[min(i_0, tokens - 1)];
 let i_6 = select(tokens, select(i_3, 0, i_3 < 0), i_3 < tokens) >> 3;
 let i_7 = i_0 >> 3;
 let i_11 = 16 * head + 64 * i_0;
 let i_17 = 16 * i_1;
 let i_21 = arg2[i_0];
 for (var block = i_6; block < i_7 + 1; block += 1) {
  let i_8 = lane + 8 * block;
  let i_9 = min(i_8, tokens - 1);
  var s_0 = 0.0f;
  let i_18 = i_17 + 32 * i_9;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let f_13 = arg0[i_11 + (lane + 8 * c_block)];
   let i_14 = 8 * c_block;
   for (var c_lane = 0; c_lane < 8 + (group >> 31); c_lane += 1) {
    let i_16 = u32(c_lane);
    s_0 = fma(subgroupShuffle(f_13, i_16), arg1[i_18 + (i_14 + c_lane)], s_0);
   }
  }
  if ((i_8 < tokens) && ((!(i_9 < i_21)) && (!(i_0 < i_9)))) {
   larger_0 = select(s_0 * 0.25f, max(most_0, (s_0 * 0.25f)), 0.0f < total_0);
   total_0 = select(0.0f, total_0 * exp((most_0 - larger_0)), 0.0f < total_0) + exp(((s_0 * 0.25f) - larger_0));
   most_0 = larger_0;
  }
 }
 let handed_most_0 = most_0;
 let handed_total_0 = total_0;
 most_0 = 0.0f;
 total_0 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let i_24 = u32(u);
  let other_most_0 = subgroupShuffle(handed_most_0, i_24);
  let other_total_0 = subgroupShuffle(handed_total_0, i_24);
  if (0.0f < other_total_0) {
   larger_0 = select(other_most_0, max(most_0, other_most_0), 0.0f < total_0);
   let f_26 = exp((other_most_0 - larger_0));
   total_0 = select(0.0f, total_0 * exp((most_0 - larger_0)), 0.0f < total_0) + (other_total_0 * f_26);
   most_0 = larger_0;
  }
 }
 if (lane < 1) {
  out[head + 4 * i_0] = select(0.0f, most_0 + log(max(total_0, 1.0000000031710769e-30f)), 0.0f < total_0);
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
 let i_1 = i32(u32(group) / 4u);
 let head = group - i_1 * 4;
 var larger_0: f32;
 var larger_1: f32;
 var larger_2: f32;
 var larger_3: f32;
 var larger_4: f32;
 var larger_5: f32;
 var larger_6: f32;
 var larger_7: f32;
 let i_2 = head >> 1;
 var most_0 = 0.0f;
 var most_1 = 0.0f;
 var most_2 = 0.0f;
 var most_3 = 0.0f;
 var most_4 = 0.0f;
 var most_5 = 0.0f;
 var most_6 = 0.0f;
 var most_7 = 0.0f;
 var total_0 = 0.0f;
 var total_1 = 0.0f;
 var total_2 = 0.0f;
 var total_3 = 0.0f;
 var total_4 = 0.0f;
 var total_5 = 0.0f;
 var total_6 = 0.0f;
 var total_7 = 0.0f;
 let i_3 = 8 * i_1;
 let i_4 = min(i_3, tokens - 1);
 let i_5 = arg2[i_4];
 let i_7 = select(tokens, select(i_5, 0, i_5 < 0), i_5 < tokens);
 let i_8 = min(i_3 + 1, tokens - 1);
 let i_9 = arg2[i_8];
 let i_11 = select(i_7, select(i_9, 0, i_9 < 0), i_9 < i_7);
 let i_12 = min(i_3 + 2, tokens - 1);
 let i_13 = arg2[i_12];
 let i_15 = select(i_11, select(i_13, 0, i_13 < 0), i_13 < i_11);
 let i_16 = min(i_3 + 3, tokens - 1);
 let i_17 = arg2[i_16];
 let i_19 = select(i_15, select(i_17, 0, i_17 < 0), i_17 < i_15);
 let i_20 = min(i_3 + 4, tokens - 1);
 let i_21 = arg2[i_20];
 let i_23 = select(i_19, select(i_21, 0, i_21 < 0), i_21 < i_19);
 let i_24 = min(i_3 + 5, tokens - 1);
 let i_25 = arg2[i_24];
 let i_27 = select(i_23, select(i_25, 0, i_25 < 0), i_25 < i_23);
 let i_28 = min(i_3 + 6, tokens - 1);
 let i_29 = arg2[i_28];
 let i_31 = select(i_27, select(i_29, 0, i_29 < 0), i_29 < i_27);
 let i_32 = min(i_3 + 7, tokens - 1);
 let i_33 = arg2[i_32];
 let i_36 = select(i_31, select(i_33, 0, i_33 < 0), i_33 < i_31) >> 3;
 let i_40 = 16 * head + 64 * i_4;
 let i_43 = 16 * head + 64 * i_8;
 let i_46 = 16 * head + 64 * i_12;
 let i_49 = 16 * head + 64 * i_16;
 let i_52 = 16 * head + 64 * i_20;
 let i_55 = 16 * head + 64 * i_24;
 let i_58 = 16 * head + 64 * i_28;
 let i_61 = 16 * head + 64 * i_32;
 let i_67 = 16 * i_2;
 for (var block = i_36; block < i_1 + 1; block += 1) {
  let i_37 = lane + 8 * block;
  let i_38 = min(i_37, tokens - 1);
  var s_0 = 0.0f;
  var s_1 = 0.0f;
  var s_2 = 0.0f;
  var s_3 = 0.0f;
  var s_4 = 0.0f;
  var s_5 = 0.0f;
  var s_6 = 0.0f;
  var s_7 = 0.0f;
  let i_68 = i_67 + 32 * i_38;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let i_39 = lane + 8 * c_block;
   let f_42 = arg0[i_40 + i_39];
   let f_45 = arg0[i_43 + i_39];
   let f_48 = arg0[i_46 + i_39];
   let f_51 = arg0[i_49 + i_39];
   let f_54 = arg0[i_52 + i_39];
   let f_57 = arg0[i_55 + i_39];
   let f_60 = arg0[i_58 + i_39];
   let f_63 = arg0[i_61 + i_39];
   let i_64 = 8 * c_block;
   for (var c_lane = 0; c_lane < 8 + (group >> 31); c_lane += 1) {
    let i_66 = u32(c_lane);
    let f_70 = arg1[i_68 + (i_64 + c_lane)];
    s_0 = fma(subgroupShuffle(f_42, i_66), f_70, s_0);
    s_1 = fma(subgroupShuffle(f_45, i_66), f_70, s_1);
    s_2 = fma(subgroupShuffle(f_48, i_66), f_70, s_2);
    s_3 = fma(subgroupShuffle(f_51, i_66), f_70, s_3);
    s_4 = fma(subgroupShuffle(f_54, i_66), f_70, s_4);
    s_5 = fma(subgroupShuffle(f_57, i_66), f_70, s_5);
    s_6 = fma(subgroupShuffle(f_60, i_66), f_70, s_6);
    s_7 = fma(subgroupShuffle(f_63, i_66), f_70, s_7);
   }
  }
  if ((i_37 < tokens) && ((!(i_38 < i_5)) && (!(i_4 < i_38)))) {
   larger_0 = select(s_0 * 0.25f, max(most_0, (s_0 * 0.25f)), 0.0f < total_0);
   total_0 = select(0.0f, total_0 * exp((most_0 - larger_0)), 0.0f < total_0) + exp(((s_0 * 0.25f) - larger_0));
   most_0 = larger_0;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_9)) && (!(i_8 < i_38)))) {
   larger_1 = select(s_1 * 0.25f, max(most_1, (s_1 * 0.25f)), 0.0f < total_1);
   total_1 = select(0.0f, total_1 * exp((most_1 - larger_1)), 0.0f < total_1) + exp(((s_1 * 0.25f) - larger_1));
   most_1 = larger_1;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_13)) && (!(i_12 < i_38)))) {
   larger_2 = select(s_2 * 0.25f, max(most_2, (s_2 * 0.25f)), 0.0f < total_2);
   total_2 = select(0.0f, total_2 * exp((most_2 - larger_2)), 0.0f < total_2) + exp(((s_2 * 0.25f) - larger_2));
   most_2 = larger_2;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_17)) && (!(i_16 < i_38)))) {
   larger_3 = select(s_3 * 0.25f, max(most_3, (s_3 * 0.25f)), 0.0f < total_3);
   total_3 = select(0.0f, total_3 * exp((most_3 - larger_3)), 0.0f < total_3) + exp(((s_3 * 0.25f) - larger_3));
   most_3 = larger_3;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_21)) && (!(i_20 < i_38)))) {
   larger_4 = select(s_4 * 0.25f, max(most_4, (s_4 * 0.25f)), 0.0f < total_4);
   total_4 = select(0.0f, total_4 * exp((most_4 - larger_4)), 0.0f < total_4) + exp(((s_4 * 0.25f) - larger_4));
   most_4 = larger_4;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_25)) && (!(i_24 < i_38)))) {
   larger_5 = select(s_5 * 0.25f, max(most_5, (s_5 * 0.25f)), 0.0f < total_5);
   total_5 = select(0.0f, total_5 * exp((most_5 - larger_5)), 0.0f < total_5) + exp(((s_5 * 0.25f) - larger_5));
   most_5 = larger_5;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_29)) && (!(i_28 < i_38)))) {
   larger_6 = select(s_6 * 0.25f, max(most_6, (s_6 * 0.25f)), 0.0f < total_6);
   total_6 = select(0.0f, total_6 * exp((most_6 - larger_6)), 0.0f < total_6) + exp(((s_6 * 0.25f) - larger_6));
   most_6 = larger_6;
  }
  if ((i_37 < tokens) && ((!(i_38 < i_33)) && (!(i_32 < i_38)))) {
   larger_7 = select(s_7 * 0.25f, max(most_7, (s_7 * 0.25f)), 0.0f < total_7);
   total_7 = select(0.0f, total_7 * exp((most_7 - larger_7)), 0.0f < total_7) + exp(((s_7 * 0.25f) - larger_7));
   most_7 = larger_7;
  }
 }
 let handed_most_0 = most_0;
 let handed_most_1 = most_1;
 let handed_most_2 = most_2;
 let handed_most_3 = most_3;
 let handed_most_4 = most_4;
 let handed_most_5 = most_5;
 let handed_most_6 = most_6;
 let handed_most_7 = most_7;
 let handed_total_0 = total_0;
 let handed_total_1 = total_1;
 let handed_total_2 = total_2;
 let handed_total_3 = total_3;
 let handed_total_4 = total_4;
 let handed_total_5 = total_5;
 let handed_total_6 = total_6;
 let handed_total_7 = total_7;
 most_0 = 0.0f;
 most_1 = 0.0f;
 most_2 = 0.0f;
 most_3 = 0.0f;
 most_4 = 0.0f;
 most_5 = 0.0f;
 most_6 = 0.0f;
 most_7 = 0.0f;
 total_0 = 0.0f;
 total_1 = 0.0f;
 total_2 = 0.0f;
 total_3 = 0.0f;
 total_4 = 0.0f;
 total_5 = 0.0f;
 total_6 = 0.0f;
 total_7 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let i_87 = u32(u);
  let other_most_0 = subgroupShuffle(handed_most_0, i_87);
  let other_most_1 = subgroupShuffle(handed_most_1, i_87);
  let other_most_2 = subgroupShuffle(handed_most_2, i_87);
  let other_most_3 = subgroupShuffle(handed_most_3, i_87);
  let other_most_4 = subgroupShuffle(handed_most_4, i_87);
  let other_most_5 = subgroupShuffle(handed_most_5, i_87);
  let other_most_6 = subgroupShuffle(handed_most_6, i_87);
  let other_most_7 = subgroupShuffle(handed_most_7, i_87);
  let other_total_0 = subgroupShuffle(handed_total_0, i_87);
  let other_total_1 = subgroupShuffle(handed_total_1, i_87);
  let other_total_2 = subgroupShuffle(handed_total_2, i_87);
  let other_total_3 = subgroupShuffle(handed_total_3, i_87);
  let other_total_4 = subgroupShuffle(handed_total_4, i_87);
  let other_total_5 = subgroupShuffle(handed_total_5, i_87);
  let other_total_6 = subgroupShuffle(handed_total_6, i_87);
  let other_total_7 = subgroupShuffle(handed_total_7, i_87);
  if (0.0f < other_total_0) {
   larger_0 = select(other_most_0, max(most_0, other_most_0), 0.0f < total_0);
   let f_89 = exp((other_most_0 - larger_0));
   total_0 = select(0.0f, total_0 * exp((most_0 - larger_0)), 0.0f < total_0) + (other_total_0 * f_89);
   most_0 = larger_0;
  }
  if (0.0f < other_total_1) {
   larger_1 = select(other_most_1, max(most_1, other_most_1), 0.0f < total_1);
   let f_91 = exp((other_most_1 - larger_1));
   total_1 = select(0.0f, total_1 * exp((most_1 - larger_1)), 0.0f < total_1) + (other_total_1 * f_91);
   most_1 = larger_1;
  }
  if (0.0f < other_total_2) {
   larger_2 = select(other_most_2, max(most_2, other_most_2), 0.0f < total_2);
   let f_93 = exp((other_most_2 - larger_2));
   total_2 = select(0.0f, total_2 * exp((most_2 - larger_2)), 0.0f < total_2) + (other_total_2 * f_93);
   most_2 = larger_2;
  }
  if (0.0f < other_total_3) {
   larger_3 = select(other_most_3, max(most_3, other_most_3), 0.0f < total_3);
   let f_95 = exp((other_most_3 - larger_3));
   total_3 = select(0.0f, total_3 * exp((most_3 - larger_3)), 0.0f < total_3) + (other_total_3 * f_95);
   most_3 = larger_3;
  }
  if (0.0f < other_total_4) {
   larger_4 = select(other_most_4, max(most_4, other_most_4), 0.0f < total_4);
   let f_97 = exp((other_most_4 - larger_4));
   total_4 = select(0.0f, total_4 * exp((most_4 - larger_4)), 0.0f < total_4) + (other_total_4 * f_97);
   most_4 = larger_4;
  }
  if (0.0f < other_total_5) {
   larger_5 = select(other_most_5, max(most_5, other_most_5), 0.0f < total_5);
   let f_99 = exp((other_most_5 - larger_5));
   total_5 = select(0.0f, total_5 * exp((most_5 - larger_5)), 0.0f < total_5) + (other_total_5 * f_99);
   most_5 = larger_5;
  }
  if (0.0f < other_total_6) {
   larger_6 = select(other_most_6, max(most_6, other_most_6), 0.0f < total_6);
   let f_101 = exp((other_most_6 - larger_6));
   total_6 = select(0.0f, total_6 * exp((most_6 - larger_6)), 0.0f < total_6) + (other_total_6 * f_101);
   most_6 = larger_6;
  }
  if (0.0f < other_total_7) {
   larger_7 = select(other_most_7, max(most_7, other_most_7), 0.0f < total_7);
   let f_103 = exp((other_most_7 - larger_7));
   total_7 = select(0.0f, total_7 * exp((most_7 - larger_7)), 0.0f < total_7) + (other_total_7 * f_103);
   most_7 = larger_7;
  }
 }
 if (lane < 1) {
  if (i_3 < tokens) {
   out[head + 4 * i_4] = select(0.0f, most_0 + log(max(total_0, 1.0000000031710769e-30f)), 0.0f < total_0);
  }
  if ((i_3 + 1) < tokens) {
   out[head + 4 * i_8] = select(0.0f, most_1 + log(max(total_1, 1.0000000031710769e-30f)), 0.0f < total_1);
  }
  if ((i_3 + 2) < tokens) {
   out[head + 4 * i_12] = select(0.0f, most_2 + log(max(total_2, 1.0000000031710769e-30f)), 0.0f < total_2);
  }
  if ((i_3 + 3) < tokens) {
   out[head + 4 * i_16] = select(0.0f, most_3 + log(max(total_3, 1.0000000031710769e-30f)), 0.0f < total_3);
  }
  if ((i_3 + 4) < tokens) {
   out[head + 4 * i_20] = select(0.0f, most_4 + log(max(total_4, 1.0000000031710769e-30f)), 0.0f < total_4);
  }
  if ((i_3 + 5) < tokens) {
   out[head + 4 * i_24] = select(0.0f, most_5 + log(max(total_5, 1.0000000031710769e-30f)), 0.0f < total_5);
  }
  if ((i_3 + 6) < tokens) {
   out[head + 4 * i_28] = select(0.0f, most_6 + log(max(total_6, 1.0000000031710769e-30f)), 0.0f < total_6);
  }
  if ((i_3 + 7) < tokens) {
   out[head + 4 * i_32] = select(0.0f, most_7 + log(max(total_7, 1.0000000031710769e-30f)), 0.0f < total_7);
  }
 }
}
