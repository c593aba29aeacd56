enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read> arg5: array<f32>;
@group(0) @binding(6) var<storage, read> arg6: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= tokens * 4) { return; }
 let i_0 = i32(u32(group) / 4u);
 let head = group - i_0 * 4;
 let i_1 = head >> 1;
 var sum_0_0 = 0.0f;
 var sum_0_1 = 0.0f;
 let i_3 = arg2[min(i_0, tokens - 1)];
 let i_6 = select(tokens, select(i_3, 0, i_3 < 0), i_3 < tokens) >> 3;
 let i_7 = i_0 >> 3;
 let i_11 = 16 * head + 64 * i_0;
 let i_18 = 16 * i_1;
 let i_23 = arg2[i_0];
 let i_24 = head + 4 * i_0;
 let f_25 = arg4[i_24];
 let f_27 = arg6[i_24];
 let i_32 = 16 * i_1 + lane;
 for (var block = i_6; block < i_7 + 1; block += 1) {
  let i_8 = lane + 8 * block;
  let i_9 = min(i_8, tokens - 1);
  var s_0 = 0.0f;
  var z_0 = 0.0f;
  let i_19 = i_18 + 32 * i_9;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let i_12 = i_11 + (lane + 8 * c_block);
   let f_13 = arg0[i_12];
   let f_14 = arg5[i_12];
   let i_15 = 8 * c_block;
   for (var c_lane = 0; c_lane < 8 + (group >> 31); c_lane += 1) {
    let i_17 = u32(c_lane);
    let i_20 = i_19 + (i_15 + c_lane);
    s_0 = fma(subgroupShuffle(f_13, i_17), arg1[i_20], s_0);
    z_0 = fma(subgroupShuffle(f_14, i_17), arg3[i_20], z_0);
   }
  }
  let f_26 = exp(((s_0 * 0.25f) - f_25));
  let w_0 = select(0.0f, f_26 * (z_0 - f_27), (i_8 < tokens) && ((!(i_9 < i_23)) && (!(i_0 < i_9))));
  let handed_w_0 = w_0;
  let i_28 = 8 * block;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let i_31 = u32(u);
   let left_0 = subgroupShuffle(handed_w_0, i_31);
   let i_33 = i_32 + 32 * min(i_28 + u, tokens - 1);
   sum_0_0 = fma(left_0, arg1[i_33], sum_0_0);
   sum_0_1 = fma(left_0, arg1[i_33 + 8], sum_0_1);
  }
 }
 let i_36 = 16 * head + lane + 64 * i_0;
 out[i_36] = sum_0_0 * 0.25f;
 out[i_36 + 8] = sum_0_1 * 0.25f;
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read> arg5: array<f32>;
@group(0) @binding(6) var<storage, read> arg6: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 7) / 8;
 if (group >= i_0 * 4) { return; }
 let i_1 = i32(u32(group) / 4u);
 let head = group - i_1 * 4;
 let i_2 = head >> 1;
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
 let i_3 = 8 * i_1;
 let i_4 = min(i_3, tokens - 1);
 let i_5 = arg2[i_4];
 let i_6 = select(i_5, 0, i_5 < 0);
 let i_7 = select(tokens, i_6, i_5 < tokens);
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
 let i_75 = 16 * i_2;
 let i_80 = head + 4 * i_4;
 let f_81 = arg4[i_80];
 let f_83 = arg6[i_80];
 let i_84 = head + 4 * i_8;
 let f_85 = arg4[i_84];
 let f_87 = arg6[i_84];
 let i_88 = head + 4 * i_12;
 let f_89 = arg4[i_88];
 let f_91 = arg6[i_88];
 let i_92 = head + 4 * i_16;
 let f_93 = arg4[i_92];
 let f_95 = arg6[i_92];
 let i_96 = head + 4 * i_20;
 let f_97 = arg4[i_96];
 let f_99 = arg6[i_96];
 let i_100 = head + 4 * i_24;
 let f_101 = arg4[i_100];
 let f_103 = arg6[i_100];
 let i_104 = head + 4 * i_28;
 let f_105 = arg4[i_104];
 let f_107 = arg6[i_104];
 let i_108 = head + 4 * i_32;
 let f_109 = arg4[i_108];
 let f_111 = arg6[i_108];
 let i_116 = 16 * i_2 + lane;
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
  var z_0 = 0.0f;
  var z_1 = 0.0f;
  var z_2 = 0.0f;
  var z_3 = 0.0f;
  var z_4 = 0.0f;
  var z_5 = 0.0f;
  var z_6 = 0.0f;
  var z_7 = 0.0f;
  let i_76 = i_75 + 32 * i_38;
  for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
   let i_39 = lane + 8 * c_block;
   let i_41 = i_40 + i_39;
   let f_42 = arg0[i_41];
   let i_44 = i_43 + i_39;
   let f_45 = arg0[i_44];
   let i_47 = i_46 + i_39;
   let f_48 = arg0[i_47];
   let i_50 = i_49 + i_39;
   let f_51 = arg0[i_50];
   let i_53 = i_52 + i_39;
   let f_54 = arg0[i_53];
   let i_56 = i_55 + i_39;
   let f_57 = arg0[i_56];
   let i_59 = i_58 + i_39;
   let f_60 = arg0[i_59];
   let i_62 = i_61 + i_39;
   let f_63 = arg0[i_62];
   let f_64 = arg5[i_41];
   let f_65 = arg5[i_44];
   let f_66 = arg5[i_47];
   let f_67 = arg5[i_50];
   let f_68 = arg5[i_53];
   let f_69 = arg5[i_56];
   let f_70 = arg5[i_59];
   let f_71 = arg5[i_62];
   let i_72 = 8 * c_block;
   for (var c_lane = 0; c_lane < 8 + (group >> 31); c_lane += 1) {
    let i_74 = u32(c_lane);
    let i_77 = i_76 + (i_72 + c_lane);
    let f_78 = arg1[i_77];
    s_0 = fma(subgroupShuffle(f_42, i_74), f_78, s_0);
    s_1 = fma(subgroupShuffle(f_45, i_74), f_78, s_1);
    s_2 = fma(subgroupShuffle(f_48, i_74), f_78, s_2);
    s_3 = fma(subgroupShuffle(f_51, i_74), f_78, s_3);
    s_4 = fma(subgroupShuffle(f_54, i_74), f_78, s_4);
    s_5 = fma(subgroupShuffle(f_57, i_74), f_78, s_5);
    s_6 = fma(subgroupShuffle(f_60, i_74), f_78, s_6);
    s_7 = fma(subgroupShuffle(f_63, i_74), f_78, s_7);
    let f_79 = arg3[i_77];
    z_0 = fma(subgroupShuffle(f_64, i_74), f_79, z_0);
    z_1 = fma(subgroupShuffle(f_65, i_74), f_79, z_1);
    z_2 = fma(subgroupShuffle(f_66, i_74), f_79, z_2);
    z_3 = fma(subgroupShuffle(f_67, i_74), f_79, z_3);
    z_4 = fma(subgroupShuffle(f_68, i_74), f_79, z_4);
    z_5 = fma(subgroupShuffle(f_69, i_74), f_79, z_5);
    z_6 = fma(subgroupShuffle(f_70, i_74), f_79, z_6);
    z_7 = fma(subgroupShuffle(f_71, i_74), f_79, z_7);
   }
  }
  let f_82 = exp(((s_0 * 0.25f) - f_81));
  let w_0 = select(0.0f, f_82 * (z_0 - f_83), (i_37 < tokens) && ((!(i_38 < i_5)) && (!(i_4 < i_38))));
  let f_86 = exp(((s_1 * 0.25f) - f_85));
  let w_1 = select(0.0f, f_86 * (z_1 - f_87), (i_37 < tokens) && ((!(i_38 < i_9)) && (!(i_8 < i_38))));
  let f_90 = exp(((s_2 * 0.25f) - f_89));
  let w_2 = select(0.0f, f_90 * (z_2 - f_91), (i_37 < tokens) && ((!(i_38 < i_13)) && (!(i_12 < i_38))));
  let f_94 = exp(((s_3 * 0.25f) - f_93));
  let w_3 = select(0.0f, f_94 * (z_3 - f_95), (i_37 < tokens) && ((!(i_38 < i_17)) && (!(i_16 < i_38))));
  let f_98 = exp(((s_4 * 0.25f) - f_97));
  let w_4 = select(0.0f, f_98 * (z_4 - f_99), (i_37 < tokens) && ((!(i_38 < i_21)) && (!(i_20 < i_38))));
  let f_102 = exp(((s_5 * 0.25f) - f_101));
  let w_5 = select(0.0f, f_102 * (z_5 - f_103), (i_37 < tokens) && ((!(i_38 < i_25)) && (!(i_24 < i_38))));
  let f_106 = exp(((s_6 * 0.25f) - f_105));
  let w_6 = select(0.0f, f_106 * (z_6 - f_107), (i_37 < tokens) && ((!(i_38 < i_29)) && (!(i_28 < i_38))));
  let f_110 = exp(((s_7 * 0.25f) - f_109));
  let w_7 = select(0.0f, f_110 * (z_7 - f_111), (i_37 < tokens) && ((!(i_38 < i_33)) && (!(i_32 < i_38))));
  let handed_w_0 = w_0;
  let handed_w_1 = w_1;
  let handed_w_2 = w_2;
  let handed_w_3 = w_3;
  let handed_w_4 = w_4;
  let handed_w_5 = w_5;
  let handed_w_6 = w_6;
  let handed_w_7 = w_7;
  let i_112 = 8 * block;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let i_115 = u32(u);
   let left_0 = subgroupShuffle(handed_w_0, i_115);
   let left_1 = subgroupShuffle(handed_w_1, i_115);
   let left_2 = subgroupShuffle(handed_w_2, i_115);
   let left_3 = subgroupShuffle(handed_w_3, i_115);
   let left_4 = subgroupShuffle(handed_w_4, i_115);
   let left_5 = subgroupShuffle(handed_w_5, i_115);
   let left_6 = subgroupShuffle(handed_w_6, i_115);
   let left_7 = subgroupShuffle(handed_w_7, i_115);
   let i_117 = i_116 + 32 * min(i_112 + u, tokens - 1);
   let f_118 = arg1[i_117];
   sum_0_0 = fma(left_0, f_118, sum_0_0);
   sum_1_0 = fma(left_1, f_118, sum_1_0);
   sum_2_0 = fma(left_2, f_118, sum_2_0);
   sum_3_0 = fma(left_3, f_118, sum_3_0);
   sum_4_0 = fma(left_4, f_118, sum_4_0);
   sum_5_0 = fma(left_5, f_118, sum_5_0);
   sum_6_0 = fma(left_6, f_118, sum_6_0);
   sum_7_0 = fma(left_7, f_118, sum_7_0);
   let f_119 = arg1[i_117 + 8];
   sum_0_1 = fma(left_0, f_119, sum_0_1);
   sum_1_1 = fma(left_1, f_119, sum_1_1);
   sum_2_1 = fma(left_2, f_119, sum_2_1);
   sum_3_1 = fma(left_3, f_119, sum_3_1);
   sum_4_1 = fma(left_4, f_119, sum_4_1);
   sum_5_1 = fma(left_5, f_119, sum_5_1);
   sum_6_1 = fma(left_6, f_119, sum_6_1);
   sum_7_1 = fma(left_7, f_119, sum_7_1);
  }
 }
 let i_120 = 16 * head + 64 * i_4 + lane;
 if (i_3 < tokens) {
  out[i_120] = sum_0_0 * 0.25f;
  out[i_120 + 8] = sum_0_1 * 0.25f;
 }
 let i_121 = 16 * head + 64 * i_8 + lane;
 if ((i_3 + 1) < tokens) {
  out[i_121] = sum_1_0 * 0.25f;
  out[i_121 + 8] = sum_1_1 * 0.25f;
 }
 let i_122 = 16 * head + 64 * i_12 + lane;
 if ((i_3 + 2) < tokens) {
  out[i_122] = sum_2_0 * 0.25f;
  out[i_122 + 8] = sum_2_1 * 0.25f;
 }
 let i_123 = 16 * head + 64 * i_16 + lane;
 if ((i_3 + 3) < tokens) {
  out[i_123] = sum_3_0 * 0.25f;
  out[i_123 + 8] = sum_3_1 * 0.25f;
 }
 let i_124 = 16 * head + 64 * i_20 + lane;
 if ((i_3 + 4) < tokens) {
  out[i_124] = sum_4_0 * 0.25f;
  out[i_124 + 8] = sum_4_1 * 0.25f;
 }
 let i_125 = 16 * head + 64 * i_24 + lane;
 if ((i_3 + 5) < tokens) {
  out[i_125] = sum_5_0 * 0.25f;
  out[i_125 + 8] = sum_5_1 * 0.25f;
 }
 let i_126 = 16 * head + 64 * i_28 + lane;
 if ((i_3 + 6) < tokens) {
  out[i_126] = sum_6_0 * 0.25f;
  out[i_126 + 8] = sum_6_1 * 0.25f;
 }
 let i_127 = 16 * head + 64 * i_32 + lane;
 if ((i_3 + 7) < tokens) {
  out[i_127] = sum_7_0 * 0.25f;
  out[i_127 + 8] = sum_7_1 * 0.25f;
 }
}
