@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
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
 let i_1 = i32(u32(group) / 2u);
 let part = group - i_1 * 2;
 let i_2 = i32(u32(i_1) / 2u);
 let col_tile = i_1 - i_2 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_3 = lane >> 2;
 let i_4 = i_3 + 16 * i_2;
 let i_5 = 2 * tokens;
 let i_6 = min(i_4, i_5 - 1);
 let i_7 = i32(u32(i_6) / u32(tokens));
 let i_9 = lane & 3;
 let i_10 = 4 * i_9;
 let i_14 = 10 * tokens * i_7 + 10 * (i_6 - i_7 * tokens);
 let i_18 = i_3 + 64 * i_9;
 let i_22 = min(i_4 + 4, i_5 - 1);
 let i_23 = i32(u32(i_22) / u32(tokens));
 let i_25 = 10 * tokens * i_23 + 10 * (i_22 - i_23 * tokens);
 let i_32 = min(i_4 + 8, i_5 - 1);
 let i_33 = i32(u32(i_32) / u32(tokens));
 let i_35 = 10 * tokens * i_33 + 10 * (i_32 - i_33 * tokens);
 let i_42 = min(i_4 + 12, i_5 - 1);
 let i_43 = i32(u32(i_42) / u32(tokens));
 let i_45 = 10 * tokens * i_43 + 10 * (i_42 - i_43 * tokens);
 let i_52 = 16 * col_tile + i_3;
 let i_53 = 10 * i_52;
 let i_61 = 10 * min(i_52 + 4, 19);
 let i_69 = 10 * min(i_52 + 8, 19);
 let i_77 = 10 * min(i_52 + 12, 19);
 for (var k0_block = part; k0_block < 3; k0_block += 2) {
  workgroupBarrier();
  let i_11 = i_10 + 16 * k0_block;
  let i_13 = select(9, i_9 + 4 * k0_block, i_11 < 40);
  let v_16 = arg0[i_14 + i_13];
  left_tile[i_18] = select(0.0f, v_16.x, i_11 < 40);
  left_tile[i_18 + 16] = select(0.0f, v_16.y, (i_11 + 1) < 40);
  left_tile[i_18 + 32] = select(0.0f, v_16.z, (i_11 + 2) < 40);
  left_tile[i_18 + 48] = select(0.0f, v_16.w, (i_11 + 3) < 40);
  let v_27 = arg0[i_25 + i_13];
  left_tile[i_18 + 4] = select(0.0f, v_27.x, i_11 < 40);
  left_tile[i_18 + 20] = select(0.0f, v_27.y, (i_11 + 1) < 40);
  left_tile[i_18 + 36] = select(0.0f, v_27.z, (i_11 + 2) < 40);
  left_tile[i_18 + 52] = select(0.0f, v_27.w, (i_11 + 3) < 40);
  let v_37 = arg0[i_35 + i_13];
  left_tile[i_18 + 8] = select(0.0f, v_37.x, i_11 < 40);
  left_tile[i_18 + 24] = select(0.0f, v_37.y, (i_11 + 1) < 40);
  left_tile[i_18 + 40] = select(0.0f, v_37.z, (i_11 + 2) < 40);
  left_tile[i_18 + 56] = select(0.0f, v_37.w, (i_11 + 3) < 40);
  let v_47 = arg0[i_45 + i_13];
  left_tile[i_18 + 12] = select(0.0f, v_47.x, i_11 < 40);
  left_tile[i_18 + 28] = select(0.0f, v_47.y, (i_11 + 1) < 40);
  left_tile[i_18 + 44] = select(0.0f, v_47.z, (i_11 + 2) < 40);
  left_tile[i_18 + 60] = select(0.0f, v_47.w, (i_11 + 3) < 40);
  let v_55 = arg1[i_53 + i_13];
  right_tile[i_18] = select(0.0f, v_55.x, i_11 < 40);
  right_tile[i_18 + 16] = select(0.0f, v_55.y, (i_11 + 1) < 40);
  right_tile[i_18 + 32] = select(0.0f, v_55.z, (i_11 + 2) < 40);
  right_tile[i_18 + 48] = select(0.0f, v_55.w, (i_11 + 3) < 40);
  let v_63 = arg1[i_61 + i_13];
  right_tile[i_18 + 4] = select(0.0f, v_63.x, i_11 < 40);
  right_tile[i_18 + 20] = select(0.0f, v_63.y, (i_11 + 1) < 40);
  right_tile[i_18 + 36] = select(0.0f, v_63.z, (i_11 + 2) < 40);
  right_tile[i_18 + 52] = select(0.0f, v_63.w, (i_11 + 3) < 40);
  let v_71 = arg1[i_69 + i_13];
  right_tile[i_18 + 8] = select(0.0f, v_71.x, i_11 < 40);
  right_tile[i_18 + 24] = select(0.0f, v_71.y, (i_11 + 1) < 40);
  right_tile[i_18 + 40] = select(0.0f, v_71.z, (i_11 + 2) < 40);
  right_tile[i_18 + 56] = select(0.0f, v_71.w, (i_11 + 3) < 40);
  let v_79 = arg1[i_77 + i_13];
  right_tile[i_18 + 12] = select(0.0f, v_79.x, i_11 < 40);
  right_tile[i_18 + 28] = select(0.0f, v_79.y, (i_11 + 1) < 40);
  right_tile[i_18 + 44] = select(0.0f, v_79.z, (i_11 + 2) < 40);
  right_tile[i_18 + 60] = select(0.0f, v_79.w, (i_11 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_84 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_84];
   let left_1 = left_tile[i_84 + 4];
   let left_2 = left_tile[i_84 + 8];
   let left_3 = left_tile[i_84 + 12];
   let i_85 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_85], right_tile[i_85 + 4], right_tile[i_85 + 8], right_tile[i_85 + 12]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_90 = vec4f(right_tile[i_85 + 16], right_tile[i_85 + 20], right_tile[i_85 + 24], right_tile[i_85 + 28]);
   acc_0_0 += left_tile[i_84 + 16] * v_90;
   acc_1_0 += left_tile[i_84 + 20] * v_90;
   acc_2_0 += left_tile[i_84 + 24] * v_90;
   acc_3_0 += left_tile[i_84 + 28] * v_90;
   let v_95 = vec4f(right_tile[i_85 + 32], right_tile[i_85 + 36], right_tile[i_85 + 40], right_tile[i_85 + 44]);
   acc_0_0 += left_tile[i_84 + 32] * v_95;
   acc_1_0 += left_tile[i_84 + 36] * v_95;
   acc_2_0 += left_tile[i_84 + 40] * v_95;
   acc_3_0 += left_tile[i_84 + 44] * v_95;
   let v_100 = vec4f(right_tile[i_85 + 48], right_tile[i_85 + 52], right_tile[i_85 + 56], right_tile[i_85 + 60]);
   acc_0_0 += left_tile[i_84 + 48] * v_100;
   acc_1_0 += left_tile[i_84 + 52] * v_100;
   acc_2_0 += left_tile[i_84 + 56] * v_100;
   acc_3_0 += left_tile[i_84 + 60] * v_100;
  }
 }
 let i_101 = 16 * i_2;
 let i_102 = min(i_101, i_5 - 1);
 let i_103 = i32(u32(i_102) / u32(tokens));
 let i_105 = min(lane, 2);
 let f_107 = arg2[3 * tokens * i_103 + i_105 + 3 * (i_102 - i_103 * tokens)];
 let i_108 = 16 * lane;
 let i_109 = min(i_101 + 1, i_5 - 1);
 let i_110 = i32(u32(i_109) / u32(tokens));
 let f_113 = arg2[3 * tokens * i_110 + i_105 + 3 * (i_109 - i_110 * tokens)];
 let i_114 = min(i_101 + 2, i_5 - 1);
 let i_115 = i32(u32(i_114) / u32(tokens));
 let f_118 = arg2[3 * tokens * i_115 + i_105 + 3 * (i_114 - i_115 * tokens)];
 let i_119 = min(i_101 + 3, i_5 - 1);
 let i_120 = i32(u32(i_119) / u32(tokens));
 let f_123 = arg2[3 * tokens * i_120 + i_105 + 3 * (i_119 - i_120 * tokens)];
 let i_124 = min(i_101 + 4, i_5 - 1);
 let i_125 = i32(u32(i_124) / u32(tokens));
 let f_128 = arg2[3 * tokens * i_125 + i_105 + 3 * (i_124 - i_125 * tokens)];
 let i_129 = min(i_101 + 5, i_5 - 1);
 let i_130 = i32(u32(i_129) / u32(tokens));
 let f_133 = arg2[3 * tokens * i_130 + i_105 + 3 * (i_129 - i_130 * tokens)];
 let i_134 = min(i_101 + 6, i_5 - 1);
 let i_135 = i32(u32(i_134) / u32(tokens));
 let f_138 = arg2[3 * tokens * i_135 + i_105 + 3 * (i_134 - i_135 * tokens)];
 let i_139 = min(i_101 + 7, i_5 - 1);
 let i_140 = i32(u32(i_139) / u32(tokens));
 let f_143 = arg2[3 * tokens * i_140 + i_105 + 3 * (i_139 - i_140 * tokens)];
 let i_144 = min(i_101 + 8, i_5 - 1);
 let i_145 = i32(u32(i_144) / u32(tokens));
 let f_148 = arg2[3 * tokens * i_145 + i_105 + 3 * (i_144 - i_145 * tokens)];
 let i_149 = min(i_101 + 9, i_5 - 1);
 let i_150 = i32(u32(i_149) / u32(tokens));
 let f_153 = arg2[3 * tokens * i_150 + i_105 + 3 * (i_149 - i_150 * tokens)];
 let i_154 = min(i_101 + 10, i_5 - 1);
 let i_155 = i32(u32(i_154) / u32(tokens));
 let f_158 = arg2[3 * tokens * i_155 + i_105 + 3 * (i_154 - i_155 * tokens)];
 let i_159 = min(i_101 + 11, i_5 - 1);
 let i_160 = i32(u32(i_159) / u32(tokens));
 let f_163 = arg2[3 * tokens * i_160 + i_105 + 3 * (i_159 - i_160 * tokens)];
 let i_164 = min(i_101 + 12, i_5 - 1);
 let i_165 = i32(u32(i_164) / u32(tokens));
 let f_168 = arg2[3 * tokens * i_165 + i_105 + 3 * (i_164 - i_165 * tokens)];
 let i_169 = min(i_101 + 13, i_5 - 1);
 let i_170 = i32(u32(i_169) / u32(tokens));
 let f_173 = arg2[3 * tokens * i_170 + i_105 + 3 * (i_169 - i_170 * tokens)];
 let i_174 = min(i_101 + 14, i_5 - 1);
 let i_175 = i32(u32(i_174) / u32(tokens));
 let f_178 = arg2[3 * tokens * i_175 + i_105 + 3 * (i_174 - i_175 * tokens)];
 let i_179 = min(i_101 + 15, i_5 - 1);
 let i_180 = i32(u32(i_179) / u32(tokens));
 let f_183 = arg2[3 * tokens * i_180 + i_105 + 3 * (i_179 - i_180 * tokens)];
 let i_184 = 16 * col_tile;
 let f_186 = arg3[3 * i_184 + i_105];
 let f_189 = arg3[3 * (i_184 + 1) + i_105];
 let f_192 = arg3[3 * (i_184 + 2) + i_105];
 let f_195 = arg3[3 * (i_184 + 3) + i_105];
 let f_198 = arg3[3 * min(i_184 + 4, 19) + i_105];
 let f_201 = arg3[3 * min(i_184 + 5, 19) + i_105];
 let f_204 = arg3[3 * min(i_184 + 6, 19) + i_105];
 let f_207 = arg3[3 * min(i_184 + 7, 19) + i_105];
 let f_210 = arg3[3 * min(i_184 + 8, 19) + i_105];
 let f_213 = arg3[3 * min(i_184 + 9, 19) + i_105];
 let f_216 = arg3[3 * min(i_184 + 10, 19) + i_105];
 let f_219 = arg3[3 * min(i_184 + 11, 19) + i_105];
 let f_222 = arg3[3 * min(i_184 + 12, 19) + i_105];
 let f_225 = arg3[3 * min(i_184 + 13, 19) + i_105];
 let f_228 = arg3[3 * min(i_184 + 14, 19) + i_105];
 let f_231 = arg3[3 * min(i_184 + 15, 19) + i_105];
 for (var k1_block = part; k1_block < 1; k1_block += 2) {
  workgroupBarrier();
  left_tile[i_108] = select(0.0f, 2.0f * f_107, lane < 3);
  left_tile[i_108 + 1] = select(0.0f, 2.0f * f_113, lane < 3);
  left_tile[i_108 + 2] = select(0.0f, 2.0f * f_118, lane < 3);
  left_tile[i_108 + 3] = select(0.0f, 2.0f * f_123, lane < 3);
  left_tile[i_108 + 4] = select(0.0f, 2.0f * f_128, lane < 3);
  left_tile[i_108 + 5] = select(0.0f, 2.0f * f_133, lane < 3);
  left_tile[i_108 + 6] = select(0.0f, 2.0f * f_138, lane < 3);
  left_tile[i_108 + 7] = select(0.0f, 2.0f * f_143, lane < 3);
  left_tile[i_108 + 8] = select(0.0f, 2.0f * f_148, lane < 3);
  left_tile[i_108 + 9] = select(0.0f, 2.0f * f_153, lane < 3);
  left_tile[i_108 + 10] = select(0.0f, 2.0f * f_158, lane < 3);
  left_tile[i_108 + 11] = select(0.0f, 2.0f * f_163, lane < 3);
  left_tile[i_108 + 12] = select(0.0f, 2.0f * f_168, lane < 3);
  left_tile[i_108 + 13] = select(0.0f, 2.0f * f_173, lane < 3);
  left_tile[i_108 + 14] = select(0.0f, 2.0f * f_178, lane < 3);
  left_tile[i_108 + 15] = select(0.0f, 2.0f * f_183, lane < 3);
  right_tile[i_108] = select(0.0f, f_186, lane < 3);
  right_tile[i_108 + 1] = select(0.0f, f_189, lane < 3);
  right_tile[i_108 + 2] = select(0.0f, f_192, lane < 3);
  right_tile[i_108 + 3] = select(0.0f, f_195, lane < 3);
  right_tile[i_108 + 4] = select(0.0f, f_198, lane < 3);
  right_tile[i_108 + 5] = select(0.0f, f_201, lane < 3);
  right_tile[i_108 + 6] = select(0.0f, f_204, lane < 3);
  right_tile[i_108 + 7] = select(0.0f, f_207, lane < 3);
  right_tile[i_108 + 8] = select(0.0f, f_210, lane < 3);
  right_tile[i_108 + 9] = select(0.0f, f_213, lane < 3);
  right_tile[i_108 + 10] = select(0.0f, f_216, lane < 3);
  right_tile[i_108 + 11] = select(0.0f, f_219, lane < 3);
  right_tile[i_108 + 12] = select(0.0f, f_222, lane < 3);
  right_tile[i_108 + 13] = select(0.0f, f_225, lane < 3);
  right_tile[i_108 + 14] = select(0.0f, f_228, lane < 3);
  right_tile[i_108 + 15] = select(0.0f, f_231, lane < 3);
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_232 = row_thread + 64 * k1_step_group;
   let left1_0 = left_tile[i_232];
   let left1_1 = left_tile[i_232 + 4];
   let left1_2 = left_tile[i_232 + 8];
   let left1_3 = left_tile[i_232 + 12];
   let i_233 = col_thread + 64 * k1_step_group;
   let right1_0 = vec4f(right_tile[i_233], right_tile[i_233 + 4], right_tile[i_233 + 8], right_tile[i_233 + 12]);
   acc_0_0 += left1_0 * right1_0;
   acc_1_0 += left1_1 * right1_0;
   acc_2_0 += left1_2 * right1_0;
   acc_3_0 += left1_3 * right1_0;
   let v_238 = vec4f(right_tile[i_233 + 16], right_tile[i_233 + 20], right_tile[i_233 + 24], right_tile[i_233 + 28]);
   acc_0_0 += left_tile[i_232 + 16] * v_238;
   acc_1_0 += left_tile[i_232 + 20] * v_238;
   acc_2_0 += left_tile[i_232 + 24] * v_238;
   acc_3_0 += left_tile[i_232 + 28] * v_238;
   let v_243 = vec4f(right_tile[i_233 + 32], right_tile[i_233 + 36], right_tile[i_233 + 40], right_tile[i_233 + 44]);
   acc_0_0 += left_tile[i_232 + 32] * v_243;
   acc_1_0 += left_tile[i_232 + 36] * v_243;
   acc_2_0 += left_tile[i_232 + 40] * v_243;
   acc_3_0 += left_tile[i_232 + 44] * v_243;
   let v_248 = vec4f(right_tile[i_233 + 48], right_tile[i_233 + 52], right_tile[i_233 + 56], right_tile[i_233 + 60]);
   acc_0_0 += left_tile[i_232 + 48] * v_248;
   acc_1_0 += left_tile[i_232 + 52] * v_248;
   acc_2_0 += left_tile[i_232 + 56] * v_248;
   acc_3_0 += left_tile[i_232 + 60] * v_248;
  }
 }
 let i_249 = row_thread + 16 * i_2;
 let i_250 = min(i_249, i_5 - 1);
 let i_251 = i32(u32(i_250) / u32(tokens));
 let i_252 = i_250 - i_251 * tokens;
 let i_253 = col_thread + 16 * col_tile;
 let i_255 = min(i_253 + 4, 19);
 let i_257 = min(i_253 + 8, 19);
 let i_259 = min(i_253 + 12, 19);
 if (i_249 < i_5) {
  out[20 * tokens * i_251 + 40 * tokens * part + i_253 + 20 * i_252] = acc_0_0.x;
  if ((i_253 + 4) < 20) {
   out[20 * tokens * i_251 + 40 * tokens * part + i_255 + 20 * i_252] = acc_0_0.y;
  }
  if ((i_253 + 8) < 20) {
   out[20 * tokens * i_251 + 40 * tokens * part + i_257 + 20 * i_252] = acc_0_0.z;
  }
  if ((i_253 + 12) < 20) {
   out[20 * tokens * i_251 + 40 * tokens * part + i_259 + 20 * i_252] = acc_0_0.w;
  }
 }
 let i_261 = min(i_249 + 4, i_5 - 1);
 let i_262 = i32(u32(i_261) / u32(tokens));
 let i_263 = i_261 - i_262 * tokens;
 if ((i_249 + 4) < i_5) {
  out[20 * tokens * i_262 + 40 * tokens * part + i_253 + 20 * i_263] = acc_1_0.x;
  if ((i_253 + 4) < 20) {
   out[20 * tokens * i_262 + 40 * tokens * part + i_255 + 20 * i_263] = acc_1_0.y;
  }
  if ((i_253 + 8) < 20) {
   out[20 * tokens * i_262 + 40 * tokens * part + i_257 + 20 * i_263] = acc_1_0.z;
  }
  if ((i_253 + 12) < 20) {
   out[20 * tokens * i_262 + 40 * tokens * part + i_259 + 20 * i_263] = acc_1_0.w;
  }
 }
 let i_268 = min(i_249 + 8, i_5 - 1);
 let i_269 = i32(u32(i_268) / u32(tokens));
 let i_270 = i_268 - i_269 * tokens;
 if ((i_249 + 8) < i_5) {
  out[20 * tokens * i_269 + 40 * tokens * part + i_253 + 20 * i_270] = acc_2_0.x;
  if ((i_253 + 4) < 20) {
   out[20 * tokens * i_269 + 40 * tokens * part + i_255 + 20 * i_270] = acc_2_0.y;
  }
  if ((i_253 + 8) < 20) {
   out[20 * tokens * i_269 + 40 * tokens * part + i_257 + 20 * i_270] = acc_2_0.z;
  }
  if ((i_253 + 12) < 20) {
   out[20 * tokens * i_269 + 40 * tokens * part + i_259 + 20 * i_270] = acc_2_0.w;
  }
 }
 let i_275 = min(i_249 + 12, i_5 - 1);
 let i_276 = i32(u32(i_275) / u32(tokens));
 let i_277 = i_275 - i_276 * tokens;
 if ((i_249 + 12) < i_5) {
  out[20 * tokens * i_276 + 40 * tokens * part + i_253 + 20 * i_277] = acc_3_0.x;
  if ((i_253 + 4) < 20) {
   out[20 * tokens * i_276 + 40 * tokens * part + i_255 + 20 * i_277] = acc_3_0.y;
  }
  if ((i_253 + 8) < 20) {
   out[20 * tokens * i_276 + 40 * tokens * part + i_257 + 20 * i_277] = acc_3_0.z;
  }
  if ((i_253 + 12) < 20) {
   out[20 * tokens * i_276 + 40 * tokens * part + i_259 + 20 * i_277] = acc_3_0.w;
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
 let i_3 = min(i_1, i_2 - 1);
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
