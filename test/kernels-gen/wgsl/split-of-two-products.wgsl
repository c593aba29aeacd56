@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> left_tile: array<f32, 256>;
var<workgroup> right_tile: array<f32, 256>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((2 * tokens) + 15) / 16) * 2 * 2) { return; }
 let i_1 = i32(u32(group) / u32(2));
 let part = group - i_1 * 2;
 let i_2 = i32(u32(i_1) / u32(2));
 let col_tile = i_1 - i_2 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_3 = 16 * i_2;
 let i_4 = 2 * tokens;
 let i_6 = select(i_4 - 1, i_3, i_3 < i_4);
 let i_7 = i32(u32(i_6) / u32(tokens));
 let i_8 = i_6 - i_7 * tokens;
 let i_12 = 40 * tokens * i_7 + 40 * i_8;
 let i_17 = select(i_4 - 1, i_3 + 1, (i_3 + 1) < i_4);
 let i_18 = i32(u32(i_17) / u32(tokens));
 let i_19 = i_17 - i_18 * tokens;
 let i_20 = 40 * tokens * i_18 + 40 * i_19;
 let i_24 = select(i_4 - 1, i_3 + 2, (i_3 + 2) < i_4);
 let i_25 = i32(u32(i_24) / u32(tokens));
 let i_26 = i_24 - i_25 * tokens;
 let i_27 = 40 * tokens * i_25 + 40 * i_26;
 let i_31 = select(i_4 - 1, i_3 + 3, (i_3 + 3) < i_4);
 let i_32 = i32(u32(i_31) / u32(tokens));
 let i_33 = i_31 - i_32 * tokens;
 let i_34 = 40 * tokens * i_32 + 40 * i_33;
 let i_38 = select(i_4 - 1, i_3 + 4, (i_3 + 4) < i_4);
 let i_39 = i32(u32(i_38) / u32(tokens));
 let i_40 = i_38 - i_39 * tokens;
 let i_41 = 40 * tokens * i_39 + 40 * i_40;
 let i_45 = select(i_4 - 1, i_3 + 5, (i_3 + 5) < i_4);
 let i_46 = i32(u32(i_45) / u32(tokens));
 let i_47 = i_45 - i_46 * tokens;
 let i_48 = 40 * tokens * i_46 + 40 * i_47;
 let i_52 = select(i_4 - 1, i_3 + 6, (i_3 + 6) < i_4);
 let i_53 = i32(u32(i_52) / u32(tokens));
 let i_54 = i_52 - i_53 * tokens;
 let i_55 = 40 * tokens * i_53 + 40 * i_54;
 let i_59 = select(i_4 - 1, i_3 + 7, (i_3 + 7) < i_4);
 let i_60 = i32(u32(i_59) / u32(tokens));
 let i_61 = i_59 - i_60 * tokens;
 let i_62 = 40 * tokens * i_60 + 40 * i_61;
 let i_66 = select(i_4 - 1, i_3 + 8, (i_3 + 8) < i_4);
 let i_67 = i32(u32(i_66) / u32(tokens));
 let i_68 = i_66 - i_67 * tokens;
 let i_69 = 40 * tokens * i_67 + 40 * i_68;
 let i_73 = select(i_4 - 1, i_3 + 9, (i_3 + 9) < i_4);
 let i_74 = i32(u32(i_73) / u32(tokens));
 let i_75 = i_73 - i_74 * tokens;
 let i_76 = 40 * tokens * i_74 + 40 * i_75;
 let i_80 = select(i_4 - 1, i_3 + 10, (i_3 + 10) < i_4);
 let i_81 = i32(u32(i_80) / u32(tokens));
 let i_82 = i_80 - i_81 * tokens;
 let i_83 = 40 * tokens * i_81 + 40 * i_82;
 let i_87 = select(i_4 - 1, i_3 + 11, (i_3 + 11) < i_4);
 let i_88 = i32(u32(i_87) / u32(tokens));
 let i_89 = i_87 - i_88 * tokens;
 let i_90 = 40 * tokens * i_88 + 40 * i_89;
 let i_94 = select(i_4 - 1, i_3 + 12, (i_3 + 12) < i_4);
 let i_95 = i32(u32(i_94) / u32(tokens));
 let i_96 = i_94 - i_95 * tokens;
 let i_97 = 40 * tokens * i_95 + 40 * i_96;
 let i_101 = select(i_4 - 1, i_3 + 13, (i_3 + 13) < i_4);
 let i_102 = i32(u32(i_101) / u32(tokens));
 let i_103 = i_101 - i_102 * tokens;
 let i_104 = 40 * tokens * i_102 + 40 * i_103;
 let i_108 = select(i_4 - 1, i_3 + 14, (i_3 + 14) < i_4);
 let i_109 = i32(u32(i_108) / u32(tokens));
 let i_110 = i_108 - i_109 * tokens;
 let i_111 = 40 * tokens * i_109 + 40 * i_110;
 let i_115 = select(i_4 - 1, i_3 + 15, (i_3 + 15) < i_4);
 let i_116 = i32(u32(i_115) / u32(tokens));
 let i_117 = i_115 - i_116 * tokens;
 let i_118 = 40 * tokens * i_116 + 40 * i_117;
 let i_121 = 16 * col_tile;
 let i_122 = i_121;
 let i_123 = 40 * i_122;
 let i_126 = i_121 + 1;
 let i_127 = 40 * i_126;
 let i_130 = i_121 + 2;
 let i_131 = 40 * i_130;
 let i_134 = i_121 + 3;
 let i_135 = 40 * i_134;
 let i_139 = select(19, i_121 + 4, (i_121 + 4) < 20);
 let i_140 = 40 * i_139;
 let i_144 = select(19, i_121 + 5, (i_121 + 5) < 20);
 let i_145 = 40 * i_144;
 let i_149 = select(19, i_121 + 6, (i_121 + 6) < 20);
 let i_150 = 40 * i_149;
 let i_154 = select(19, i_121 + 7, (i_121 + 7) < 20);
 let i_155 = 40 * i_154;
 let i_159 = select(19, i_121 + 8, (i_121 + 8) < 20);
 let i_160 = 40 * i_159;
 let i_164 = select(19, i_121 + 9, (i_121 + 9) < 20);
 let i_165 = 40 * i_164;
 let i_169 = select(19, i_121 + 10, (i_121 + 10) < 20);
 let i_170 = 40 * i_169;
 let i_174 = select(19, i_121 + 11, (i_121 + 11) < 20);
 let i_175 = 40 * i_174;
 let i_179 = select(19, i_121 + 12, (i_121 + 12) < 20);
 let i_180 = 40 * i_179;
 let i_184 = select(19, i_121 + 13, (i_121 + 13) < 20);
 let i_185 = 40 * i_184;
 let i_189 = select(19, i_121 + 14, (i_121 + 14) < 20);
 let i_190 = 40 * i_189;
 let i_194 = select(19, i_121 + 15, (i_121 + 15) < 20);
 let i_195 = 40 * i_194;
 for (var k0_block = part; k0_block < 3; k0_block += 2) {
  workgroupBarrier();
  let i_9 = 16 * k0_block + lane;
  let i_11 = select(39, i_9, i_9 < 40);
  let i_15 = 16 * lane;
  left_tile[i_15] = select(0.0f, arg0[i_12 + i_11], i_9 < 40);
  left_tile[i_15 + 1] = select(0.0f, arg0[i_20 + i_11], i_9 < 40);
  left_tile[i_15 + 2] = select(0.0f, arg0[i_27 + i_11], i_9 < 40);
  left_tile[i_15 + 3] = select(0.0f, arg0[i_34 + i_11], i_9 < 40);
  left_tile[i_15 + 4] = select(0.0f, arg0[i_41 + i_11], i_9 < 40);
  left_tile[i_15 + 5] = select(0.0f, arg0[i_48 + i_11], i_9 < 40);
  left_tile[i_15 + 6] = select(0.0f, arg0[i_55 + i_11], i_9 < 40);
  left_tile[i_15 + 7] = select(0.0f, arg0[i_62 + i_11], i_9 < 40);
  left_tile[i_15 + 8] = select(0.0f, arg0[i_69 + i_11], i_9 < 40);
  left_tile[i_15 + 9] = select(0.0f, arg0[i_76 + i_11], i_9 < 40);
  left_tile[i_15 + 10] = select(0.0f, arg0[i_83 + i_11], i_9 < 40);
  left_tile[i_15 + 11] = select(0.0f, arg0[i_90 + i_11], i_9 < 40);
  left_tile[i_15 + 12] = select(0.0f, arg0[i_97 + i_11], i_9 < 40);
  left_tile[i_15 + 13] = select(0.0f, arg0[i_104 + i_11], i_9 < 40);
  left_tile[i_15 + 14] = select(0.0f, arg0[i_111 + i_11], i_9 < 40);
  left_tile[i_15 + 15] = select(0.0f, arg0[i_118 + i_11], i_9 < 40);
  right_tile[i_15] = select(0.0f, arg1[i_123 + i_11], i_9 < 40);
  right_tile[i_15 + 1] = select(0.0f, arg1[i_127 + i_11], i_9 < 40);
  right_tile[i_15 + 2] = select(0.0f, arg1[i_131 + i_11], i_9 < 40);
  right_tile[i_15 + 3] = select(0.0f, arg1[i_135 + i_11], i_9 < 40);
  right_tile[i_15 + 4] = select(0.0f, arg1[i_140 + i_11], i_9 < 40);
  right_tile[i_15 + 5] = select(0.0f, arg1[i_145 + i_11], i_9 < 40);
  right_tile[i_15 + 6] = select(0.0f, arg1[i_150 + i_11], i_9 < 40);
  right_tile[i_15 + 7] = select(0.0f, arg1[i_155 + i_11], i_9 < 40);
  right_tile[i_15 + 8] = select(0.0f, arg1[i_160 + i_11], i_9 < 40);
  right_tile[i_15 + 9] = select(0.0f, arg1[i_165 + i_11], i_9 < 40);
  right_tile[i_15 + 10] = select(0.0f, arg1[i_170 + i_11], i_9 < 40);
  right_tile[i_15 + 11] = select(0.0f, arg1[i_175 + i_11], i_9 < 40);
  right_tile[i_15 + 12] = select(0.0f, arg1[i_180 + i_11], i_9 < 40);
  right_tile[i_15 + 13] = select(0.0f, arg1[i_185 + i_11], i_9 < 40);
  right_tile[i_15 + 14] = select(0.0f, arg1[i_190 + i_11], i_9 < 40);
  right_tile[i_15 + 15] = select(0.0f, arg1[i_195 + i_11], i_9 < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_198 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_198];
   let left_1 = left_tile[i_198 + 4];
   let left_2 = left_tile[i_198 + 8];
   let left_3 = left_tile[i_198 + 12];
   let i_199 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_199], right_tile[i_199 + 4], right_tile[i_199 + 8], right_tile[i_199 + 12]);
   let v_200 = right_0;
   acc_0_0 += left_0 * v_200;
   acc_1_0 += left_1 * v_200;
   acc_2_0 += left_2 * v_200;
   acc_3_0 += left_3 * v_200;
   let v_206 = vec4f(right_tile[i_199 + 16], right_tile[i_199 + 20], right_tile[i_199 + 24], right_tile[i_199 + 28]);
   acc_0_0 += left_tile[i_198 + 16] * v_206;
   acc_1_0 += left_tile[i_198 + 20] * v_206;
   acc_2_0 += left_tile[i_198 + 24] * v_206;
   acc_3_0 += left_tile[i_198 + 28] * v_206;
   let v_212 = vec4f(right_tile[i_199 + 32], right_tile[i_199 + 36], right_tile[i_199 + 40], right_tile[i_199 + 44]);
   acc_0_0 += left_tile[i_198 + 32] * v_212;
   acc_1_0 += left_tile[i_198 + 36] * v_212;
   acc_2_0 += left_tile[i_198 + 40] * v_212;
   acc_3_0 += left_tile[i_198 + 44] * v_212;
   let v_218 = vec4f(right_tile[i_199 + 48], right_tile[i_199 + 52], right_tile[i_199 + 56], right_tile[i_199 + 60]);
   acc_0_0 += left_tile[i_198 + 48] * v_218;
   acc_1_0 += left_tile[i_198 + 52] * v_218;
   acc_2_0 += left_tile[i_198 + 56] * v_218;
   acc_3_0 += left_tile[i_198 + 60] * v_218;
  }
 }
 let i_221 = 3 * tokens * i_7 + 3 * i_8;
 let i_225 = 3 * tokens * i_18 + 3 * i_19;
 let i_228 = 3 * tokens * i_25 + 3 * i_26;
 let i_231 = 3 * tokens * i_32 + 3 * i_33;
 let i_234 = 3 * tokens * i_39 + 3 * i_40;
 let i_237 = 3 * tokens * i_46 + 3 * i_47;
 let i_240 = 3 * tokens * i_53 + 3 * i_54;
 let i_243 = 3 * tokens * i_60 + 3 * i_61;
 let i_246 = 3 * tokens * i_67 + 3 * i_68;
 let i_249 = 3 * tokens * i_74 + 3 * i_75;
 let i_252 = 3 * tokens * i_81 + 3 * i_82;
 let i_255 = 3 * tokens * i_88 + 3 * i_89;
 let i_258 = 3 * tokens * i_95 + 3 * i_96;
 let i_261 = 3 * tokens * i_102 + 3 * i_103;
 let i_264 = 3 * tokens * i_109 + 3 * i_110;
 let i_267 = 3 * tokens * i_116 + 3 * i_117;
 let i_270 = 3 * i_122;
 let i_273 = 3 * i_126;
 let i_276 = 3 * i_130;
 let i_279 = 3 * i_134;
 let i_282 = 3 * i_139;
 let i_285 = 3 * i_144;
 let i_288 = 3 * i_149;
 let i_291 = 3 * i_154;
 let i_294 = 3 * i_159;
 let i_297 = 3 * i_164;
 let i_300 = 3 * i_169;
 let i_303 = 3 * i_174;
 let i_306 = 3 * i_179;
 let i_309 = 3 * i_184;
 let i_312 = 3 * i_189;
 let i_315 = 3 * i_194;
 for (var k1_block = part; k1_block < 1; k1_block += 2) {
  workgroupBarrier();
  let i_220 = select(2, lane, lane < 3);
  let i_224 = 16 * lane;
  left_tile[i_224] = select(0.0f, 2.0f * arg2[i_221 + i_220], lane < 3);
  left_tile[i_224 + 1] = select(0.0f, 2.0f * arg2[i_225 + i_220], lane < 3);
  left_tile[i_224 + 2] = select(0.0f, 2.0f * arg2[i_228 + i_220], lane < 3);
  left_tile[i_224 + 3] = select(0.0f, 2.0f * arg2[i_231 + i_220], lane < 3);
  left_tile[i_224 + 4] = select(0.0f, 2.0f * arg2[i_234 + i_220], lane < 3);
  left_tile[i_224 + 5] = select(0.0f, 2.0f * arg2[i_237 + i_220], lane < 3);
  left_tile[i_224 + 6] = select(0.0f, 2.0f * arg2[i_240 + i_220], lane < 3);
  left_tile[i_224 + 7] = select(0.0f, 2.0f * arg2[i_243 + i_220], lane < 3);
  left_tile[i_224 + 8] = select(0.0f, 2.0f * arg2[i_246 + i_220], lane < 3);
  left_tile[i_224 + 9] = select(0.0f, 2.0f * arg2[i_249 + i_220], lane < 3);
  left_tile[i_224 + 10] = select(0.0f, 2.0f * arg2[i_252 + i_220], lane < 3);
  left_tile[i_224 + 11] = select(0.0f, 2.0f * arg2[i_255 + i_220], lane < 3);
  left_tile[i_224 + 12] = select(0.0f, 2.0f * arg2[i_258 + i_220], lane < 3);
  left_tile[i_224 + 13] = select(0.0f, 2.0f * arg2[i_261 + i_220], lane < 3);
  left_tile[i_224 + 14] = select(0.0f, 2.0f * arg2[i_264 + i_220], lane < 3);
  left_tile[i_224 + 15] = select(0.0f, 2.0f * arg2[i_267 + i_220], lane < 3);
  right_tile[i_224] = select(0.0f, arg3[i_270 + i_220], lane < 3);
  right_tile[i_224 + 1] = select(0.0f, arg3[i_273 + i_220], lane < 3);
  right_tile[i_224 + 2] = select(0.0f, arg3[i_276 + i_220], lane < 3);
  right_tile[i_224 + 3] = select(0.0f, arg3[i_279 + i_220], lane < 3);
  right_tile[i_224 + 4] = select(0.0f, arg3[i_282 + i_220], lane < 3);
  right_tile[i_224 + 5] = select(0.0f, arg3[i_285 + i_220], lane < 3);
  right_tile[i_224 + 6] = select(0.0f, arg3[i_288 + i_220], lane < 3);
  right_tile[i_224 + 7] = select(0.0f, arg3[i_291 + i_220], lane < 3);
  right_tile[i_224 + 8] = select(0.0f, arg3[i_294 + i_220], lane < 3);
  right_tile[i_224 + 9] = select(0.0f, arg3[i_297 + i_220], lane < 3);
  right_tile[i_224 + 10] = select(0.0f, arg3[i_300 + i_220], lane < 3);
  right_tile[i_224 + 11] = select(0.0f, arg3[i_303 + i_220], lane < 3);
  right_tile[i_224 + 12] = select(0.0f, arg3[i_306 + i_220], lane < 3);
  right_tile[i_224 + 13] = select(0.0f, arg3[i_309 + i_220], lane < 3);
  right_tile[i_224 + 14] = select(0.0f, arg3[i_312 + i_220], lane < 3);
  right_tile[i_224 + 15] = select(0.0f, arg3[i_315 + i_220], lane < 3);
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_318 = row_thread + 64 * k1_step_group;
   let left1_0 = left_tile[i_318];
   let left1_1 = left_tile[i_318 + 4];
   let left1_2 = left_tile[i_318 + 8];
   let left1_3 = left_tile[i_318 + 12];
   let i_319 = col_thread + 64 * k1_step_group;
   let right1_0 = vec4f(right_tile[i_319], right_tile[i_319 + 4], right_tile[i_319 + 8], right_tile[i_319 + 12]);
   let v_320 = right1_0;
   acc_0_0 += left1_0 * v_320;
   acc_1_0 += left1_1 * v_320;
   acc_2_0 += left1_2 * v_320;
   acc_3_0 += left1_3 * v_320;
   let v_326 = vec4f(right_tile[i_319 + 16], right_tile[i_319 + 20], right_tile[i_319 + 24], right_tile[i_319 + 28]);
   acc_0_0 += left_tile[i_318 + 16] * v_326;
   acc_1_0 += left_tile[i_318 + 20] * v_326;
   acc_2_0 += left_tile[i_318 + 24] * v_326;
   acc_3_0 += left_tile[i_318 + 28] * v_326;
   let v_332 = vec4f(right_tile[i_319 + 32], right_tile[i_319 + 36], right_tile[i_319 + 40], right_tile[i_319 + 44]);
   acc_0_0 += left_tile[i_318 + 32] * v_332;
   acc_1_0 += left_tile[i_318 + 36] * v_332;
   acc_2_0 += left_tile[i_318 + 40] * v_332;
   acc_3_0 += left_tile[i_318 + 44] * v_332;
   let v_338 = vec4f(right_tile[i_319 + 48], right_tile[i_319 + 52], right_tile[i_319 + 56], right_tile[i_319 + 60]);
   acc_0_0 += left_tile[i_318 + 48] * v_338;
   acc_1_0 += left_tile[i_318 + 52] * v_338;
   acc_2_0 += left_tile[i_318 + 56] * v_338;
   acc_3_0 += left_tile[i_318 + 60] * v_338;
  }
 }
 let i_339 = row_thread + 16 * i_2;
 let i_341 = select(i_4 - 1, i_339, i_339 < i_4);
 let i_342 = i32(u32(i_341) / u32(tokens));
 let i_343 = i_341 - i_342 * tokens;
 let i_344 = col_thread + 16 * col_tile;
 let i_345 = i_344;
 let i_348 = select(19, i_344 + 4, (i_344 + 4) < 20);
 let i_351 = select(19, i_344 + 8, (i_344 + 8) < 20);
 let i_354 = select(19, i_344 + 12, (i_344 + 12) < 20);
 if (i_339 < i_4) {
  if (true) {
   out[20 * tokens * i_342 + 40 * tokens * part + i_345 + 20 * i_343] = acc_0_0.x;
  }
  if ((i_344 + 4) < 20) {
   out[20 * tokens * i_342 + 40 * tokens * part + i_348 + 20 * i_343] = acc_0_0.y;
  }
  if ((i_344 + 8) < 20) {
   out[20 * tokens * i_342 + 40 * tokens * part + i_351 + 20 * i_343] = acc_0_0.z;
  }
  if ((i_344 + 12) < 20) {
   out[20 * tokens * i_342 + 40 * tokens * part + i_354 + 20 * i_343] = acc_0_0.w;
  }
 }
 let i_357 = select(i_4 - 1, i_339 + 4, (i_339 + 4) < i_4);
 let i_358 = i32(u32(i_357) / u32(tokens));
 let i_359 = i_357 - i_358 * tokens;
 if ((i_339 + 4) < i_4) {
  if (true) {
   out[20 * tokens * i_358 + 40 * tokens * part + i_345 + 20 * i_359] = acc_1_0.x;
  }
  if ((i_344 + 4) < 20) {
   out[20 * tokens * i_358 + 40 * tokens * part + i_348 + 20 * i_359] = acc_1_0.y;
  }
  if ((i_344 + 8) < 20) {
   out[20 * tokens * i_358 + 40 * tokens * part + i_351 + 20 * i_359] = acc_1_0.z;
  }
  if ((i_344 + 12) < 20) {
   out[20 * tokens * i_358 + 40 * tokens * part + i_354 + 20 * i_359] = acc_1_0.w;
  }
 }
 let i_365 = select(i_4 - 1, i_339 + 8, (i_339 + 8) < i_4);
 let i_366 = i32(u32(i_365) / u32(tokens));
 let i_367 = i_365 - i_366 * tokens;
 if ((i_339 + 8) < i_4) {
  if (true) {
   out[20 * tokens * i_366 + 40 * tokens * part + i_345 + 20 * i_367] = acc_2_0.x;
  }
  if ((i_344 + 4) < 20) {
   out[20 * tokens * i_366 + 40 * tokens * part + i_348 + 20 * i_367] = acc_2_0.y;
  }
  if ((i_344 + 8) < 20) {
   out[20 * tokens * i_366 + 40 * tokens * part + i_351 + 20 * i_367] = acc_2_0.z;
  }
  if ((i_344 + 12) < 20) {
   out[20 * tokens * i_366 + 40 * tokens * part + i_354 + 20 * i_367] = acc_2_0.w;
  }
 }
 let i_373 = select(i_4 - 1, i_339 + 12, (i_339 + 12) < i_4);
 let i_374 = i32(u32(i_373) / u32(tokens));
 let i_375 = i_373 - i_374 * tokens;
 if ((i_339 + 12) < i_4) {
  if (true) {
   out[20 * tokens * i_374 + 40 * tokens * part + i_345 + 20 * i_375] = acc_3_0.x;
  }
  if ((i_344 + 4) < 20) {
   out[20 * tokens * i_374 + 40 * tokens * part + i_348 + 20 * i_375] = acc_3_0.y;
  }
  if ((i_344 + 8) < 20) {
   out[20 * tokens * i_374 + 40 * tokens * part + i_351 + 20 * i_375] = acc_3_0.z;
  }
  if ((i_344 + 12) < 20) {
   out[20 * tokens * i_374 + 40 * tokens * part + i_354 + 20 * i_375] = acc_3_0.w;
  }
 }
}

@group(0) @binding(0) var<storage, read> arg4: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((40 * tokens) + 63) / 64)) { return; }
 let i_1 = 64 * group + lane;
 let i_2 = 40 * tokens;
 let i_3 = select(i_2 - 1, i_1, i_1 < i_2);
 let i_4 = i32(u32(i_3) / u32(20));
 let n0 = i_3 - i_4 * 20;
 let i_5 = i32(u32(i_4) / u32(tokens));
 let m1 = i_4 - i_5 * tokens;
 var acc = 0.0f;
 let i_6 = 20 * tokens * i_5 + 20 * m1 + n0;
 for (var part = 0; part < 2; part += 1) {
  acc += arg4[i_6 + 40 * tokens * part];
 }
 if (i_1 < i_2) {
  out[i_3] = acc;
 }
}
