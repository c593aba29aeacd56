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
 let i_4 = 16 * i_2;
 let i_6 = 2 * tokens;
 let i_64 = 16 * col_tile;
 for (var k0_block = part; k0_block < 3; k0_block += 2) {
  workgroupBarrier();
  let i_3 = lane >> 2;
  let i_5 = i_4 + i_3;
  let i_8 = select(i_6 - 1, i_5, i_5 < i_6);
  let i_9 = i32(u32(i_8) / u32(tokens));
  let i_11 = lane & 3;
  let i_12 = 4 * i_11 + 16 * k0_block;
  let i_14 = select(36, i_12, i_12 < 40);
  let i_15 = 40 * tokens * i_9 + i_14 + 40 * (i_8 - i_9 * tokens);
  let i_16 = u32(i_15);
  let i_18 = i_3 + 64 * i_11;
  left_tile[i_18] = select(0.0f, arg0[i_16 >> 2][i_16 & 3u], i_12 < 40);
  let i_19 = u32(min(u32(i_15 + 1), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 16] = select(0.0f, arg0[i_19 >> 2][i_19 & 3u], (i_12 + 1) < 40);
  let i_21 = u32(min(u32(i_15 + 2), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 32] = select(0.0f, arg0[i_21 >> 2][i_21 & 3u], (i_12 + 2) < 40);
  let i_23 = u32(min(u32(i_15 + 3), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 48] = select(0.0f, arg0[i_23 >> 2][i_23 & 3u], (i_12 + 3) < 40);
  let i_26 = select(i_6 - 1, i_5 + 4, (i_5 + 4) < i_6);
  let i_27 = i32(u32(i_26) / u32(tokens));
  let i_29 = 40 * tokens * i_27 + i_14 + 40 * (i_26 - i_27 * tokens);
  let i_30 = u32(i_29);
  left_tile[i_18 + 4] = select(0.0f, arg0[i_30 >> 2][i_30 & 3u], i_12 < 40);
  let i_32 = u32(min(u32(i_29 + 1), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 20] = select(0.0f, arg0[i_32 >> 2][i_32 & 3u], (i_12 + 1) < 40);
  let i_34 = u32(min(u32(i_29 + 2), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 36] = select(0.0f, arg0[i_34 >> 2][i_34 & 3u], (i_12 + 2) < 40);
  let i_36 = u32(min(u32(i_29 + 3), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 52] = select(0.0f, arg0[i_36 >> 2][i_36 & 3u], (i_12 + 3) < 40);
  let i_39 = select(i_6 - 1, i_5 + 8, (i_5 + 8) < i_6);
  let i_40 = i32(u32(i_39) / u32(tokens));
  let i_42 = 40 * tokens * i_40 + i_14 + 40 * (i_39 - i_40 * tokens);
  let i_43 = u32(i_42);
  left_tile[i_18 + 8] = select(0.0f, arg0[i_43 >> 2][i_43 & 3u], i_12 < 40);
  let i_45 = u32(min(u32(i_42 + 1), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 24] = select(0.0f, arg0[i_45 >> 2][i_45 & 3u], (i_12 + 1) < 40);
  let i_47 = u32(min(u32(i_42 + 2), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 40] = select(0.0f, arg0[i_47 >> 2][i_47 & 3u], (i_12 + 2) < 40);
  let i_49 = u32(min(u32(i_42 + 3), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 56] = select(0.0f, arg0[i_49 >> 2][i_49 & 3u], (i_12 + 3) < 40);
  let i_52 = select(i_6 - 1, i_5 + 12, (i_5 + 12) < i_6);
  let i_53 = i32(u32(i_52) / u32(tokens));
  let i_55 = 40 * tokens * i_53 + i_14 + 40 * (i_52 - i_53 * tokens);
  let i_56 = u32(i_55);
  left_tile[i_18 + 12] = select(0.0f, arg0[i_56 >> 2][i_56 & 3u], i_12 < 40);
  let i_58 = u32(min(u32(i_55 + 1), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 28] = select(0.0f, arg0[i_58 >> 2][i_58 & 3u], (i_12 + 1) < 40);
  let i_60 = u32(min(u32(i_55 + 2), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 44] = select(0.0f, arg0[i_60 >> 2][i_60 & 3u], (i_12 + 2) < 40);
  let i_62 = u32(min(u32(i_55 + 3), u32((80 * tokens)) - 1u));
  left_tile[i_18 + 60] = select(0.0f, arg0[i_62 >> 2][i_62 & 3u], (i_12 + 3) < 40);
  let i_65 = i_64 + i_3;
  let i_67 = i_14 + 40 * i_65;
  let i_68 = u32(i_67);
  right_tile[i_18] = select(0.0f, arg1[i_68 >> 2][i_68 & 3u], i_12 < 40);
  let i_70 = u32(min(u32(i_67 + 1), 799));
  right_tile[i_18 + 16] = select(0.0f, arg1[i_70 >> 2][i_70 & 3u], (i_12 + 1) < 40);
  let i_72 = u32(min(u32(i_67 + 2), 799));
  right_tile[i_18 + 32] = select(0.0f, arg1[i_72 >> 2][i_72 & 3u], (i_12 + 2) < 40);
  let i_74 = u32(min(u32(i_67 + 3), 799));
  right_tile[i_18 + 48] = select(0.0f, arg1[i_74 >> 2][i_74 & 3u], (i_12 + 3) < 40);
  let i_78 = i_14 + 40 * select(19, i_65 + 4, (i_65 + 4) < 20);
  let i_79 = u32(i_78);
  right_tile[i_18 + 4] = select(0.0f, arg1[i_79 >> 2][i_79 & 3u], i_12 < 40);
  let i_81 = u32(min(u32(i_78 + 1), 799));
  right_tile[i_18 + 20] = select(0.0f, arg1[i_81 >> 2][i_81 & 3u], (i_12 + 1) < 40);
  let i_83 = u32(min(u32(i_78 + 2), 799));
  right_tile[i_18 + 36] = select(0.0f, arg1[i_83 >> 2][i_83 & 3u], (i_12 + 2) < 40);
  let i_85 = u32(min(u32(i_78 + 3), 799));
  right_tile[i_18 + 52] = select(0.0f, arg1[i_85 >> 2][i_85 & 3u], (i_12 + 3) < 40);
  let i_89 = i_14 + 40 * select(19, i_65 + 8, (i_65 + 8) < 20);
  let i_90 = u32(i_89);
  right_tile[i_18 + 8] = select(0.0f, arg1[i_90 >> 2][i_90 & 3u], i_12 < 40);
  let i_92 = u32(min(u32(i_89 + 1), 799));
  right_tile[i_18 + 24] = select(0.0f, arg1[i_92 >> 2][i_92 & 3u], (i_12 + 1) < 40);
  let i_94 = u32(min(u32(i_89 + 2), 799));
  right_tile[i_18 + 40] = select(0.0f, arg1[i_94 >> 2][i_94 & 3u], (i_12 + 2) < 40);
  let i_96 = u32(min(u32(i_89 + 3), 799));
  right_tile[i_18 + 56] = select(0.0f, arg1[i_96 >> 2][i_96 & 3u], (i_12 + 3) < 40);
  let i_100 = i_14 + 40 * select(19, i_65 + 12, (i_65 + 12) < 20);
  let i_101 = u32(i_100);
  right_tile[i_18 + 12] = select(0.0f, arg1[i_101 >> 2][i_101 & 3u], i_12 < 40);
  let i_103 = u32(min(u32(i_100 + 1), 799));
  right_tile[i_18 + 28] = select(0.0f, arg1[i_103 >> 2][i_103 & 3u], (i_12 + 1) < 40);
  let i_105 = u32(min(u32(i_100 + 2), 799));
  right_tile[i_18 + 44] = select(0.0f, arg1[i_105 >> 2][i_105 & 3u], (i_12 + 2) < 40);
  let i_107 = u32(min(u32(i_100 + 3), 799));
  right_tile[i_18 + 60] = select(0.0f, arg1[i_107 >> 2][i_107 & 3u], (i_12 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_109 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_109];
   let left_1 = left_tile[i_109 + 4];
   let left_2 = left_tile[i_109 + 8];
   let left_3 = left_tile[i_109 + 12];
   let i_110 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_110], right_tile[i_110 + 4], right_tile[i_110 + 8], right_tile[i_110 + 12]);
   let v_111 = right_0;
   acc_0_0 += left_0 * v_111;
   acc_1_0 += left_1 * v_111;
   acc_2_0 += left_2 * v_111;
   acc_3_0 += left_3 * v_111;
   let v_117 = vec4f(right_tile[i_110 + 16], right_tile[i_110 + 20], right_tile[i_110 + 24], right_tile[i_110 + 28]);
   acc_0_0 += left_tile[i_109 + 16] * v_117;
   acc_1_0 += left_tile[i_109 + 20] * v_117;
   acc_2_0 += left_tile[i_109 + 24] * v_117;
   acc_3_0 += left_tile[i_109 + 28] * v_117;
   let v_123 = vec4f(right_tile[i_110 + 32], right_tile[i_110 + 36], right_tile[i_110 + 40], right_tile[i_110 + 44]);
   acc_0_0 += left_tile[i_109 + 32] * v_123;
   acc_1_0 += left_tile[i_109 + 36] * v_123;
   acc_2_0 += left_tile[i_109 + 40] * v_123;
   acc_3_0 += left_tile[i_109 + 44] * v_123;
   let v_129 = vec4f(right_tile[i_110 + 48], right_tile[i_110 + 52], right_tile[i_110 + 56], right_tile[i_110 + 60]);
   acc_0_0 += left_tile[i_109 + 48] * v_129;
   acc_1_0 += left_tile[i_109 + 52] * v_129;
   acc_2_0 += left_tile[i_109 + 56] * v_129;
   acc_3_0 += left_tile[i_109 + 60] * v_129;
  }
 }
 let i_131 = select(i_6 - 1, i_4, i_4 < i_6);
 let i_132 = i32(u32(i_131) / u32(tokens));
 let i_136 = 3 * tokens * i_132 + 3 * (i_131 - i_132 * tokens);
 let i_141 = select(i_6 - 1, i_4 + 1, (i_4 + 1) < i_6);
 let i_142 = i32(u32(i_141) / u32(tokens));
 let i_144 = 3 * tokens * i_142 + 3 * (i_141 - i_142 * tokens);
 let i_148 = select(i_6 - 1, i_4 + 2, (i_4 + 2) < i_6);
 let i_149 = i32(u32(i_148) / u32(tokens));
 let i_151 = 3 * tokens * i_149 + 3 * (i_148 - i_149 * tokens);
 let i_155 = select(i_6 - 1, i_4 + 3, (i_4 + 3) < i_6);
 let i_156 = i32(u32(i_155) / u32(tokens));
 let i_158 = 3 * tokens * i_156 + 3 * (i_155 - i_156 * tokens);
 let i_162 = select(i_6 - 1, i_4 + 4, (i_4 + 4) < i_6);
 let i_163 = i32(u32(i_162) / u32(tokens));
 let i_165 = 3 * tokens * i_163 + 3 * (i_162 - i_163 * tokens);
 let i_169 = select(i_6 - 1, i_4 + 5, (i_4 + 5) < i_6);
 let i_170 = i32(u32(i_169) / u32(tokens));
 let i_172 = 3 * tokens * i_170 + 3 * (i_169 - i_170 * tokens);
 let i_176 = select(i_6 - 1, i_4 + 6, (i_4 + 6) < i_6);
 let i_177 = i32(u32(i_176) / u32(tokens));
 let i_179 = 3 * tokens * i_177 + 3 * (i_176 - i_177 * tokens);
 let i_183 = select(i_6 - 1, i_4 + 7, (i_4 + 7) < i_6);
 let i_184 = i32(u32(i_183) / u32(tokens));
 let i_186 = 3 * tokens * i_184 + 3 * (i_183 - i_184 * tokens);
 let i_190 = select(i_6 - 1, i_4 + 8, (i_4 + 8) < i_6);
 let i_191 = i32(u32(i_190) / u32(tokens));
 let i_193 = 3 * tokens * i_191 + 3 * (i_190 - i_191 * tokens);
 let i_197 = select(i_6 - 1, i_4 + 9, (i_4 + 9) < i_6);
 let i_198 = i32(u32(i_197) / u32(tokens));
 let i_200 = 3 * tokens * i_198 + 3 * (i_197 - i_198 * tokens);
 let i_204 = select(i_6 - 1, i_4 + 10, (i_4 + 10) < i_6);
 let i_205 = i32(u32(i_204) / u32(tokens));
 let i_207 = 3 * tokens * i_205 + 3 * (i_204 - i_205 * tokens);
 let i_211 = select(i_6 - 1, i_4 + 11, (i_4 + 11) < i_6);
 let i_212 = i32(u32(i_211) / u32(tokens));
 let i_214 = 3 * tokens * i_212 + 3 * (i_211 - i_212 * tokens);
 let i_218 = select(i_6 - 1, i_4 + 12, (i_4 + 12) < i_6);
 let i_219 = i32(u32(i_218) / u32(tokens));
 let i_221 = 3 * tokens * i_219 + 3 * (i_218 - i_219 * tokens);
 let i_225 = select(i_6 - 1, i_4 + 13, (i_4 + 13) < i_6);
 let i_226 = i32(u32(i_225) / u32(tokens));
 let i_228 = 3 * tokens * i_226 + 3 * (i_225 - i_226 * tokens);
 let i_232 = select(i_6 - 1, i_4 + 14, (i_4 + 14) < i_6);
 let i_233 = i32(u32(i_232) / u32(tokens));
 let i_235 = 3 * tokens * i_233 + 3 * (i_232 - i_233 * tokens);
 let i_239 = select(i_6 - 1, i_4 + 15, (i_4 + 15) < i_6);
 let i_240 = i32(u32(i_239) / u32(tokens));
 let i_242 = 3 * tokens * i_240 + 3 * (i_239 - i_240 * tokens);
 let i_246 = 3 * i_64;
 let i_250 = 3 * (i_64 + 1);
 let i_254 = 3 * (i_64 + 2);
 let i_258 = 3 * (i_64 + 3);
 let i_263 = 3 * select(19, i_64 + 4, (i_64 + 4) < 20);
 let i_268 = 3 * select(19, i_64 + 5, (i_64 + 5) < 20);
 let i_273 = 3 * select(19, i_64 + 6, (i_64 + 6) < 20);
 let i_278 = 3 * select(19, i_64 + 7, (i_64 + 7) < 20);
 let i_283 = 3 * select(19, i_64 + 8, (i_64 + 8) < 20);
 let i_288 = 3 * select(19, i_64 + 9, (i_64 + 9) < 20);
 let i_293 = 3 * select(19, i_64 + 10, (i_64 + 10) < 20);
 let i_298 = 3 * select(19, i_64 + 11, (i_64 + 11) < 20);
 let i_303 = 3 * select(19, i_64 + 12, (i_64 + 12) < 20);
 let i_308 = 3 * select(19, i_64 + 13, (i_64 + 13) < 20);
 let i_313 = 3 * select(19, i_64 + 14, (i_64 + 14) < 20);
 let i_318 = 3 * select(19, i_64 + 15, (i_64 + 15) < 20);
 for (var k1_block = part; k1_block < 1; k1_block += 2) {
  workgroupBarrier();
  let i_135 = select(2, lane, lane < 3);
  let i_139 = 16 * lane;
  left_tile[i_139] = select(0.0f, 2.0f * arg2[i_136 + i_135], lane < 3);
  left_tile[i_139 + 1] = select(0.0f, 2.0f * arg2[i_144 + i_135], lane < 3);
  left_tile[i_139 + 2] = select(0.0f, 2.0f * arg2[i_151 + i_135], lane < 3);
  left_tile[i_139 + 3] = select(0.0f, 2.0f * arg2[i_158 + i_135], lane < 3);
  left_tile[i_139 + 4] = select(0.0f, 2.0f * arg2[i_165 + i_135], lane < 3);
  left_tile[i_139 + 5] = select(0.0f, 2.0f * arg2[i_172 + i_135], lane < 3);
  left_tile[i_139 + 6] = select(0.0f, 2.0f * arg2[i_179 + i_135], lane < 3);
  left_tile[i_139 + 7] = select(0.0f, 2.0f * arg2[i_186 + i_135], lane < 3);
  left_tile[i_139 + 8] = select(0.0f, 2.0f * arg2[i_193 + i_135], lane < 3);
  left_tile[i_139 + 9] = select(0.0f, 2.0f * arg2[i_200 + i_135], lane < 3);
  left_tile[i_139 + 10] = select(0.0f, 2.0f * arg2[i_207 + i_135], lane < 3);
  left_tile[i_139 + 11] = select(0.0f, 2.0f * arg2[i_214 + i_135], lane < 3);
  left_tile[i_139 + 12] = select(0.0f, 2.0f * arg2[i_221 + i_135], lane < 3);
  left_tile[i_139 + 13] = select(0.0f, 2.0f * arg2[i_228 + i_135], lane < 3);
  left_tile[i_139 + 14] = select(0.0f, 2.0f * arg2[i_235 + i_135], lane < 3);
  left_tile[i_139 + 15] = select(0.0f, 2.0f * arg2[i_242 + i_135], lane < 3);
  right_tile[i_139] = select(0.0f, arg3[i_246 + i_135], lane < 3);
  right_tile[i_139 + 1] = select(0.0f, arg3[i_250 + i_135], lane < 3);
  right_tile[i_139 + 2] = select(0.0f, arg3[i_254 + i_135], lane < 3);
  right_tile[i_139 + 3] = select(0.0f, arg3[i_258 + i_135], lane < 3);
  right_tile[i_139 + 4] = select(0.0f, arg3[i_263 + i_135], lane < 3);
  right_tile[i_139 + 5] = select(0.0f, arg3[i_268 + i_135], lane < 3);
  right_tile[i_139 + 6] = select(0.0f, arg3[i_273 + i_135], lane < 3);
  right_tile[i_139 + 7] = select(0.0f, arg3[i_278 + i_135], lane < 3);
  right_tile[i_139 + 8] = select(0.0f, arg3[i_283 + i_135], lane < 3);
  right_tile[i_139 + 9] = select(0.0f, arg3[i_288 + i_135], lane < 3);
  right_tile[i_139 + 10] = select(0.0f, arg3[i_293 + i_135], lane < 3);
  right_tile[i_139 + 11] = select(0.0f, arg3[i_298 + i_135], lane < 3);
  right_tile[i_139 + 12] = select(0.0f, arg3[i_303 + i_135], lane < 3);
  right_tile[i_139 + 13] = select(0.0f, arg3[i_308 + i_135], lane < 3);
  right_tile[i_139 + 14] = select(0.0f, arg3[i_313 + i_135], lane < 3);
  right_tile[i_139 + 15] = select(0.0f, arg3[i_318 + i_135], lane < 3);
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_321 = row_thread + 64 * k1_step_group;
   let left1_0 = left_tile[i_321];
   let left1_1 = left_tile[i_321 + 4];
   let left1_2 = left_tile[i_321 + 8];
   let left1_3 = left_tile[i_321 + 12];
   let i_322 = col_thread + 64 * k1_step_group;
   let right1_0 = vec4f(right_tile[i_322], right_tile[i_322 + 4], right_tile[i_322 + 8], right_tile[i_322 + 12]);
   let v_323 = right1_0;
   acc_0_0 += left1_0 * v_323;
   acc_1_0 += left1_1 * v_323;
   acc_2_0 += left1_2 * v_323;
   acc_3_0 += left1_3 * v_323;
   let v_329 = vec4f(right_tile[i_322 + 16], right_tile[i_322 + 20], right_tile[i_322 + 24], right_tile[i_322 + 28]);
   acc_0_0 += left_tile[i_321 + 16] * v_329;
   acc_1_0 += left_tile[i_321 + 20] * v_329;
   acc_2_0 += left_tile[i_321 + 24] * v_329;
   acc_3_0 += left_tile[i_321 + 28] * v_329;
   let v_335 = vec4f(right_tile[i_322 + 32], right_tile[i_322 + 36], right_tile[i_322 + 40], right_tile[i_322 + 44]);
   acc_0_0 += left_tile[i_321 + 32] * v_335;
   acc_1_0 += left_tile[i_321 + 36] * v_335;
   acc_2_0 += left_tile[i_321 + 40] * v_335;
   acc_3_0 += left_tile[i_321 + 44] * v_335;
   let v_341 = vec4f(right_tile[i_322 + 48], right_tile[i_322 + 52], right_tile[i_322 + 56], right_tile[i_322 + 60]);
   acc_0_0 += left_tile[i_321 + 48] * v_341;
   acc_1_0 += left_tile[i_321 + 52] * v_341;
   acc_2_0 += left_tile[i_321 + 56] * v_341;
   acc_3_0 += left_tile[i_321 + 60] * v_341;
  }
 }
 let i_342 = row_thread + 16 * i_2;
 let i_344 = select(i_6 - 1, i_342, i_342 < i_6);
 let i_345 = i32(u32(i_344) / u32(tokens));
 let i_346 = i_344 - i_345 * tokens;
 let i_347 = col_thread + 16 * col_tile;
 let i_348 = i_347;
 let i_351 = select(19, i_347 + 4, (i_347 + 4) < 20);
 let i_354 = select(19, i_347 + 8, (i_347 + 8) < 20);
 let i_357 = select(19, i_347 + 12, (i_347 + 12) < 20);
 if (i_342 < i_6) {
  if (true) {
   out[20 * tokens * i_345 + 40 * tokens * part + i_348 + 20 * i_346] = acc_0_0.x;
  }
  if ((i_347 + 4) < 20) {
   out[20 * tokens * i_345 + 40 * tokens * part + i_351 + 20 * i_346] = acc_0_0.y;
  }
  if ((i_347 + 8) < 20) {
   out[20 * tokens * i_345 + 40 * tokens * part + i_354 + 20 * i_346] = acc_0_0.z;
  }
  if ((i_347 + 12) < 20) {
   out[20 * tokens * i_345 + 40 * tokens * part + i_357 + 20 * i_346] = acc_0_0.w;
  }
 }
 let i_360 = select(i_6 - 1, i_342 + 4, (i_342 + 4) < i_6);
 let i_361 = i32(u32(i_360) / u32(tokens));
 let i_362 = i_360 - i_361 * tokens;
 if ((i_342 + 4) < i_6) {
  if (true) {
   out[20 * tokens * i_361 + 40 * tokens * part + i_348 + 20 * i_362] = acc_1_0.x;
  }
  if ((i_347 + 4) < 20) {
   out[20 * tokens * i_361 + 40 * tokens * part + i_351 + 20 * i_362] = acc_1_0.y;
  }
  if ((i_347 + 8) < 20) {
   out[20 * tokens * i_361 + 40 * tokens * part + i_354 + 20 * i_362] = acc_1_0.z;
  }
  if ((i_347 + 12) < 20) {
   out[20 * tokens * i_361 + 40 * tokens * part + i_357 + 20 * i_362] = acc_1_0.w;
  }
 }
 let i_368 = select(i_6 - 1, i_342 + 8, (i_342 + 8) < i_6);
 let i_369 = i32(u32(i_368) / u32(tokens));
 let i_370 = i_368 - i_369 * tokens;
 if ((i_342 + 8) < i_6) {
  if (true) {
   out[20 * tokens * i_369 + 40 * tokens * part + i_348 + 20 * i_370] = acc_2_0.x;
  }
  if ((i_347 + 4) < 20) {
   out[20 * tokens * i_369 + 40 * tokens * part + i_351 + 20 * i_370] = acc_2_0.y;
  }
  if ((i_347 + 8) < 20) {
   out[20 * tokens * i_369 + 40 * tokens * part + i_354 + 20 * i_370] = acc_2_0.z;
  }
  if ((i_347 + 12) < 20) {
   out[20 * tokens * i_369 + 40 * tokens * part + i_357 + 20 * i_370] = acc_2_0.w;
  }
 }
 let i_376 = select(i_6 - 1, i_342 + 12, (i_342 + 12) < i_6);
 let i_377 = i32(u32(i_376) / u32(tokens));
 let i_378 = i_376 - i_377 * tokens;
 if ((i_342 + 12) < i_6) {
  if (true) {
   out[20 * tokens * i_377 + 40 * tokens * part + i_348 + 20 * i_378] = acc_3_0.x;
  }
  if ((i_347 + 4) < 20) {
   out[20 * tokens * i_377 + 40 * tokens * part + i_351 + 20 * i_378] = acc_3_0.y;
  }
  if ((i_347 + 8) < 20) {
   out[20 * tokens * i_377 + 40 * tokens * part + i_354 + 20 * i_378] = acc_3_0.z;
  }
  if ((i_347 + 12) < 20) {
   out[20 * tokens * i_377 + 40 * tokens * part + i_357 + 20 * i_378] = acc_3_0.w;
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
