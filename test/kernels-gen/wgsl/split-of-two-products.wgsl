@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = ((2 * tokens) + 15) / 16;
 if (group >= 2 * i_0 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = lane & 3;
 let i_4 = i32(u32(i_1) / 2u);
 let i_5 = i_1 - i_4 * 2;
 let i_6 = i_5 * 16 + i_3;
 let i_7 = min(i_6, 20 - 1);
 let i_8 = i_5 * 16 + i_3 + 4;
 let i_9 = min(i_8, 20 - 1);
 let i_10 = i_5 * 16 + i_3 + 8;
 let i_11 = min(i_10, 20 - 1);
 let i_12 = i_5 * 16 + i_3 + 12;
 let i_13 = min(i_12, 20 - 1);
 let i_14 = (lane >> 2) & 3;
 let i_16 = i_4 - i32(u32(i_4) / u32(max(i_0, 1))) * i_0;
 let i_17 = i_16 * 16 + i_14;
 let i_18 = min(i_17, (2 * tokens) - 1);
 let i_19 = i32(u32(i_18) / u32(tokens));
 let m1_0 = i_18 - i_19 * tokens;
 let i_20 = i_16 * 16 + i_14 + 4;
 let i_21 = min(i_20, (2 * tokens) - 1);
 let i_22 = i32(u32(i_21) / u32(tokens));
 let m1_1 = i_21 - i_22 * tokens;
 let i_23 = i_16 * 16 + i_14 + 8;
 let i_24 = min(i_23, (2 * tokens) - 1);
 let i_25 = i32(u32(i_24) / u32(tokens));
 let m1_2 = i_24 - i_25 * tokens;
 let i_26 = i_16 * 16 + i_14 + 12;
 let i_27 = min(i_26, (2 * tokens) - 1);
 let i_28 = i32(u32(i_27) / u32(tokens));
 let m1_3 = i_27 - i_28 * tokens;
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_29 = i_3 * 4;
 let i_30 = (lane >> 2) & 15;
 let i_31 = min(i_16 * 16 + i_30, (2 * tokens) - 1);
 let i_32 = i32(u32(i_31) / u32(tokens));
 let m1_a0 = i_31 - i_32 * tokens;
 let i_33 = i_29 * 16 + i_30;
 let i_34 = lane + 16;
 let i_36 = (i_34 & 3) * 4;
 let i_37 = (i_34 >> 2) & 15;
 let i_38 = min(i_16 * 16 + i_37, (2 * tokens) - 1);
 let i_39 = i32(u32(i_38) / u32(tokens));
 let m1_a1 = i_38 - i_39 * tokens;
 let i_40 = i_36 * 16 + i_37;
 let i_41 = lane + 32;
 let i_43 = (i_41 & 3) * 4;
 let i_44 = (i_41 >> 2) & 15;
 let i_45 = min(i_16 * 16 + i_44, (2 * tokens) - 1);
 let i_46 = i32(u32(i_45) / u32(tokens));
 let m1_a2 = i_45 - i_46 * tokens;
 let i_47 = i_43 * 16 + i_44;
 let i_48 = lane + 48;
 let i_50 = (i_48 & 3) * 4;
 let i_51 = (i_48 >> 2) & 15;
 let i_52 = min(i_16 * 16 + i_51, (2 * tokens) - 1);
 let i_53 = i32(u32(i_52) / u32(tokens));
 let m1_a3 = i_52 - i_53 * tokens;
 let i_54 = i_50 * 16 + i_51;
 let i_59 = (40 + 31) / 32 * 16;
 let i_60 = i_2 * i_59;
 let i_61 = min(i_60 + i_59, 40);
 let i_62 = 40 * tokens * i_32 + 40 * m1_a0;
 let i_66 = 40 * tokens * i_39 + 40 * m1_a1;
 let i_70 = 40 * tokens * i_46 + 40 * m1_a2;
 let i_74 = 40 * tokens * i_53 + 40 * m1_a3;
 let i_78 = 40 * min(i_5 * 16 + i_30, 20 - 1);
 let i_82 = 40 * min(i_5 * 16 + i_37, 20 - 1);
 let i_86 = 40 * min(i_5 * 16 + i_44, 20 - 1);
 let i_90 = 40 * min(i_5 * 16 + i_51, 20 - 1);
 for (var k0_first = i_60; k0_first < i_61; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_29;
  let k0_a0 = min(k0_a0_at, 40 - 4);
  let v_65 = select(vec4f(), arg0[(i_62 + k0_a0) >> 2], k0_a0_at < 40);
  staged[i_33] = v_65.x;
  staged[i_33 + 16] = v_65.y;
  staged[i_33 + 32] = v_65.z;
  staged[i_33 + 48] = v_65.w;
  let k0_a1_at = k0_first + i_36;
  let k0_a1 = min(k0_a1_at, 40 - 4);
  let v_69 = select(vec4f(), arg0[(i_66 + k0_a1) >> 2], k0_a1_at < 40);
  staged[i_40] = v_69.x;
  staged[i_40 + 16] = v_69.y;
  staged[i_40 + 32] = v_69.z;
  staged[i_40 + 48] = v_69.w;
  let k0_a2_at = k0_first + i_43;
  let k0_a2 = min(k0_a2_at, 40 - 4);
  let v_73 = select(vec4f(), arg0[(i_70 + k0_a2) >> 2], k0_a2_at < 40);
  staged[i_47] = v_73.x;
  staged[i_47 + 16] = v_73.y;
  staged[i_47 + 32] = v_73.z;
  staged[i_47 + 48] = v_73.w;
  let k0_a3_at = k0_first + i_50;
  let k0_a3 = min(k0_a3_at, 40 - 4);
  let v_77 = select(vec4f(), arg0[(i_74 + k0_a3) >> 2], k0_a3_at < 40);
  staged[i_54] = v_77.x;
  staged[i_54 + 16] = v_77.y;
  staged[i_54 + 32] = v_77.z;
  staged[i_54 + 48] = v_77.w;
  let k0_b0_at = k0_first + i_29;
  let k0_b0 = min(k0_b0_at, 40 - 4);
  let v_81 = select(vec4f(), arg1[(i_78 + k0_b0) >> 2], k0_b0_at < 40);
  staged[i_33 + 256] = v_81.x;
  staged[i_33 + 272] = v_81.y;
  staged[i_33 + 288] = v_81.z;
  staged[i_33 + 304] = v_81.w;
  let k0_b1_at = k0_first + i_36;
  let k0_b1 = min(k0_b1_at, 40 - 4);
  let v_85 = select(vec4f(), arg1[(i_82 + k0_b1) >> 2], k0_b1_at < 40);
  staged[i_40 + 256] = v_85.x;
  staged[i_40 + 272] = v_85.y;
  staged[i_40 + 288] = v_85.z;
  staged[i_40 + 304] = v_85.w;
  let k0_b2_at = k0_first + i_43;
  let k0_b2 = min(k0_b2_at, 40 - 4);
  let v_89 = select(vec4f(), arg1[(i_86 + k0_b2) >> 2], k0_b2_at < 40);
  staged[i_47 + 256] = v_89.x;
  staged[i_47 + 272] = v_89.y;
  staged[i_47 + 288] = v_89.z;
  staged[i_47 + 304] = v_89.w;
  let k0_b3_at = k0_first + i_50;
  let k0_b3 = min(k0_b3_at, 40 - 4);
  let v_93 = select(vec4f(), arg1[(i_90 + k0_b3) >> 2], k0_b3_at < 40);
  staged[i_54 + 256] = v_93.x;
  staged[i_54 + 272] = v_93.y;
  staged[i_54 + 288] = v_93.z;
  staged[i_54 + 304] = v_93.w;
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 16 + i_14;
   let at_b = step * 16 + i_3;
   let v_102 = vec4f(staged[at_b + 256], staged[at_b + 260], staged[at_b + 264], staged[at_b + 268]);
   acc_0 = fma(vec4f(staged[at_a]), v_102, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 4]), v_102, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 8]), v_102, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 12]), v_102, acc_3);
   let v_111 = vec4f(staged[at_b + 272], staged[at_b + 276], staged[at_b + 280], staged[at_b + 284]);
   acc_0 = fma(vec4f(staged[at_a + 16]), v_111, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 20]), v_111, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 24]), v_111, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 28]), v_111, acc_3);
   let v_120 = vec4f(staged[at_b + 288], staged[at_b + 292], staged[at_b + 296], staged[at_b + 300]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_120, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 36]), v_120, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 40]), v_120, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 44]), v_120, acc_3);
   let v_129 = vec4f(staged[at_b + 304], staged[at_b + 308], staged[at_b + 312], staged[at_b + 316]);
   acc_0 = fma(vec4f(staged[at_a + 48]), v_129, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 52]), v_129, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 56]), v_129, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 60]), v_129, acc_3);
  }
 }
 let i_130 = lane & 15;
 let i_131 = (lane >> 4) & 15;
 let i_132 = min(i_16 * 16 + i_131, (2 * tokens) - 1);
 let i_134 = i_130 * 16 + i_131;
 let i_135 = i_34 & 15;
 let i_136 = (i_34 >> 4) & 15;
 let i_137 = min(i_16 * 16 + i_136, (2 * tokens) - 1);
 let i_139 = i_135 * 16 + i_136;
 let i_140 = i_41 & 15;
 let i_141 = (i_41 >> 4) & 15;
 let i_142 = min(i_16 * 16 + i_141, (2 * tokens) - 1);
 let i_144 = i_140 * 16 + i_141;
 let i_145 = i_48 & 15;
 let i_146 = (i_48 >> 4) & 15;
 let i_147 = min(i_16 * 16 + i_146, (2 * tokens) - 1);
 let i_149 = i_145 * 16 + i_146;
 let i_150 = lane + 64;
 let i_151 = i_150 & 15;
 let i_152 = (i_150 >> 4) & 15;
 let i_153 = min(i_16 * 16 + i_152, (2 * tokens) - 1);
 let i_155 = i_151 * 16 + i_152;
 let i_156 = lane + 80;
 let i_157 = i_156 & 15;
 let i_158 = (i_156 >> 4) & 15;
 let i_159 = min(i_16 * 16 + i_158, (2 * tokens) - 1);
 let i_161 = i_157 * 16 + i_158;
 let i_162 = lane + 96;
 let i_163 = i_162 & 15;
 let i_164 = (i_162 >> 4) & 15;
 let i_165 = min(i_16 * 16 + i_164, (2 * tokens) - 1);
 let i_167 = i_163 * 16 + i_164;
 let i_168 = lane + 112;
 let i_169 = i_168 & 15;
 let i_170 = (i_168 >> 4) & 15;
 let i_171 = min(i_16 * 16 + i_170, (2 * tokens) - 1);
 let i_173 = i_169 * 16 + i_170;
 let i_174 = lane + 128;
 let i_175 = i_174 & 15;
 let i_176 = (i_174 >> 4) & 15;
 let i_177 = min(i_16 * 16 + i_176, (2 * tokens) - 1);
 let i_179 = i_175 * 16 + i_176;
 let i_180 = lane + 144;
 let i_181 = i_180 & 15;
 let i_182 = (i_180 >> 4) & 15;
 let i_183 = min(i_16 * 16 + i_182, (2 * tokens) - 1);
 let i_185 = i_181 * 16 + i_182;
 let i_186 = lane + 160;
 let i_187 = i_186 & 15;
 let i_188 = (i_186 >> 4) & 15;
 let i_189 = min(i_16 * 16 + i_188, (2 * tokens) - 1);
 let i_191 = i_187 * 16 + i_188;
 let i_192 = lane + 176;
 let i_193 = i_192 & 15;
 let i_194 = (i_192 >> 4) & 15;
 let i_195 = min(i_16 * 16 + i_194, (2 * tokens) - 1);
 let i_197 = i_193 * 16 + i_194;
 let i_198 = lane + 192;
 let i_199 = i_198 & 15;
 let i_200 = (i_198 >> 4) & 15;
 let i_201 = min(i_16 * 16 + i_200, (2 * tokens) - 1);
 let i_203 = i_199 * 16 + i_200;
 let i_204 = lane + 208;
 let i_205 = i_204 & 15;
 let i_206 = (i_204 >> 4) & 15;
 let i_207 = min(i_16 * 16 + i_206, (2 * tokens) - 1);
 let i_209 = i_205 * 16 + i_206;
 let i_210 = lane + 224;
 let i_211 = i_210 & 15;
 let i_212 = (i_210 >> 4) & 15;
 let i_213 = min(i_16 * 16 + i_212, (2 * tokens) - 1);
 let i_215 = i_211 * 16 + i_212;
 let i_216 = lane + 240;
 let i_217 = i_216 & 15;
 let i_218 = (i_216 >> 4) & 15;
 let i_219 = min(i_16 * 16 + i_218, (2 * tokens) - 1);
 let i_221 = i_217 * 16 + i_218;
 let i_238 = (3 + 31) / 32 * 16;
 let i_239 = i_2 * i_238;
 let i_240 = min(i_239 + i_238, 3);
 {
  let i_133 = i32(u32(i_132) / u32(tokens));
  let m1_a0 = i_132 - i_133 * tokens;
  let i_138 = i32(u32(i_137) / u32(tokens));
  let m1_a1 = i_137 - i_138 * tokens;
  let i_143 = i32(u32(i_142) / u32(tokens));
  let m1_a2 = i_142 - i_143 * tokens;
  let i_148 = i32(u32(i_147) / u32(tokens));
  let m1_a3 = i_147 - i_148 * tokens;
  let i_154 = i32(u32(i_153) / u32(tokens));
  let m1_a4 = i_153 - i_154 * tokens;
  let i_160 = i32(u32(i_159) / u32(tokens));
  let m1_a5 = i_159 - i_160 * tokens;
  let i_166 = i32(u32(i_165) / u32(tokens));
  let m1_a6 = i_165 - i_166 * tokens;
  let i_172 = i32(u32(i_171) / u32(tokens));
  let m1_a7 = i_171 - i_172 * tokens;
  let i_178 = i32(u32(i_177) / u32(tokens));
  let m1_a8 = i_177 - i_178 * tokens;
  let i_184 = i32(u32(i_183) / u32(tokens));
  let m1_a9 = i_183 - i_184 * tokens;
  let i_190 = i32(u32(i_189) / u32(tokens));
  let m1_a10 = i_189 - i_190 * tokens;
  let i_196 = i32(u32(i_195) / u32(tokens));
  let m1_a11 = i_195 - i_196 * tokens;
  let i_202 = i32(u32(i_201) / u32(tokens));
  let m1_a12 = i_201 - i_202 * tokens;
  let i_208 = i32(u32(i_207) / u32(tokens));
  let m1_a13 = i_207 - i_208 * tokens;
  let i_214 = i32(u32(i_213) / u32(tokens));
  let m1_a14 = i_213 - i_214 * tokens;
  let i_220 = i32(u32(i_219) / u32(tokens));
  let m1_a15 = i_219 - i_220 * tokens;
  let i_241 = 3 * tokens * i_133 + 3 * m1_a0;
  let i_245 = 3 * tokens * i_138 + 3 * m1_a1;
  let i_249 = 3 * tokens * i_143 + 3 * m1_a2;
  let i_253 = 3 * tokens * i_148 + 3 * m1_a3;
  let i_257 = 3 * tokens * i_154 + 3 * m1_a4;
  let i_261 = 3 * tokens * i_160 + 3 * m1_a5;
  let i_265 = 3 * tokens * i_166 + 3 * m1_a6;
  let i_269 = 3 * tokens * i_172 + 3 * m1_a7;
  let i_273 = 3 * tokens * i_178 + 3 * m1_a8;
  let i_277 = 3 * tokens * i_184 + 3 * m1_a9;
  let i_281 = 3 * tokens * i_190 + 3 * m1_a10;
  let i_285 = 3 * tokens * i_196 + 3 * m1_a11;
  let i_289 = 3 * tokens * i_202 + 3 * m1_a12;
  let i_293 = 3 * tokens * i_208 + 3 * m1_a13;
  let i_297 = 3 * tokens * i_214 + 3 * m1_a14;
  let i_301 = 3 * tokens * i_220 + 3 * m1_a15;
  let i_305 = 3 * min(i_5 * 16 + i_131, 20 - 1);
  let i_308 = 3 * min(i_5 * 16 + i_136, 20 - 1);
  let i_311 = 3 * min(i_5 * 16 + i_141, 20 - 1);
  let i_314 = 3 * min(i_5 * 16 + i_146, 20 - 1);
  let i_317 = 3 * min(i_5 * 16 + i_152, 20 - 1);
  let i_320 = 3 * min(i_5 * 16 + i_158, 20 - 1);
  let i_323 = 3 * min(i_5 * 16 + i_164, 20 - 1);
  let i_326 = 3 * min(i_5 * 16 + i_170, 20 - 1);
  let i_329 = 3 * min(i_5 * 16 + i_176, 20 - 1);
  let i_332 = 3 * min(i_5 * 16 + i_182, 20 - 1);
  let i_335 = 3 * min(i_5 * 16 + i_188, 20 - 1);
  let i_338 = 3 * min(i_5 * 16 + i_194, 20 - 1);
  let i_341 = 3 * min(i_5 * 16 + i_200, 20 - 1);
  let i_344 = 3 * min(i_5 * 16 + i_206, 20 - 1);
  let i_347 = 3 * min(i_5 * 16 + i_212, 20 - 1);
  let i_350 = 3 * min(i_5 * 16 + i_218, 20 - 1);
  for (var k1_first = i_239; k1_first < i_240; k1_first += 16) {
   workgroupBarrier();
   let k1_a0_at = k1_first + i_130;
   let k1_a0 = min(k1_a0_at, 3 - 1);
   staged[i_134] = select(0.0f, 2.0f * arg2[i_241 + k1_a0], k1_a0_at < 3);
   let k1_a1_at = k1_first + i_135;
   let k1_a1 = min(k1_a1_at, 3 - 1);
   staged[i_139] = select(0.0f, 2.0f * arg2[i_245 + k1_a1], k1_a1_at < 3);
   let k1_a2_at = k1_first + i_140;
   let k1_a2 = min(k1_a2_at, 3 - 1);
   staged[i_144] = select(0.0f, 2.0f * arg2[i_249 + k1_a2], k1_a2_at < 3);
   let k1_a3_at = k1_first + i_145;
   let k1_a3 = min(k1_a3_at, 3 - 1);
   staged[i_149] = select(0.0f, 2.0f * arg2[i_253 + k1_a3], k1_a3_at < 3);
   let k1_a4_at = k1_first + i_151;
   let k1_a4 = min(k1_a4_at, 3 - 1);
   staged[i_155] = select(0.0f, 2.0f * arg2[i_257 + k1_a4], k1_a4_at < 3);
   let k1_a5_at = k1_first + i_157;
   let k1_a5 = min(k1_a5_at, 3 - 1);
   staged[i_161] = select(0.0f, 2.0f * arg2[i_261 + k1_a5], k1_a5_at < 3);
   let k1_a6_at = k1_first + i_163;
   let k1_a6 = min(k1_a6_at, 3 - 1);
   staged[i_167] = select(0.0f, 2.0f * arg2[i_265 + k1_a6], k1_a6_at < 3);
   let k1_a7_at = k1_first + i_169;
   let k1_a7 = min(k1_a7_at, 3 - 1);
   staged[i_173] = select(0.0f, 2.0f * arg2[i_269 + k1_a7], k1_a7_at < 3);
   let k1_a8_at = k1_first + i_175;
   let k1_a8 = min(k1_a8_at, 3 - 1);
   staged[i_179] = select(0.0f, 2.0f * arg2[i_273 + k1_a8], k1_a8_at < 3);
   let k1_a9_at = k1_first + i_181;
   let k1_a9 = min(k1_a9_at, 3 - 1);
   staged[i_185] = select(0.0f, 2.0f * arg2[i_277 + k1_a9], k1_a9_at < 3);
   let k1_a10_at = k1_first + i_187;
   let k1_a10 = min(k1_a10_at, 3 - 1);
   staged[i_191] = select(0.0f, 2.0f * arg2[i_281 + k1_a10], k1_a10_at < 3);
   let k1_a11_at = k1_first + i_193;
   let k1_a11 = min(k1_a11_at, 3 - 1);
   staged[i_197] = select(0.0f, 2.0f * arg2[i_285 + k1_a11], k1_a11_at < 3);
   let k1_a12_at = k1_first + i_199;
   let k1_a12 = min(k1_a12_at, 3 - 1);
   staged[i_203] = select(0.0f, 2.0f * arg2[i_289 + k1_a12], k1_a12_at < 3);
   let k1_a13_at = k1_first + i_205;
   let k1_a13 = min(k1_a13_at, 3 - 1);
   staged[i_209] = select(0.0f, 2.0f * arg2[i_293 + k1_a13], k1_a13_at < 3);
   let k1_a14_at = k1_first + i_211;
   let k1_a14 = min(k1_a14_at, 3 - 1);
   staged[i_215] = select(0.0f, 2.0f * arg2[i_297 + k1_a14], k1_a14_at < 3);
   let k1_a15_at = k1_first + i_217;
   let k1_a15 = min(k1_a15_at, 3 - 1);
   staged[i_221] = select(0.0f, 2.0f * arg2[i_301 + k1_a15], k1_a15_at < 3);
   let k1_b0_at = k1_first + i_130;
   let k1_b0 = min(k1_b0_at, 3 - 1);
   staged[i_134 + 256] = select(0.0f, arg3[i_305 + k1_b0], k1_b0_at < 3);
   let k1_b1_at = k1_first + i_135;
   let k1_b1 = min(k1_b1_at, 3 - 1);
   staged[i_139 + 256] = select(0.0f, arg3[i_308 + k1_b1], k1_b1_at < 3);
   let k1_b2_at = k1_first + i_140;
   let k1_b2 = min(k1_b2_at, 3 - 1);
   staged[i_144 + 256] = select(0.0f, arg3[i_311 + k1_b2], k1_b2_at < 3);
   let k1_b3_at = k1_first + i_145;
   let k1_b3 = min(k1_b3_at, 3 - 1);
   staged[i_149 + 256] = select(0.0f, arg3[i_314 + k1_b3], k1_b3_at < 3);
   let k1_b4_at = k1_first + i_151;
   let k1_b4 = min(k1_b4_at, 3 - 1);
   staged[i_155 + 256] = select(0.0f, arg3[i_317 + k1_b4], k1_b4_at < 3);
   let k1_b5_at = k1_first + i_157;
   let k1_b5 = min(k1_b5_at, 3 - 1);
   staged[i_161 + 256] = select(0.0f, arg3[i_320 + k1_b5], k1_b5_at < 3);
   let k1_b6_at = k1_first + i_163;
   let k1_b6 = min(k1_b6_at, 3 - 1);
   staged[i_167 + 256] = select(0.0f, arg3[i_323 + k1_b6], k1_b6_at < 3);
   let k1_b7_at = k1_first + i_169;
   let k1_b7 = min(k1_b7_at, 3 - 1);
   staged[i_173 + 256] = select(0.0f, arg3[i_326 + k1_b7], k1_b7_at < 3);
   let k1_b8_at = k1_first + i_175;
   let k1_b8 = min(k1_b8_at, 3 - 1);
   staged[i_179 + 256] = select(0.0f, arg3[i_329 + k1_b8], k1_b8_at < 3);
   let k1_b9_at = k1_first + i_181;
   let k1_b9 = min(k1_b9_at, 3 - 1);
   staged[i_185 + 256] = select(0.0f, arg3[i_332 + k1_b9], k1_b9_at < 3);
   let k1_b10_at = k1_first + i_187;
   let k1_b10 = min(k1_b10_at, 3 - 1);
   staged[i_191 + 256] = select(0.0f, arg3[i_335 + k1_b10], k1_b10_at < 3);
   let k1_b11_at = k1_first + i_193;
   let k1_b11 = min(k1_b11_at, 3 - 1);
   staged[i_197 + 256] = select(0.0f, arg3[i_338 + k1_b11], k1_b11_at < 3);
   let k1_b12_at = k1_first + i_199;
   let k1_b12 = min(k1_b12_at, 3 - 1);
   staged[i_203 + 256] = select(0.0f, arg3[i_341 + k1_b12], k1_b12_at < 3);
   let k1_b13_at = k1_first + i_205;
   let k1_b13 = min(k1_b13_at, 3 - 1);
   staged[i_209 + 256] = select(0.0f, arg3[i_344 + k1_b13], k1_b13_at < 3);
   let k1_b14_at = k1_first + i_211;
   let k1_b14 = min(k1_b14_at, 3 - 1);
   staged[i_215 + 256] = select(0.0f, arg3[i_347 + k1_b14], k1_b14_at < 3);
   let k1_b15_at = k1_first + i_217;
   let k1_b15 = min(k1_b15_at, 3 - 1);
   staged[i_221 + 256] = select(0.0f, arg3[i_350 + k1_b15], k1_b15_at < 3);
   workgroupBarrier();
   for (var step = 0; step < 16; step += 4) {
    let at_a = step * 16 + i_14;
    let at_b = step * 16 + i_3;
    let v_361 = vec4f(staged[at_b + 256], staged[at_b + 260], staged[at_b + 264], staged[at_b + 268]);
    acc_0 = fma(vec4f(staged[at_a]), v_361, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 4]), v_361, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 8]), v_361, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 12]), v_361, acc_3);
    let v_370 = vec4f(staged[at_b + 272], staged[at_b + 276], staged[at_b + 280], staged[at_b + 284]);
    acc_0 = fma(vec4f(staged[at_a + 16]), v_370, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 20]), v_370, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 24]), v_370, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 28]), v_370, acc_3);
    let v_379 = vec4f(staged[at_b + 288], staged[at_b + 292], staged[at_b + 296], staged[at_b + 300]);
    acc_0 = fma(vec4f(staged[at_a + 32]), v_379, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 36]), v_379, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 40]), v_379, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 44]), v_379, acc_3);
    let v_388 = vec4f(staged[at_b + 304], staged[at_b + 308], staged[at_b + 312], staged[at_b + 316]);
    acc_0 = fma(vec4f(staged[at_a + 48]), v_388, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 52]), v_388, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 56]), v_388, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 60]), v_388, acc_3);
   }
  }
 }
 if (i_17 < (2 * tokens)) {
  if (i_6 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_19 + 20 * m1_0 + i_7)] = acc_0.x;
  }
  if (i_8 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_19 + 20 * m1_0 + i_9)] = acc_0.y;
  }
  if (i_10 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_19 + 20 * m1_0 + i_11)] = acc_0.z;
  }
  if (i_12 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_19 + 20 * m1_0 + i_13)] = acc_0.w;
  }
 }
 if (i_20 < (2 * tokens)) {
  if (i_6 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_22 + 20 * m1_1 + i_7)] = acc_1.x;
  }
  if (i_8 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_22 + 20 * m1_1 + i_9)] = acc_1.y;
  }
  if (i_10 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_22 + 20 * m1_1 + i_11)] = acc_1.z;
  }
  if (i_12 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_22 + 20 * m1_1 + i_13)] = acc_1.w;
  }
 }
 if (i_23 < (2 * tokens)) {
  if (i_6 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_25 + 20 * m1_2 + i_7)] = acc_2.x;
  }
  if (i_8 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_25 + 20 * m1_2 + i_9)] = acc_2.y;
  }
  if (i_10 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_25 + 20 * m1_2 + i_11)] = acc_2.z;
  }
  if (i_12 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_25 + 20 * m1_2 + i_13)] = acc_2.w;
  }
 }
 if (i_26 < (2 * tokens)) {
  if (i_6 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_28 + 20 * m1_3 + i_7)] = acc_3.x;
  }
  if (i_8 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_28 + 20 * m1_3 + i_9)] = acc_3.y;
  }
  if (i_10 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_28 + 20 * m1_3 + i_11)] = acc_3.z;
  }
  if (i_12 < 20) {
   out[i_2 * (40 * tokens) + (20 * tokens * i_28 + 20 * m1_3 + i_13)] = acc_3.w;
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
