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
 if (group >= tokens * 3) { return; }
 let i_0 = i32(u32(group) / 3u);
 let head = group - i_0 * 3;
 var sum_0_0 = 0.0f;
 var sum_0_1 = 0.0f;
 let i_2 = arg2[min(i_0, tokens - 1)];
 let i_5 = select(tokens, select(i_2, 0, i_2 < 0), i_2 < tokens) >> 3;
 let i_6 = i_0 >> 3;
 let i_11 = 13 * head + 39 * i_0;
 let i_22 = arg2[i_0];
 let f_24 = arg4[head + 3 * i_0];
 let i_32 = min(lane + 8, 12);
 for (var block = i_5; block < i_6 + 1; block += 1) {
  let i_7 = lane + 8 * block;
  let i_8 = min(i_7, tokens - 1);
  var s_0 = 0.0f;
  let i_19 = 13 * i_8;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let f_13 = arg0[i_11 + min(lane + 8 * c_block, 12)];
   let i_14 = -8 * c_block;
   let i_15 = min(i_14 + 13, 8);
   let i_16 = 8 * c_block;
   for (var c_lane = 0; c_lane < i_15; c_lane += 1) {
    let i_18 = u32(c_lane);
    s_0 = fma(subgroupShuffle(f_13, i_18), arg1[i_19 + (i_16 + c_lane)], s_0);
   }
  }
  let p_0 = select(0.0f, exp(((s_0 * 0.25f) - f_24)), (i_7 < tokens) && ((!(i_8 < i_22)) && (!(i_0 < i_8))));
  let handed_p_0 = p_0;
  let i_26 = 8 * block;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let i_28 = min(i_26 + u, tokens - 1);
   let i_29 = u32(u);
   let left_0 = subgroupShuffle(handed_p_0, i_29);
   sum_0_0 = fma(left_0, arg3[lane + 13 * i_28], sum_0_0);
   sum_0_1 = fma(left_0, arg3[i_32 + 13 * i_28], sum_0_1);
  }
 }
 out[lane + 13 * head + 39 * i_0] = sum_0_0;
 if ((lane + 8) < 13) {
  out[i_32 + 13 * head + 39 * i_0] = sum_0_1;
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
 let i_0 = (tokens + 7) / 8;
 if (group >= i_0 * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let head = group - i_1 * 3;
 var sum_0_0 = 0.0f;
 var sum_1_0 = 0.0f;
 var sum_2_0 = 0.0f;
 var sum_3_0 = 0.0f;
 var sum_4_0 = 0.0f;
 var sum_5_0 = 0.0f;
 var sum_6_0 = 0.0f;
 var sum_7_0 = 0.0f;
 var sum_0_1 = 0.0f;
 var sum_1_1 = 0.0f;
 var sum_2_1 = 0.0f;
 var sum_3_1 = 0.0f;
 var sum_4_1 = 0.0f;
 var sum_5_1 = 0.0f;
 var sum_6_1 = 0.0f;
 var sum_7_1 = 0.0f;
 let i_2 = 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 let i_4 = arg2[i_3];
 let i_5 = select(i_4, 0, i_4 < 0);
 let i_6 = select(tokens, i_5, i_4 < tokens);
 let i_7 = min(i_2 + 1, tokens - 1);
 let i_8 = arg2[i_7];
 let i_10 = select(i_6, select(i_8, 0, i_8 < 0), i_8 < i_6);
 let i_11 = min(i_2 + 2, tokens - 1);
 let i_12 = arg2[i_11];
 let i_14 = select(i_10, select(i_12, 0, i_12 < 0), i_12 < i_10);
 let i_15 = min(i_2 + 3, tokens - 1);
 let i_16 = arg2[i_15];
 let i_18 = select(i_14, select(i_16, 0, i_16 < 0), i_16 < i_14);
 let i_19 = min(i_2 + 4, tokens - 1);
 let i_20 = arg2[i_19];
 let i_22 = select(i_18, select(i_20, 0, i_20 < 0), i_20 < i_18);
 let i_23 = min(i_2 + 5, tokens - 1);
 let i_24 = arg2[i_23];
 let i_26 = select(i_22, select(i_24, 0, i_24 < 0), i_24 < i_22);
 let i_27 = min(i_2 + 6, tokens - 1);
 let i_28 = arg2[i_27];
 let i_30 = select(i_26, select(i_28, 0, i_28 < 0), i_28 < i_26);
 let i_31 = min(i_2 + 7, tokens - 1);
 let i_32 = arg2[i_31];
 let i_35 = select(i_30, select(i_32, 0, i_32 < 0), i_32 < i_30) >> 3;
 let i_40 = 13 * head + 39 * i_3;
 let i_43 = 13 * head + 39 * i_7;
 let i_46 = 13 * head + 39 * i_11;
 let i_49 = 13 * head + 39 * i_15;
 let i_52 = 13 * head + 39 * i_19;
 let i_55 = 13 * head + 39 * i_23;
 let i_58 = 13 * head + 39 * i_27;
 let i_61 = 13 * head + 39 * i_31;
 let f_73 = arg4[head + 3 * i_3];
 let f_76 = arg4[head + 3 * i_7];
 let f_79 = arg4[head + 3 * i_11];
 let f_82 = arg4[head + 3 * i_15];
 let f_85 = arg4[head + 3 * i_19];
 let f_88 = arg4[head + 3 * i_23];
 let f_91 = arg4[head + 3 * i_27];
 let f_94 = arg4[head + 3 * i_31];
 let i_102 = min(lane + 8, 12);
 for (var block = i_35; block < i_1 + 1; block += 1) {
  let i_36 = lane + 8 * block;
  let i_37 = min(i_36, tokens - 1);
  var s_0 = 0.0f;
  var s_1 = 0.0f;
  var s_2 = 0.0f;
  var s_3 = 0.0f;
  var s_4 = 0.0f;
  var s_5 = 0.0f;
  var s_6 = 0.0f;
  var s_7 = 0.0f;
  let i_69 = 13 * i_37;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let i_39 = min(lane + 8 * c_block, 12);
   let f_42 = arg0[i_40 + i_39];
   let f_45 = arg0[i_43 + i_39];
   let f_48 = arg0[i_46 + i_39];
   let f_51 = arg0[i_49 + i_39];
   let f_54 = arg0[i_52 + i_39];
   let f_57 = arg0[i_55 + i_39];
   let f_60 = arg0[i_58 + i_39];
   let f_63 = arg0[i_61 + i_39];
   let i_64 = -8 * c_block;
   let i_65 = min(i_64 + 13, 8);
   let i_66 = 8 * c_block;
   for (var c_lane = 0; c_lane < i_65; c_lane += 1) {
    let i_68 = u32(c_lane);
    let f_71 = arg1[i_69 + (i_66 + c_lane)];
    s_0 = fma(subgroupShuffle(f_42, i_68), f_71, s_0);
    s_1 = fma(subgroupShuffle(f_45, i_68), f_71, s_1);
    s_2 = fma(subgroupShuffle(f_48, i_68), f_71, s_2);
    s_3 = fma(subgroupShuffle(f_51, i_68), f_71, s_3);
    s_4 = fma(subgroupShuffle(f_54, i_68), f_71, s_4);
    s_5 = fma(subgroupShuffle(f_57, i_68), f_71, s_5);
    s_6 = fma(subgroupShuffle(f_60, i_68), f_71, s_6);
    s_7 = fma(subgroupShuffle(f_63, i_68), f_71, s_7);
   }
  }
  let p_0 = select(0.0f, exp(((s_0 * 0.25f) - f_73)), (i_36 < tokens) && ((!(i_37 < i_4)) && (!(i_3 < i_37))));
  let p_1 = select(0.0f, exp(((s_1 * 0.25f) - f_76)), (i_36 < tokens) && ((!(i_37 < i_8)) && (!(i_7 < i_37))));
  let p_2 = select(0.0f, exp(((s_2 * 0.25f) - f_79)), (i_36 < tokens) && ((!(i_37 < i_12)) && (!(i_11 < i_37))));
  let p_3 = select(0.0f, exp(((s_3 * 0.25f) - f_82)), (i_36 < tokens) && ((!(i_37 < i_16)) && (!(i_15 < i_37))));
  let p_4 = select(0.0f, exp(((s_4 * 0.25f) - f_85)), (i_36 < tokens) && ((!(i_37 < i_20)) && (!(i_19 < i_37))));
  let p_5 = select(0.0f, exp(((s_5 * 0.25f) - f_88)), (i_36 < tokens) && ((!(i_37 < i_24)) && (!(i_23 < i_37))));
  let p_6 = select(0.0f, exp(((s_6 * 0.25f) - f_91)), (i_36 < tokens) && ((!(i_37 < i_28)) && (!(i_27 < i_37))));
  let p_7 = select(0.0f, exp(((s_7 * 0.25f) - f_94)), (i_36 < tokens) && ((!(i_37 < i_32)) && (!(i_31 < i_37))));
  let handed_p_0 = p_0;
  let handed_p_1 = p_1;
  let handed_p_2 = p_2;
  let handed_p_3 = p_3;
  let handed_p_4 = p_4;
  let handed_p_5 = p_5;
  let handed_p_6 = p_6;
  let handed_p_7 = p_7;
  let i_96 = 8 * block;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let i_98 = min(i_96 + u, tokens - 1);
   let i_99 = u32(u);
   let left_0 = subgroupShuffle(handed_p_0, i_99);
   let left_1 = subgroupShuffle(handed_p_1, i_99);
   let left_2 = subgroupShuffle(handed_p_2, i_99);
   let left_3 = subgroupShuffle(handed_p_3, i_99);
   let left_4 = subgroupShuffle(handed_p_4, i_99);
   let left_5 = subgroupShuffle(handed_p_5, i_99);
   let left_6 = subgroupShuffle(handed_p_6, i_99);
   let left_7 = subgroupShuffle(handed_p_7, i_99);
   let f_101 = arg3[lane + 13 * i_98];
   sum_0_0 = fma(left_0, f_101, sum_0_0);
   sum_1_0 = fma(left_1, f_101, sum_1_0);
   sum_2_0 = fma(left_2, f_101, sum_2_0);
   sum_3_0 = fma(left_3, f_101, sum_3_0);
   sum_4_0 = fma(left_4, f_101, sum_4_0);
   sum_5_0 = fma(left_5, f_101, sum_5_0);
   sum_6_0 = fma(left_6, f_101, sum_6_0);
   sum_7_0 = fma(left_7, f_101, sum_7_0);
   let f_104 = arg3[i_102 + 13 * i_98];
   sum_0_1 = fma(left_0, f_104, sum_0_1);
   sum_1_1 = fma(left_1, f_104, sum_1_1);
   sum_2_1 = fma(left_2, f_104, sum_2_1);
   sum_3_1 = fma(left_3, f_104, sum_3_1);
   sum_4_1 = fma(left_4, f_104, sum_4_1);
   sum_5_1 = fma(left_5, f_104, sum_5_1);
   sum_6_1 = fma(left_6, f_104, sum_6_1);
   sum_7_1 = fma(left_7, f_104, sum_7_1);
  }
 }
 if (i_2 < tokens) {
  out[lane + 13 * head + 39 * i_3] = sum_0_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_3] = sum_0_1;
  }
 }
 if ((i_2 + 1) < tokens) {
  out[lane + 13 * head + 39 * i_7] = sum_1_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_7] = sum_1_1;
  }
 }
 if ((i_2 + 2) < tokens) {
  out[lane + 13 * head + 39 * i_11] = sum_2_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_11] = sum_2_1;
  }
 }
 if ((i_2 + 3) < tokens) {
  out[lane + 13 * head + 39 * i_15] = sum_3_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_15] = sum_3_1;
  }
 }
 if ((i_2 + 4) < tokens) {
  out[lane + 13 * head + 39 * i_19] = sum_4_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_19] = sum_4_1;
  }
 }
 if ((i_2 + 5) < tokens) {
  out[lane + 13 * head + 39 * i_23] = sum_5_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_23] = sum_5_1;
  }
 }
 if ((i_2 + 6) < tokens) {
  out[lane + 13 * head + 39 * i_27] = sum_6_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_27] = sum_6_1;
  }
 }
 if ((i_2 + 7) < tokens) {
  out[lane + 13 * head + 39 * i_31] = sum_7_0;
  if ((lane + 8) < 13) {
   out[i_102 + 13 * head + 39 * i_31] = sum_7_1;
  }
 }
}
