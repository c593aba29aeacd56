@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> left_tile: array<f32, 256>;
var<workgroup> right_tile: array<f32, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((2 * tokens) + 15) / 16) * 2) { return; }
 let i_1 = i32(u32(group) / u32(2));
 let col_tile = group - i_1 * 2;
 let row_thread = lane >> 4;
 let col_thread = lane & 15;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_3 = 16 * i_1;
 let i_5 = 2 * tokens;
 let i_24 = 64 * col_tile;
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_2 = lane >> 2;
  let i_4 = i_3 + i_2;
  let i_7 = select(i_5 - 1, i_4, i_4 < i_5);
  let i_8 = i32(u32(i_7) / u32(tokens));
  let i_10 = lane & 3;
  let i_11 = 4 * i_10 + 16 * k0_block;
  let i_13 = select(36, i_11, i_11 < 40);
  let i_14 = 40 * tokens * i_8 + i_13 + 40 * (i_7 - i_8 * tokens);
  let i_15 = u32(i_14);
  let i_17 = i_2 + 64 * i_10;
  left_tile[i_17] = select(0.0f, arg0[i_15 >> 2][i_15 & 3u], i_11 < 40);
  let i_18 = u32(min(u32(i_14 + 1), u32((80 * tokens)) - 1u));
  left_tile[i_17 + 16] = select(0.0f, arg0[i_18 >> 2][i_18 & 3u], (i_11 + 1) < 40);
  let i_20 = u32(min(u32(i_14 + 2), u32((80 * tokens)) - 1u));
  left_tile[i_17 + 32] = select(0.0f, arg0[i_20 >> 2][i_20 & 3u], (i_11 + 2) < 40);
  let i_22 = u32(min(u32(i_14 + 3), u32((80 * tokens)) - 1u));
  left_tile[i_17 + 48] = select(0.0f, arg0[i_22 >> 2][i_22 & 3u], (i_11 + 3) < 40);
  let i_25 = i_24 + i_2;
  let i_28 = i_13 + 40 * select(69, i_25, i_25 < 70);
  let i_29 = u32(i_28);
  let i_31 = i_2 + 256 * i_10;
  right_tile[i_31] = select(0.0f, arg1[i_29 >> 2][i_29 & 3u], i_11 < 40);
  let i_32 = u32(min(u32(i_28 + 1), 2799));
  right_tile[i_31 + 64] = select(0.0f, arg1[i_32 >> 2][i_32 & 3u], (i_11 + 1) < 40);
  let i_34 = u32(min(u32(i_28 + 2), 2799));
  right_tile[i_31 + 128] = select(0.0f, arg1[i_34 >> 2][i_34 & 3u], (i_11 + 2) < 40);
  let i_36 = u32(min(u32(i_28 + 3), 2799));
  right_tile[i_31 + 192] = select(0.0f, arg1[i_36 >> 2][i_36 & 3u], (i_11 + 3) < 40);
  let i_40 = i_13 + 40 * select(69, i_25 + 16, (i_25 + 16) < 70);
  let i_41 = u32(i_40);
  right_tile[i_31 + 16] = select(0.0f, arg1[i_41 >> 2][i_41 & 3u], i_11 < 40);
  let i_43 = u32(min(u32(i_40 + 1), 2799));
  right_tile[i_31 + 80] = select(0.0f, arg1[i_43 >> 2][i_43 & 3u], (i_11 + 1) < 40);
  let i_45 = u32(min(u32(i_40 + 2), 2799));
  right_tile[i_31 + 144] = select(0.0f, arg1[i_45 >> 2][i_45 & 3u], (i_11 + 2) < 40);
  let i_47 = u32(min(u32(i_40 + 3), 2799));
  right_tile[i_31 + 208] = select(0.0f, arg1[i_47 >> 2][i_47 & 3u], (i_11 + 3) < 40);
  let i_51 = i_13 + 40 * select(69, i_25 + 32, (i_25 + 32) < 70);
  let i_52 = u32(i_51);
  right_tile[i_31 + 32] = select(0.0f, arg1[i_52 >> 2][i_52 & 3u], i_11 < 40);
  let i_54 = u32(min(u32(i_51 + 1), 2799));
  right_tile[i_31 + 96] = select(0.0f, arg1[i_54 >> 2][i_54 & 3u], (i_11 + 1) < 40);
  let i_56 = u32(min(u32(i_51 + 2), 2799));
  right_tile[i_31 + 160] = select(0.0f, arg1[i_56 >> 2][i_56 & 3u], (i_11 + 2) < 40);
  let i_58 = u32(min(u32(i_51 + 3), 2799));
  right_tile[i_31 + 224] = select(0.0f, arg1[i_58 >> 2][i_58 & 3u], (i_11 + 3) < 40);
  let i_62 = i_13 + 40 * select(69, i_25 + 48, (i_25 + 48) < 70);
  let i_63 = u32(i_62);
  right_tile[i_31 + 48] = select(0.0f, arg1[i_63 >> 2][i_63 & 3u], i_11 < 40);
  let i_65 = u32(min(u32(i_62 + 1), 2799));
  right_tile[i_31 + 112] = select(0.0f, arg1[i_65 >> 2][i_65 & 3u], (i_11 + 1) < 40);
  let i_67 = u32(min(u32(i_62 + 2), 2799));
  right_tile[i_31 + 176] = select(0.0f, arg1[i_67 >> 2][i_67 & 3u], (i_11 + 2) < 40);
  let i_69 = u32(min(u32(i_62 + 3), 2799));
  right_tile[i_31 + 240] = select(0.0f, arg1[i_69 >> 2][i_69 & 3u], (i_11 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_71 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_71];
   let left_1 = left_tile[i_71 + 4];
   let left_2 = left_tile[i_71 + 8];
   let left_3 = left_tile[i_71 + 12];
   let i_72 = col_thread + 256 * k0_step_group;
   let right_0 = vec4f(right_tile[i_72], right_tile[i_72 + 16], right_tile[i_72 + 32], right_tile[i_72 + 48]);
   let v_73 = right_0;
   acc_0_0 += left_0 * v_73;
   acc_1_0 += left_1 * v_73;
   acc_2_0 += left_2 * v_73;
   acc_3_0 += left_3 * v_73;
   let v_79 = vec4f(right_tile[i_72 + 64], right_tile[i_72 + 80], right_tile[i_72 + 96], right_tile[i_72 + 112]);
   acc_0_0 += left_tile[i_71 + 16] * v_79;
   acc_1_0 += left_tile[i_71 + 20] * v_79;
   acc_2_0 += left_tile[i_71 + 24] * v_79;
   acc_3_0 += left_tile[i_71 + 28] * v_79;
   let v_85 = vec4f(right_tile[i_72 + 128], right_tile[i_72 + 144], right_tile[i_72 + 160], right_tile[i_72 + 176]);
   acc_0_0 += left_tile[i_71 + 32] * v_85;
   acc_1_0 += left_tile[i_71 + 36] * v_85;
   acc_2_0 += left_tile[i_71 + 40] * v_85;
   acc_3_0 += left_tile[i_71 + 44] * v_85;
   let v_91 = vec4f(right_tile[i_72 + 192], right_tile[i_72 + 208], right_tile[i_72 + 224], right_tile[i_72 + 240]);
   acc_0_0 += left_tile[i_71 + 48] * v_91;
   acc_1_0 += left_tile[i_71 + 52] * v_91;
   acc_2_0 += left_tile[i_71 + 56] * v_91;
   acc_3_0 += left_tile[i_71 + 60] * v_91;
  }
 }
 workgroupBarrier();
 let i_92 = lane >> 4;
 let i_93 = i_92 + 16 * i_1;
 let i_95 = select(i_5 - 1, i_93, i_93 < i_5);
 let i_96 = i32(u32(i_95) / u32(tokens));
 let i_98 = lane & 15;
 let i_100 = select(2, i_98, i_98 < 3);
 let i_103 = i_92 + 16 * i_98;
 left_tile[i_103] = select(0.0f, 2.0f * arg2[3 * tokens * i_96 + i_100 + 3 * (i_95 - i_96 * tokens)], i_98 < 3);
 let i_105 = select(i_5 - 1, i_93 + 4, (i_93 + 4) < i_5);
 let i_106 = i32(u32(i_105) / u32(tokens));
 left_tile[i_103 + 4] = select(0.0f, 2.0f * arg2[3 * tokens * i_106 + i_100 + 3 * (i_105 - i_106 * tokens)], i_98 < 3);
 let i_111 = select(i_5 - 1, i_93 + 8, (i_93 + 8) < i_5);
 let i_112 = i32(u32(i_111) / u32(tokens));
 left_tile[i_103 + 8] = select(0.0f, 2.0f * arg2[3 * tokens * i_112 + i_100 + 3 * (i_111 - i_112 * tokens)], i_98 < 3);
 let i_117 = select(i_5 - 1, i_93 + 12, (i_93 + 12) < i_5);
 let i_118 = i32(u32(i_117) / u32(tokens));
 left_tile[i_103 + 12] = select(0.0f, 2.0f * arg2[3 * tokens * i_118 + i_100 + 3 * (i_117 - i_118 * tokens)], i_98 < 3);
 let i_122 = 64 * col_tile + i_92;
 let i_126 = i_92 + 64 * i_98;
 right_tile[i_126] = select(0.0f, arg3[3 * i_122 + i_100], i_98 < 3);
 right_tile[i_126 + 4] = select(0.0f, arg3[3 * select(69, i_122 + 4, (i_122 + 4) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 8] = select(0.0f, arg3[3 * select(69, i_122 + 8, (i_122 + 8) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 12] = select(0.0f, arg3[3 * select(69, i_122 + 12, (i_122 + 12) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 16] = select(0.0f, arg3[3 * select(69, i_122 + 16, (i_122 + 16) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 20] = select(0.0f, arg3[3 * select(69, i_122 + 20, (i_122 + 20) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 24] = select(0.0f, arg3[3 * select(69, i_122 + 24, (i_122 + 24) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 28] = select(0.0f, arg3[3 * select(69, i_122 + 28, (i_122 + 28) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 32] = select(0.0f, arg3[3 * select(69, i_122 + 32, (i_122 + 32) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 36] = select(0.0f, arg3[3 * select(69, i_122 + 36, (i_122 + 36) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 40] = select(0.0f, arg3[3 * select(69, i_122 + 40, (i_122 + 40) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 44] = select(0.0f, arg3[3 * select(69, i_122 + 44, (i_122 + 44) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 48] = select(0.0f, arg3[3 * select(69, i_122 + 48, (i_122 + 48) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 52] = select(0.0f, arg3[3 * select(69, i_122 + 52, (i_122 + 52) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 56] = select(0.0f, arg3[3 * select(69, i_122 + 56, (i_122 + 56) < 70) + i_100], i_98 < 3);
 right_tile[i_126 + 60] = select(0.0f, arg3[3 * select(69, i_122 + 60, (i_122 + 60) < 70) + i_100], i_98 < 3);
 workgroupBarrier();
 for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
  let i_187 = row_thread + 64 * k1_step_group;
  let left1_0 = left_tile[i_187];
  let left1_1 = left_tile[i_187 + 4];
  let left1_2 = left_tile[i_187 + 8];
  let left1_3 = left_tile[i_187 + 12];
  let i_188 = col_thread + 256 * k1_step_group;
  let right1_0 = vec4f(right_tile[i_188], right_tile[i_188 + 16], right_tile[i_188 + 32], right_tile[i_188 + 48]);
  let v_189 = right1_0;
  acc_0_0 += left1_0 * v_189;
  acc_1_0 += left1_1 * v_189;
  acc_2_0 += left1_2 * v_189;
  acc_3_0 += left1_3 * v_189;
  let v_195 = vec4f(right_tile[i_188 + 64], right_tile[i_188 + 80], right_tile[i_188 + 96], right_tile[i_188 + 112]);
  acc_0_0 += left_tile[i_187 + 16] * v_195;
  acc_1_0 += left_tile[i_187 + 20] * v_195;
  acc_2_0 += left_tile[i_187 + 24] * v_195;
  acc_3_0 += left_tile[i_187 + 28] * v_195;
  let v_201 = vec4f(right_tile[i_188 + 128], right_tile[i_188 + 144], right_tile[i_188 + 160], right_tile[i_188 + 176]);
  acc_0_0 += left_tile[i_187 + 32] * v_201;
  acc_1_0 += left_tile[i_187 + 36] * v_201;
  acc_2_0 += left_tile[i_187 + 40] * v_201;
  acc_3_0 += left_tile[i_187 + 44] * v_201;
  let v_207 = vec4f(right_tile[i_188 + 192], right_tile[i_188 + 208], right_tile[i_188 + 224], right_tile[i_188 + 240]);
  acc_0_0 += left_tile[i_187 + 48] * v_207;
  acc_1_0 += left_tile[i_187 + 52] * v_207;
  acc_2_0 += left_tile[i_187 + 56] * v_207;
  acc_3_0 += left_tile[i_187 + 60] * v_207;
 }
 let i_208 = row_thread + 16 * i_1;
 let i_210 = select(i_5 - 1, i_208, i_208 < i_5);
 let i_211 = i32(u32(i_210) / u32(tokens));
 let i_212 = i_210 - i_211 * tokens;
 let i_213 = col_thread + 64 * col_tile;
 let i_215 = select(69, i_213, i_213 < 70);
 let i_218 = select(69, i_213 + 16, (i_213 + 16) < 70);
 let i_221 = select(69, i_213 + 32, (i_213 + 32) < 70);
 let i_224 = select(69, i_213 + 48, (i_213 + 48) < 70);
 if (i_208 < i_5) {
  if (i_213 < 70) {
   out[70 * tokens * i_211 + i_215 + 70 * i_212] = acc_0_0.x;
  }
  if ((i_213 + 16) < 70) {
   out[70 * tokens * i_211 + i_218 + 70 * i_212] = acc_0_0.y;
  }
  if ((i_213 + 32) < 70) {
   out[70 * tokens * i_211 + i_221 + 70 * i_212] = acc_0_0.z;
  }
  if ((i_213 + 48) < 70) {
   out[70 * tokens * i_211 + i_224 + 70 * i_212] = acc_0_0.w;
  }
 }
 let i_227 = select(i_5 - 1, i_208 + 4, (i_208 + 4) < i_5);
 let i_228 = i32(u32(i_227) / u32(tokens));
 let i_229 = i_227 - i_228 * tokens;
 if ((i_208 + 4) < i_5) {
  if (i_213 < 70) {
   out[70 * tokens * i_228 + i_215 + 70 * i_229] = acc_1_0.x;
  }
  if ((i_213 + 16) < 70) {
   out[70 * tokens * i_228 + i_218 + 70 * i_229] = acc_1_0.y;
  }
  if ((i_213 + 32) < 70) {
   out[70 * tokens * i_228 + i_221 + 70 * i_229] = acc_1_0.z;
  }
  if ((i_213 + 48) < 70) {
   out[70 * tokens * i_228 + i_224 + 70 * i_229] = acc_1_0.w;
  }
 }
 let i_235 = select(i_5 - 1, i_208 + 8, (i_208 + 8) < i_5);
 let i_236 = i32(u32(i_235) / u32(tokens));
 let i_237 = i_235 - i_236 * tokens;
 if ((i_208 + 8) < i_5) {
  if (i_213 < 70) {
   out[70 * tokens * i_236 + i_215 + 70 * i_237] = acc_2_0.x;
  }
  if ((i_213 + 16) < 70) {
   out[70 * tokens * i_236 + i_218 + 70 * i_237] = acc_2_0.y;
  }
  if ((i_213 + 32) < 70) {
   out[70 * tokens * i_236 + i_221 + 70 * i_237] = acc_2_0.z;
  }
  if ((i_213 + 48) < 70) {
   out[70 * tokens * i_236 + i_224 + 70 * i_237] = acc_2_0.w;
  }
 }
 let i_243 = select(i_5 - 1, i_208 + 12, (i_208 + 12) < i_5);
 let i_244 = i32(u32(i_243) / u32(tokens));
 let i_245 = i_243 - i_244 * tokens;
 if ((i_208 + 12) < i_5) {
  if (i_213 < 70) {
   out[70 * tokens * i_244 + i_215 + 70 * i_245] = acc_3_0.x;
  }
  if ((i_213 + 16) < 70) {
   out[70 * tokens * i_244 + i_218 + 70 * i_245] = acc_3_0.y;
  }
  if ((i_213 + 32) < 70) {
   out[70 * tokens * i_244 + i_221 + 70 * i_245] = acc_3_0.z;
  }
  if ((i_213 + 48) < 70) {
   out[70 * tokens * i_244 + i_224 + 70 * i_245] = acc_3_0.w;
  }
 }
}
