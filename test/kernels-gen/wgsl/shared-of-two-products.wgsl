@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1280>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = ((2 * tokens) + 15) / 16;
 if (group >= 2 * i_0) { return; }
 let i_1 = lane & 15;
 let i_2 = i32(u32(group) / 2u);
 let i_3 = group - i_2 * 2;
 let i_4 = i_3 * 64 + i_1;
 let i_5 = min(i_4, 70 - 1);
 let i_6 = i_3 * 64 + i_1 + 16;
 let i_7 = min(i_6, 70 - 1);
 let i_8 = i_3 * 64 + i_1 + 32;
 let i_9 = min(i_8, 70 - 1);
 let i_10 = i_3 * 64 + i_1 + 48;
 let i_11 = min(i_10, 70 - 1);
 let i_12 = (lane >> 4) & 3;
 let i_14 = i_2 - i32(u32(i_2) / u32(max(i_0, 1))) * i_0;
 let i_15 = i_14 * 16 + i_12;
 let i_16 = min(i_15, (2 * tokens) - 1);
 let i_17 = i32(u32(i_16) / u32(tokens));
 let m1_0 = i_16 - i_17 * tokens;
 let i_18 = i_14 * 16 + i_12 + 4;
 let i_19 = min(i_18, (2 * tokens) - 1);
 let i_20 = i32(u32(i_19) / u32(tokens));
 let m1_1 = i_19 - i_20 * tokens;
 let i_21 = i_14 * 16 + i_12 + 8;
 let i_22 = min(i_21, (2 * tokens) - 1);
 let i_23 = i32(u32(i_22) / u32(tokens));
 let m1_2 = i_22 - i_23 * tokens;
 let i_24 = i_14 * 16 + i_12 + 12;
 let i_25 = min(i_24, (2 * tokens) - 1);
 let i_26 = i32(u32(i_25) / u32(tokens));
 let m1_3 = i_25 - i_26 * tokens;
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_28 = (lane & 3) * 4;
 let i_29 = (lane >> 2) & 15;
 let i_30 = min(i_14 * 16 + i_29, (2 * tokens) - 1);
 let i_31 = i32(u32(i_30) / u32(tokens));
 let m1_a0 = i_30 - i_31 * tokens;
 let i_32 = i_28 * 16 + i_29;
 let i_33 = (lane >> 2) & 63;
 let i_35 = i_28 * 64 + i_33;
 let i_36 = lane + 64;
 let i_38 = (i_36 & 3) * 4;
 let i_39 = (i_36 >> 2) & 63;
 let i_41 = i_38 * 64 + i_39;
 let i_42 = lane + 128;
 let i_44 = (i_42 & 3) * 4;
 let i_45 = (i_42 >> 2) & 63;
 let i_47 = i_44 * 64 + i_45;
 let i_48 = lane + 192;
 let i_50 = (i_48 & 3) * 4;
 let i_51 = (i_48 >> 2) & 63;
 let i_53 = i_50 * 64 + i_51;
 let i_54 = 40 * tokens * i_31 + 40 * m1_a0;
 let i_58 = 40 * min(i_3 * 64 + i_33, 70 - 1);
 let i_62 = 40 * min(i_3 * 64 + i_39, 70 - 1);
 let i_66 = 40 * min(i_3 * 64 + i_45, 70 - 1);
 let i_70 = 40 * min(i_3 * 64 + i_51, 70 - 1);
 for (var k0_first = 0; k0_first < 40; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_28;
  let k0_a0 = min(k0_a0_at, 40 - 4);
  let v_57 = select(vec4f(), arg0[(i_54 + k0_a0) >> 2], k0_a0_at < 40);
  staged[i_32] = v_57.x;
  staged[i_32 + 16] = v_57.y;
  staged[i_32 + 32] = v_57.z;
  staged[i_32 + 48] = v_57.w;
  let k0_b0_at = k0_first + i_28;
  let k0_b0 = min(k0_b0_at, 40 - 4);
  let v_61 = select(vec4f(), arg1[(i_58 + k0_b0) >> 2], k0_b0_at < 40);
  staged[i_35 + 256] = v_61.x;
  staged[i_35 + 320] = v_61.y;
  staged[i_35 + 384] = v_61.z;
  staged[i_35 + 448] = v_61.w;
  let k0_b1_at = k0_first + i_38;
  let k0_b1 = min(k0_b1_at, 40 - 4);
  let v_65 = select(vec4f(), arg1[(i_62 + k0_b1) >> 2], k0_b1_at < 40);
  staged[i_41 + 256] = v_65.x;
  staged[i_41 + 320] = v_65.y;
  staged[i_41 + 384] = v_65.z;
  staged[i_41 + 448] = v_65.w;
  let k0_b2_at = k0_first + i_44;
  let k0_b2 = min(k0_b2_at, 40 - 4);
  let v_69 = select(vec4f(), arg1[(i_66 + k0_b2) >> 2], k0_b2_at < 40);
  staged[i_47 + 256] = v_69.x;
  staged[i_47 + 320] = v_69.y;
  staged[i_47 + 384] = v_69.z;
  staged[i_47 + 448] = v_69.w;
  let k0_b3_at = k0_first + i_50;
  let k0_b3 = min(k0_b3_at, 40 - 4);
  let v_73 = select(vec4f(), arg1[(i_70 + k0_b3) >> 2], k0_b3_at < 40);
  staged[i_53 + 256] = v_73.x;
  staged[i_53 + 320] = v_73.y;
  staged[i_53 + 384] = v_73.z;
  staged[i_53 + 448] = v_73.w;
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 16 + i_12;
   let at_b = step * 64 + i_1;
   let v_82 = vec4f(staged[at_b + 256], staged[at_b + 272], staged[at_b + 288], staged[at_b + 304]);
   acc_0 = fma(vec4f(staged[at_a]), v_82, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 4]), v_82, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 8]), v_82, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 12]), v_82, acc_3);
   let v_91 = vec4f(staged[at_b + 320], staged[at_b + 336], staged[at_b + 352], staged[at_b + 368]);
   acc_0 = fma(vec4f(staged[at_a + 16]), v_91, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 20]), v_91, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 24]), v_91, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 28]), v_91, acc_3);
   let v_100 = vec4f(staged[at_b + 384], staged[at_b + 400], staged[at_b + 416], staged[at_b + 432]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_100, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 36]), v_100, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 40]), v_100, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 44]), v_100, acc_3);
   let v_109 = vec4f(staged[at_b + 448], staged[at_b + 464], staged[at_b + 480], staged[at_b + 496]);
   acc_0 = fma(vec4f(staged[at_a + 48]), v_109, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 52]), v_109, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 56]), v_109, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 60]), v_109, acc_3);
  }
 }
 let i_110 = (lane >> 4) & 15;
 let i_111 = min(i_14 * 16 + i_110, (2 * tokens) - 1);
 let i_113 = i_1 * 16 + i_110;
 let i_114 = i_36 & 15;
 let i_115 = (i_36 >> 4) & 15;
 let i_116 = min(i_14 * 16 + i_115, (2 * tokens) - 1);
 let i_118 = i_114 * 16 + i_115;
 let i_119 = i_42 & 15;
 let i_120 = (i_42 >> 4) & 15;
 let i_121 = min(i_14 * 16 + i_120, (2 * tokens) - 1);
 let i_123 = i_119 * 16 + i_120;
 let i_124 = i_48 & 15;
 let i_125 = (i_48 >> 4) & 15;
 let i_126 = min(i_14 * 16 + i_125, (2 * tokens) - 1);
 let i_128 = i_124 * 16 + i_125;
 let i_129 = (lane >> 4) & 63;
 let i_131 = i_1 * 64 + i_129;
 let i_132 = (i_36 >> 4) & 63;
 let i_134 = i_114 * 64 + i_132;
 let i_135 = (i_42 >> 4) & 63;
 let i_137 = i_119 * 64 + i_135;
 let i_138 = (i_48 >> 4) & 63;
 let i_140 = i_124 * 64 + i_138;
 let i_141 = lane + 256;
 let i_142 = i_141 & 15;
 let i_143 = (i_141 >> 4) & 63;
 let i_145 = i_142 * 64 + i_143;
 let i_146 = lane + 320;
 let i_147 = i_146 & 15;
 let i_148 = (i_146 >> 4) & 63;
 let i_150 = i_147 * 64 + i_148;
 let i_151 = lane + 384;
 let i_152 = i_151 & 15;
 let i_153 = (i_151 >> 4) & 63;
 let i_155 = i_152 * 64 + i_153;
 let i_156 = lane + 448;
 let i_157 = i_156 & 15;
 let i_158 = (i_156 >> 4) & 63;
 let i_160 = i_157 * 64 + i_158;
 let i_161 = lane + 512;
 let i_162 = i_161 & 15;
 let i_163 = (i_161 >> 4) & 63;
 let i_165 = i_162 * 64 + i_163;
 let i_166 = lane + 576;
 let i_167 = i_166 & 15;
 let i_168 = (i_166 >> 4) & 63;
 let i_170 = i_167 * 64 + i_168;
 let i_171 = lane + 640;
 let i_172 = i_171 & 15;
 let i_173 = (i_171 >> 4) & 63;
 let i_175 = i_172 * 64 + i_173;
 let i_176 = lane + 704;
 let i_177 = i_176 & 15;
 let i_178 = (i_176 >> 4) & 63;
 let i_180 = i_177 * 64 + i_178;
 let i_181 = lane + 768;
 let i_182 = i_181 & 15;
 let i_183 = (i_181 >> 4) & 63;
 let i_185 = i_182 * 64 + i_183;
 let i_186 = lane + 832;
 let i_187 = i_186 & 15;
 let i_188 = (i_186 >> 4) & 63;
 let i_190 = i_187 * 64 + i_188;
 let i_191 = lane + 896;
 let i_192 = i_191 & 15;
 let i_193 = (i_191 >> 4) & 63;
 let i_195 = i_192 * 64 + i_193;
 let i_196 = lane + 960;
 let i_197 = i_196 & 15;
 let i_198 = (i_196 >> 4) & 63;
 let i_200 = i_197 * 64 + i_198;
 {
  let i_112 = i32(u32(i_111) / u32(tokens));
  let m1_a0 = i_111 - i_112 * tokens;
  let i_117 = i32(u32(i_116) / u32(tokens));
  let m1_a1 = i_116 - i_117 * tokens;
  let i_122 = i32(u32(i_121) / u32(tokens));
  let m1_a2 = i_121 - i_122 * tokens;
  let i_127 = i32(u32(i_126) / u32(tokens));
  let m1_a3 = i_126 - i_127 * tokens;
  let i_201 = 3 * tokens * i_112 + 3 * m1_a0;
  let i_205 = 3 * tokens * i_117 + 3 * m1_a1;
  let i_209 = 3 * tokens * i_122 + 3 * m1_a2;
  let i_213 = 3 * tokens * i_127 + 3 * m1_a3;
  let i_217 = 3 * min(i_3 * 64 + i_129, 70 - 1);
  let i_220 = 3 * min(i_3 * 64 + i_132, 70 - 1);
  let i_223 = 3 * min(i_3 * 64 + i_135, 70 - 1);
  let i_226 = 3 * min(i_3 * 64 + i_138, 70 - 1);
  let i_229 = 3 * min(i_3 * 64 + i_143, 70 - 1);
  let i_232 = 3 * min(i_3 * 64 + i_148, 70 - 1);
  let i_235 = 3 * min(i_3 * 64 + i_153, 70 - 1);
  let i_238 = 3 * min(i_3 * 64 + i_158, 70 - 1);
  let i_241 = 3 * min(i_3 * 64 + i_163, 70 - 1);
  let i_244 = 3 * min(i_3 * 64 + i_168, 70 - 1);
  let i_247 = 3 * min(i_3 * 64 + i_173, 70 - 1);
  let i_250 = 3 * min(i_3 * 64 + i_178, 70 - 1);
  let i_253 = 3 * min(i_3 * 64 + i_183, 70 - 1);
  let i_256 = 3 * min(i_3 * 64 + i_188, 70 - 1);
  let i_259 = 3 * min(i_3 * 64 + i_193, 70 - 1);
  let i_262 = 3 * min(i_3 * 64 + i_198, 70 - 1);
  for (var k1_first = 0; k1_first < 3; k1_first += 16) {
   workgroupBarrier();
   let k1_a0_at = k1_first + i_1;
   let k1_a0 = min(k1_a0_at, 3 - 1);
   staged[i_113] = select(0.0f, 2.0f * arg2[i_201 + k1_a0], k1_a0_at < 3);
   let k1_a1_at = k1_first + i_114;
   let k1_a1 = min(k1_a1_at, 3 - 1);
   staged[i_118] = select(0.0f, 2.0f * arg2[i_205 + k1_a1], k1_a1_at < 3);
   let k1_a2_at = k1_first + i_119;
   let k1_a2 = min(k1_a2_at, 3 - 1);
   staged[i_123] = select(0.0f, 2.0f * arg2[i_209 + k1_a2], k1_a2_at < 3);
   let k1_a3_at = k1_first + i_124;
   let k1_a3 = min(k1_a3_at, 3 - 1);
   staged[i_128] = select(0.0f, 2.0f * arg2[i_213 + k1_a3], k1_a3_at < 3);
   let k1_b0_at = k1_first + i_1;
   let k1_b0 = min(k1_b0_at, 3 - 1);
   staged[i_131 + 256] = select(0.0f, arg3[i_217 + k1_b0], k1_b0_at < 3);
   let k1_b1_at = k1_first + i_114;
   let k1_b1 = min(k1_b1_at, 3 - 1);
   staged[i_134 + 256] = select(0.0f, arg3[i_220 + k1_b1], k1_b1_at < 3);
   let k1_b2_at = k1_first + i_119;
   let k1_b2 = min(k1_b2_at, 3 - 1);
   staged[i_137 + 256] = select(0.0f, arg3[i_223 + k1_b2], k1_b2_at < 3);
   let k1_b3_at = k1_first + i_124;
   let k1_b3 = min(k1_b3_at, 3 - 1);
   staged[i_140 + 256] = select(0.0f, arg3[i_226 + k1_b3], k1_b3_at < 3);
   let k1_b4_at = k1_first + i_142;
   let k1_b4 = min(k1_b4_at, 3 - 1);
   staged[i_145 + 256] = select(0.0f, arg3[i_229 + k1_b4], k1_b4_at < 3);
   let k1_b5_at = k1_first + i_147;
   let k1_b5 = min(k1_b5_at, 3 - 1);
   staged[i_150 + 256] = select(0.0f, arg3[i_232 + k1_b5], k1_b5_at < 3);
   let k1_b6_at = k1_first + i_152;
   let k1_b6 = min(k1_b6_at, 3 - 1);
   staged[i_155 + 256] = select(0.0f, arg3[i_235 + k1_b6], k1_b6_at < 3);
   let k1_b7_at = k1_first + i_157;
   let k1_b7 = min(k1_b7_at, 3 - 1);
   staged[i_160 + 256] = select(0.0f, arg3[i_238 + k1_b7], k1_b7_at < 3);
   let k1_b8_at = k1_first + i_162;
   let k1_b8 = min(k1_b8_at, 3 - 1);
   staged[i_165 + 256] = select(0.0f, arg3[i_241 + k1_b8], k1_b8_at < 3);
   let k1_b9_at = k1_first + i_167;
   let k1_b9 = min(k1_b9_at, 3 - 1);
   staged[i_170 + 256] = select(0.0f, arg3[i_244 + k1_b9], k1_b9_at < 3);
   let k1_b10_at = k1_first + i_172;
   let k1_b10 = min(k1_b10_at, 3 - 1);
   staged[i_175 + 256] = select(0.0f, arg3[i_247 + k1_b10], k1_b10_at < 3);
   let k1_b11_at = k1_first + i_177;
   let k1_b11 = min(k1_b11_at, 3 - 1);
   staged[i_180 + 256] = select(0.0f, arg3[i_250 + k1_b11], k1_b11_at < 3);
   let k1_b12_at = k1_first + i_182;
   let k1_b12 = min(k1_b12_at, 3 - 1);
   staged[i_185 + 256] = select(0.0f, arg3[i_253 + k1_b12], k1_b12_at < 3);
   let k1_b13_at = k1_first + i_187;
   let k1_b13 = min(k1_b13_at, 3 - 1);
   staged[i_190 + 256] = select(0.0f, arg3[i_256 + k1_b13], k1_b13_at < 3);
   let k1_b14_at = k1_first + i_192;
   let k1_b14 = min(k1_b14_at, 3 - 1);
   staged[i_195 + 256] = select(0.0f, arg3[i_259 + k1_b14], k1_b14_at < 3);
   let k1_b15_at = k1_first + i_197;
   let k1_b15 = min(k1_b15_at, 3 - 1);
   staged[i_200 + 256] = select(0.0f, arg3[i_262 + k1_b15], k1_b15_at < 3);
   workgroupBarrier();
   for (var step = 0; step < 16; step += 4) {
    let at_a = step * 16 + i_12;
    let at_b = step * 64 + i_1;
    let v_273 = vec4f(staged[at_b + 256], staged[at_b + 272], staged[at_b + 288], staged[at_b + 304]);
    acc_0 = fma(vec4f(staged[at_a]), v_273, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 4]), v_273, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 8]), v_273, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 12]), v_273, acc_3);
    let v_282 = vec4f(staged[at_b + 320], staged[at_b + 336], staged[at_b + 352], staged[at_b + 368]);
    acc_0 = fma(vec4f(staged[at_a + 16]), v_282, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 20]), v_282, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 24]), v_282, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 28]), v_282, acc_3);
    let v_291 = vec4f(staged[at_b + 384], staged[at_b + 400], staged[at_b + 416], staged[at_b + 432]);
    acc_0 = fma(vec4f(staged[at_a + 32]), v_291, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 36]), v_291, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 40]), v_291, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 44]), v_291, acc_3);
    let v_300 = vec4f(staged[at_b + 448], staged[at_b + 464], staged[at_b + 480], staged[at_b + 496]);
    acc_0 = fma(vec4f(staged[at_a + 48]), v_300, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 52]), v_300, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 56]), v_300, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 60]), v_300, acc_3);
   }
  }
 }
 if (i_15 < (2 * tokens)) {
  if (i_4 < 70) {
   out[70 * tokens * i_17 + 70 * m1_0 + i_5] = acc_0.x;
  }
  if (i_6 < 70) {
   out[70 * tokens * i_17 + 70 * m1_0 + i_7] = acc_0.y;
  }
  if (i_8 < 70) {
   out[70 * tokens * i_17 + 70 * m1_0 + i_9] = acc_0.z;
  }
  if (i_10 < 70) {
   out[70 * tokens * i_17 + 70 * m1_0 + i_11] = acc_0.w;
  }
 }
 if (i_18 < (2 * tokens)) {
  if (i_4 < 70) {
   out[70 * tokens * i_20 + 70 * m1_1 + i_5] = acc_1.x;
  }
  if (i_6 < 70) {
   out[70 * tokens * i_20 + 70 * m1_1 + i_7] = acc_1.y;
  }
  if (i_8 < 70) {
   out[70 * tokens * i_20 + 70 * m1_1 + i_9] = acc_1.z;
  }
  if (i_10 < 70) {
   out[70 * tokens * i_20 + 70 * m1_1 + i_11] = acc_1.w;
  }
 }
 if (i_21 < (2 * tokens)) {
  if (i_4 < 70) {
   out[70 * tokens * i_23 + 70 * m1_2 + i_5] = acc_2.x;
  }
  if (i_6 < 70) {
   out[70 * tokens * i_23 + 70 * m1_2 + i_7] = acc_2.y;
  }
  if (i_8 < 70) {
   out[70 * tokens * i_23 + 70 * m1_2 + i_9] = acc_2.z;
  }
  if (i_10 < 70) {
   out[70 * tokens * i_23 + 70 * m1_2 + i_11] = acc_2.w;
  }
 }
 if (i_24 < (2 * tokens)) {
  if (i_4 < 70) {
   out[70 * tokens * i_26 + 70 * m1_3 + i_5] = acc_3.x;
  }
  if (i_6 < 70) {
   out[70 * tokens * i_26 + 70 * m1_3 + i_7] = acc_3.y;
  }
  if (i_8 < 70) {
   out[70 * tokens * i_26 + 70 * m1_3 + i_9] = acc_3.z;
  }
  if (i_10 < 70) {
   out[70 * tokens * i_26 + 70 * m1_3 + i_11] = acc_3.w;
  }
 }
}
