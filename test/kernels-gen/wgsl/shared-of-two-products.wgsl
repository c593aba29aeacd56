@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
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
 let i_35 = 64 * col_tile;
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_2 = lane >> 4;
  let i_4 = i_3 + i_2;
  let i_7 = select(i_5 - 1, i_4, i_4 < i_5);
  let i_8 = i32(u32(i_7) / u32(tokens));
  let i_10 = lane & 15;
  let i_11 = i_10 + 16 * k0_block;
  let i_13 = select(39, i_11, i_11 < 40);
  let i_16 = i_2 + 16 * i_10;
  left_tile[i_16] = select(0.0f, arg0[40 * tokens * i_8 + i_13 + 40 * (i_7 - i_8 * tokens)], i_11 < 40);
  let i_18 = select(i_5 - 1, i_4 + 4, (i_4 + 4) < i_5);
  let i_19 = i32(u32(i_18) / u32(tokens));
  left_tile[i_16 + 4] = select(0.0f, arg0[40 * tokens * i_19 + i_13 + 40 * (i_18 - i_19 * tokens)], i_11 < 40);
  let i_24 = select(i_5 - 1, i_4 + 8, (i_4 + 8) < i_5);
  let i_25 = i32(u32(i_24) / u32(tokens));
  left_tile[i_16 + 8] = select(0.0f, arg0[40 * tokens * i_25 + i_13 + 40 * (i_24 - i_25 * tokens)], i_11 < 40);
  let i_30 = select(i_5 - 1, i_4 + 12, (i_4 + 12) < i_5);
  let i_31 = i32(u32(i_30) / u32(tokens));
  left_tile[i_16 + 12] = select(0.0f, arg0[40 * tokens * i_31 + i_13 + 40 * (i_30 - i_31 * tokens)], i_11 < 40);
  let i_36 = i_35 + i_2;
  let i_40 = i_2 + 64 * i_10;
  right_tile[i_40] = select(0.0f, arg1[40 * i_36 + i_13], i_11 < 40);
  right_tile[i_40 + 4] = select(0.0f, arg1[40 * select(69, i_36 + 4, (i_36 + 4) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 8] = select(0.0f, arg1[40 * select(69, i_36 + 8, (i_36 + 8) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 12] = select(0.0f, arg1[40 * select(69, i_36 + 12, (i_36 + 12) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 16] = select(0.0f, arg1[40 * select(69, i_36 + 16, (i_36 + 16) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 20] = select(0.0f, arg1[40 * select(69, i_36 + 20, (i_36 + 20) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 24] = select(0.0f, arg1[40 * select(69, i_36 + 24, (i_36 + 24) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 28] = select(0.0f, arg1[40 * select(69, i_36 + 28, (i_36 + 28) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 32] = select(0.0f, arg1[40 * select(69, i_36 + 32, (i_36 + 32) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 36] = select(0.0f, arg1[40 * select(69, i_36 + 36, (i_36 + 36) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 40] = select(0.0f, arg1[40 * select(69, i_36 + 40, (i_36 + 40) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 44] = select(0.0f, arg1[40 * select(69, i_36 + 44, (i_36 + 44) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 48] = select(0.0f, arg1[40 * select(69, i_36 + 48, (i_36 + 48) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 52] = select(0.0f, arg1[40 * select(69, i_36 + 52, (i_36 + 52) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 56] = select(0.0f, arg1[40 * select(69, i_36 + 56, (i_36 + 56) < 70) + i_13], i_11 < 40);
  right_tile[i_40 + 60] = select(0.0f, arg1[40 * select(69, i_36 + 60, (i_36 + 60) < 70) + i_13], i_11 < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_101 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_101];
   let left_1 = left_tile[i_101 + 4];
   let left_2 = left_tile[i_101 + 8];
   let left_3 = left_tile[i_101 + 12];
   let i_102 = col_thread + 256 * k0_step_group;
   let right_0 = vec4f(right_tile[i_102], right_tile[i_102 + 16], right_tile[i_102 + 32], right_tile[i_102 + 48]);
   let v_103 = right_0;
   acc_0_0 += left_0 * v_103;
   acc_1_0 += left_1 * v_103;
   acc_2_0 += left_2 * v_103;
   acc_3_0 += left_3 * v_103;
   let v_109 = vec4f(right_tile[i_102 + 64], right_tile[i_102 + 80], right_tile[i_102 + 96], right_tile[i_102 + 112]);
   acc_0_0 += left_tile[i_101 + 16] * v_109;
   acc_1_0 += left_tile[i_101 + 20] * v_109;
   acc_2_0 += left_tile[i_101 + 24] * v_109;
   acc_3_0 += left_tile[i_101 + 28] * v_109;
   let v_114 = vec4f(right_tile[i_102 + 128], right_tile[i_102 + 144], right_tile[i_102 + 160], right_tile[i_102 + 176]);
   let v_115 = v_114;
   acc_0_0 += left_tile[i_101 + 32] * v_115;
   acc_1_0 += left_tile[i_101 + 36] * v_115;
   acc_2_0 += left_tile[i_101 + 40] * v_115;
   acc_3_0 += left_tile[i_101 + 44] * v_115;
   let v_120 = vec4f(right_tile[i_102 + 192], right_tile[i_102 + 208], right_tile[i_102 + 224], right_tile[i_102 + 240]);
   let v_121 = v_120;
   acc_0_0 += left_tile[i_101 + 48] * v_121;
   acc_1_0 += left_tile[i_101 + 52] * v_121;
   acc_2_0 += left_tile[i_101 + 56] * v_121;
   acc_3_0 += left_tile[i_101 + 60] * v_121;
  }
 }
 workgroupBarrier();
 let i_122 = lane >> 4;
 let i_123 = i_122 + 16 * i_1;
 let i_125 = select(i_5 - 1, i_123, i_123 < i_5);
 let i_126 = i32(u32(i_125) / u32(tokens));
 let i_128 = lane & 15;
 let i_130 = select(2, i_128, i_128 < 3);
 let i_133 = i_122 + 16 * i_128;
 left_tile[i_133] = select(0.0f, 2.0f * arg2[3 * tokens * i_126 + i_130 + 3 * (i_125 - i_126 * tokens)], i_128 < 3);
 let i_135 = select(i_5 - 1, i_123 + 4, (i_123 + 4) < i_5);
 let i_136 = i32(u32(i_135) / u32(tokens));
 left_tile[i_133 + 4] = select(0.0f, 2.0f * arg2[3 * tokens * i_136 + i_130 + 3 * (i_135 - i_136 * tokens)], i_128 < 3);
 let i_141 = select(i_5 - 1, i_123 + 8, (i_123 + 8) < i_5);
 let i_142 = i32(u32(i_141) / u32(tokens));
 left_tile[i_133 + 8] = select(0.0f, 2.0f * arg2[3 * tokens * i_142 + i_130 + 3 * (i_141 - i_142 * tokens)], i_128 < 3);
 let i_147 = select(i_5 - 1, i_123 + 12, (i_123 + 12) < i_5);
 let i_148 = i32(u32(i_147) / u32(tokens));
 let f_151 = arg2[3 * tokens * i_148 + i_130 + 3 * (i_147 - i_148 * tokens)];
 left_tile[i_133 + 12] = select(0.0f, 2.0f * f_151, i_128 < 3);
 let i_152 = 64 * col_tile + i_122;
 let i_156 = i_122 + 64 * i_128;
 right_tile[i_156] = select(0.0f, arg3[3 * i_152 + i_130], i_128 < 3);
 right_tile[i_156 + 4] = select(0.0f, arg3[3 * select(69, i_152 + 4, (i_152 + 4) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 8] = select(0.0f, arg3[3 * select(69, i_152 + 8, (i_152 + 8) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 12] = select(0.0f, arg3[3 * select(69, i_152 + 12, (i_152 + 12) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 16] = select(0.0f, arg3[3 * select(69, i_152 + 16, (i_152 + 16) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 20] = select(0.0f, arg3[3 * select(69, i_152 + 20, (i_152 + 20) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 24] = select(0.0f, arg3[3 * select(69, i_152 + 24, (i_152 + 24) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 28] = select(0.0f, arg3[3 * select(69, i_152 + 28, (i_152 + 28) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 32] = select(0.0f, arg3[3 * select(69, i_152 + 32, (i_152 + 32) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 36] = select(0.0f, arg3[3 * select(69, i_152 + 36, (i_152 + 36) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 40] = select(0.0f, arg3[3 * select(69, i_152 + 40, (i_152 + 40) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 44] = select(0.0f, arg3[3 * select(69, i_152 + 44, (i_152 + 44) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 48] = select(0.0f, arg3[3 * select(69, i_152 + 48, (i_152 + 48) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 52] = select(0.0f, arg3[3 * select(69, i_152 + 52, (i_152 + 52) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 56] = select(0.0f, arg3[3 * select(69, i_152 + 56, (i_152 + 56) < 70) + i_130], i_128 < 3);
 right_tile[i_156 + 60] = select(0.0f, arg3[3 * select(69, i_152 + 60, (i_152 + 60) < 70) + i_130], i_128 < 3);
 workgroupBarrier();
 for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
  let i_217 = row_thread + 64 * k1_step_group;
  let left1_0 = left_tile[i_217];
  let left1_1 = left_tile[i_217 + 4];
  let left1_2 = left_tile[i_217 + 8];
  let left1_3 = left_tile[i_217 + 12];
  let i_218 = col_thread + 256 * k1_step_group;
  let right1_0 = vec4f(right_tile[i_218], right_tile[i_218 + 16], right_tile[i_218 + 32], right_tile[i_218 + 48]);
  let v_219 = right1_0;
  acc_0_0 += left1_0 * v_219;
  acc_1_0 += left1_1 * v_219;
  acc_2_0 += left1_2 * v_219;
  acc_3_0 += left1_3 * v_219;
  let v_225 = vec4f(right_tile[i_218 + 64], right_tile[i_218 + 80], right_tile[i_218 + 96], right_tile[i_218 + 112]);
  acc_0_0 += left_tile[i_217 + 16] * v_225;
  acc_1_0 += left_tile[i_217 + 20] * v_225;
  acc_2_0 += left_tile[i_217 + 24] * v_225;
  acc_3_0 += left_tile[i_217 + 28] * v_225;
  let v_231 = vec4f(right_tile[i_218 + 128], right_tile[i_218 + 144], right_tile[i_218 + 160], right_tile[i_218 + 176]);
  acc_0_0 += left_tile[i_217 + 32] * v_231;
  acc_1_0 += left_tile[i_217 + 36] * v_231;
  acc_2_0 += left_tile[i_217 + 40] * v_231;
  acc_3_0 += left_tile[i_217 + 44] * v_231;
  let v_237 = vec4f(right_tile[i_218 + 192], right_tile[i_218 + 208], right_tile[i_218 + 224], right_tile[i_218 + 240]);
  acc_0_0 += left_tile[i_217 + 48] * v_237;
  acc_1_0 += left_tile[i_217 + 52] * v_237;
  acc_2_0 += left_tile[i_217 + 56] * v_237;
  acc_3_0 += left_tile[i_217 + 60] * v_237;
 }
 let i_238 = row_thread + 16 * i_1;
 let i_240 = select(i_5 - 1, i_238, i_238 < i_5);
 let i_241 = i32(u32(i_240) / u32(tokens));
 let i_242 = i_240 - i_241 * tokens;
 let i_243 = col_thread + 64 * col_tile;
 let i_245 = select(69, i_243, i_243 < 70);
 let i_248 = select(69, i_243 + 16, (i_243 + 16) < 70);
 let i_251 = select(69, i_243 + 32, (i_243 + 32) < 70);
 let i_254 = select(69, i_243 + 48, (i_243 + 48) < 70);
 if (i_238 < i_5) {
  if (i_243 < 70) {
   out[70 * tokens * i_241 + i_245 + 70 * i_242] = acc_0_0.x;
  }
  if ((i_243 + 16) < 70) {
   out[70 * tokens * i_241 + i_248 + 70 * i_242] = acc_0_0.y;
  }
  if ((i_243 + 32) < 70) {
   out[70 * tokens * i_241 + i_251 + 70 * i_242] = acc_0_0.z;
  }
  if ((i_243 + 48) < 70) {
   out[70 * tokens * i_241 + i_254 + 70 * i_242] = acc_0_0.w;
  }
 }
 let i_257 = select(i_5 - 1, i_238 + 4, (i_238 + 4) < i_5);
 let i_258 = i32(u32(i_257) / u32(tokens));
 let i_259 = i_257 - i_258 * tokens;
 if ((i_238 + 4) < i_5) {
  if (i_243 < 70) {
   out[70 * tokens * i_258 + i_245 + 70 * i_259] = acc_1_0.x;
  }
  if ((i_243 + 16) < 70) {
   out[70 * tokens * i_258 + i_248 + 70 * i_259] = acc_1_0.y;
  }
  if ((i_243 + 32) < 70) {
   out[70 * tokens * i_258 + i_251 + 70 * i_259] = acc_1_0.z;
  }
  if ((i_243 + 48) < 70) {
   out[70 * tokens * i_258 + i_254 + 70 * i_259] = acc_1_0.w;
  }
 }
 let i_265 = select(i_5 - 1, i_238 + 8, (i_238 + 8) < i_5);
 let i_266 = i32(u32(i_265) / u32(tokens));
 let i_267 = i_265 - i_266 * tokens;
 if ((i_238 + 8) < i_5) {
  if (i_243 < 70) {
   out[70 * tokens * i_266 + i_245 + 70 * i_267] = acc_2_0.x;
  }
  if ((i_243 + 16) < 70) {
   out[70 * tokens * i_266 + i_248 + 70 * i_267] = acc_2_0.y;
  }
  if ((i_243 + 32) < 70) {
   out[70 * tokens * i_266 + i_251 + 70 * i_267] = acc_2_0.z;
  }
  if ((i_243 + 48) < 70) {
   out[70 * tokens * i_266 + i_254 + 70 * i_267] = acc_2_0.w;
  }
 }
 let i_273 = select(i_5 - 1, i_238 + 12, (i_238 + 12) < i_5);
 let i_274 = i32(u32(i_273) / u32(tokens));
 let i_275 = i_273 - i_274 * tokens;
 if ((i_238 + 12) < i_5) {
  if (i_243 < 70) {
   out[70 * tokens * i_274 + i_245 + 70 * i_275] = acc_3_0.x;
  }
  if ((i_243 + 16) < 70) {
   out[70 * tokens * i_274 + i_248 + 70 * i_275] = acc_3_0.y;
  }
  if ((i_243 + 32) < 70) {
   out[70 * tokens * i_274 + i_251 + 70 * i_275] = acc_3_0.z;
  }
  if ((i_243 + 48) < 70) {
   out[70 * tokens * i_274 + i_254 + 70 * i_275] = acc_3_0.w;
  }
 }
}
