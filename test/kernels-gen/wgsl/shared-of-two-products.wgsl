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
 let i_1 = i32(u32(group) / 2u);
 let col_tile = group - i_1 * 2;
 let row_thread = lane >> 4;
 let col_thread = lane & 15;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_2 = lane >> 2;
 let i_4 = 2 * tokens;
 let i_5 = min(i_2 + 16 * i_1, i_4 - 1);
 let i_6 = i32(u32(i_5) / u32(tokens));
 let i_8 = lane & 3;
 let i_9 = 4 * i_8;
 let i_13 = 10 * tokens * i_6 + 10 * (i_5 - i_6 * tokens);
 let i_17 = i_2 + 64 * i_8;
 let i_21 = 64 * col_tile + i_2;
 let i_23 = 10 * min(i_21, 69);
 let i_27 = i_2 + 256 * i_8;
 let i_32 = 10 * min(i_21 + 16, 69);
 let i_40 = 10 * min(i_21 + 32, 69);
 let i_48 = 10 * min(i_21 + 48, 69);
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_10 = i_9 + 16 * k0_block;
  let i_12 = select(9, i_8 + 4 * k0_block, i_10 < 40);
  let v_15 = arg0[i_13 + i_12];
  left_tile[i_17] = select(0.0f, v_15.x, i_10 < 40);
  left_tile[i_17 + 16] = select(0.0f, v_15.y, (i_10 + 1) < 40);
  left_tile[i_17 + 32] = select(0.0f, v_15.z, (i_10 + 2) < 40);
  left_tile[i_17 + 48] = select(0.0f, v_15.w, (i_10 + 3) < 40);
  let v_25 = arg1[i_23 + i_12];
  right_tile[i_27] = select(0.0f, v_25.x, i_10 < 40);
  right_tile[i_27 + 64] = select(0.0f, v_25.y, (i_10 + 1) < 40);
  right_tile[i_27 + 128] = select(0.0f, v_25.z, (i_10 + 2) < 40);
  right_tile[i_27 + 192] = select(0.0f, v_25.w, (i_10 + 3) < 40);
  let v_34 = arg1[i_32 + i_12];
  right_tile[i_27 + 16] = select(0.0f, v_34.x, i_10 < 40);
  right_tile[i_27 + 80] = select(0.0f, v_34.y, (i_10 + 1) < 40);
  right_tile[i_27 + 144] = select(0.0f, v_34.z, (i_10 + 2) < 40);
  right_tile[i_27 + 208] = select(0.0f, v_34.w, (i_10 + 3) < 40);
  let v_42 = arg1[i_40 + i_12];
  right_tile[i_27 + 32] = select(0.0f, v_42.x, i_10 < 40);
  right_tile[i_27 + 96] = select(0.0f, v_42.y, (i_10 + 1) < 40);
  right_tile[i_27 + 160] = select(0.0f, v_42.z, (i_10 + 2) < 40);
  right_tile[i_27 + 224] = select(0.0f, v_42.w, (i_10 + 3) < 40);
  let v_50 = arg1[i_48 + i_12];
  right_tile[i_27 + 48] = select(0.0f, v_50.x, i_10 < 40);
  right_tile[i_27 + 112] = select(0.0f, v_50.y, (i_10 + 1) < 40);
  right_tile[i_27 + 176] = select(0.0f, v_50.z, (i_10 + 2) < 40);
  right_tile[i_27 + 240] = select(0.0f, v_50.w, (i_10 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_55 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_55];
   let left_1 = left_tile[i_55 + 4];
   let left_2 = left_tile[i_55 + 8];
   let left_3 = left_tile[i_55 + 12];
   let i_56 = col_thread + 256 * k0_step_group;
   let right_0 = vec4f(right_tile[i_56], right_tile[i_56 + 16], right_tile[i_56 + 32], right_tile[i_56 + 48]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_61 = vec4f(right_tile[i_56 + 64], right_tile[i_56 + 80], right_tile[i_56 + 96], right_tile[i_56 + 112]);
   acc_0_0 += left_tile[i_55 + 16] * v_61;
   acc_1_0 += left_tile[i_55 + 20] * v_61;
   acc_2_0 += left_tile[i_55 + 24] * v_61;
   acc_3_0 += left_tile[i_55 + 28] * v_61;
   let v_66 = vec4f(right_tile[i_56 + 128], right_tile[i_56 + 144], right_tile[i_56 + 160], right_tile[i_56 + 176]);
   acc_0_0 += left_tile[i_55 + 32] * v_66;
   acc_1_0 += left_tile[i_55 + 36] * v_66;
   acc_2_0 += left_tile[i_55 + 40] * v_66;
   acc_3_0 += left_tile[i_55 + 44] * v_66;
   let v_71 = vec4f(right_tile[i_56 + 192], right_tile[i_56 + 208], right_tile[i_56 + 224], right_tile[i_56 + 240]);
   acc_0_0 += left_tile[i_55 + 48] * v_71;
   acc_1_0 += left_tile[i_55 + 52] * v_71;
   acc_2_0 += left_tile[i_55 + 56] * v_71;
   acc_3_0 += left_tile[i_55 + 60] * v_71;
  }
 }
 workgroupBarrier();
 let i_72 = lane >> 4;
 let i_73 = i_72 + 16 * i_1;
 let i_74 = min(i_73, i_4 - 1);
 let i_75 = i32(u32(i_74) / u32(tokens));
 let i_77 = lane & 15;
 let i_78 = min(i_77, 2);
 let i_81 = i_72 + 16 * i_77;
 left_tile[i_81] = select(0.0f, 2.0f * arg2[3 * tokens * i_75 + i_78 + 3 * (i_74 - i_75 * tokens)], i_77 < 3);
 let i_82 = min(i_73 + 4, i_4 - 1);
 let i_83 = i32(u32(i_82) / u32(tokens));
 left_tile[i_81 + 4] = select(0.0f, 2.0f * arg2[3 * tokens * i_83 + i_78 + 3 * (i_82 - i_83 * tokens)], i_77 < 3);
 let i_87 = min(i_73 + 8, i_4 - 1);
 let i_88 = i32(u32(i_87) / u32(tokens));
 left_tile[i_81 + 8] = select(0.0f, 2.0f * arg2[3 * tokens * i_88 + i_78 + 3 * (i_87 - i_88 * tokens)], i_77 < 3);
 let i_92 = min(i_73 + 12, i_4 - 1);
 let i_93 = i32(u32(i_92) / u32(tokens));
 left_tile[i_81 + 12] = select(0.0f, 2.0f * arg2[3 * tokens * i_93 + i_78 + 3 * (i_92 - i_93 * tokens)], i_77 < 3);
 let i_97 = 64 * col_tile + i_72;
 let i_100 = i_72 + 64 * i_77;
 right_tile[i_100] = select(0.0f, arg3[3 * i_97 + i_78], i_77 < 3);
 right_tile[i_100 + 4] = select(0.0f, arg3[3 * min(i_97 + 4, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 8] = select(0.0f, arg3[3 * min(i_97 + 8, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 12] = select(0.0f, arg3[3 * min(i_97 + 12, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 16] = select(0.0f, arg3[3 * min(i_97 + 16, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 20] = select(0.0f, arg3[3 * min(i_97 + 20, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 24] = select(0.0f, arg3[3 * min(i_97 + 24, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 28] = select(0.0f, arg3[3 * min(i_97 + 28, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 32] = select(0.0f, arg3[3 * min(i_97 + 32, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 36] = select(0.0f, arg3[3 * min(i_97 + 36, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 40] = select(0.0f, arg3[3 * min(i_97 + 40, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 44] = select(0.0f, arg3[3 * min(i_97 + 44, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 48] = select(0.0f, arg3[3 * min(i_97 + 48, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 52] = select(0.0f, arg3[3 * min(i_97 + 52, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 56] = select(0.0f, arg3[3 * min(i_97 + 56, 69) + i_78], i_77 < 3);
 right_tile[i_100 + 60] = select(0.0f, arg3[3 * min(i_97 + 60, 69) + i_78], i_77 < 3);
 workgroupBarrier();
 for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
  let i_146 = row_thread + 64 * k1_step_group;
  let left1_0 = left_tile[i_146];
  let left1_1 = left_tile[i_146 + 4];
  let left1_2 = left_tile[i_146 + 8];
  let left1_3 = left_tile[i_146 + 12];
  let i_147 = col_thread + 256 * k1_step_group;
  let right1_0 = vec4f(right_tile[i_147], right_tile[i_147 + 16], right_tile[i_147 + 32], right_tile[i_147 + 48]);
  acc_0_0 += left1_0 * right1_0;
  acc_1_0 += left1_1 * right1_0;
  acc_2_0 += left1_2 * right1_0;
  acc_3_0 += left1_3 * right1_0;
  let v_152 = vec4f(right_tile[i_147 + 64], right_tile[i_147 + 80], right_tile[i_147 + 96], right_tile[i_147 + 112]);
  acc_0_0 += left_tile[i_146 + 16] * v_152;
  acc_1_0 += left_tile[i_146 + 20] * v_152;
  acc_2_0 += left_tile[i_146 + 24] * v_152;
  acc_3_0 += left_tile[i_146 + 28] * v_152;
  let v_157 = vec4f(right_tile[i_147 + 128], right_tile[i_147 + 144], right_tile[i_147 + 160], right_tile[i_147 + 176]);
  acc_0_0 += left_tile[i_146 + 32] * v_157;
  acc_1_0 += left_tile[i_146 + 36] * v_157;
  acc_2_0 += left_tile[i_146 + 40] * v_157;
  acc_3_0 += left_tile[i_146 + 44] * v_157;
  let v_162 = vec4f(right_tile[i_147 + 192], right_tile[i_147 + 208], right_tile[i_147 + 224], right_tile[i_147 + 240]);
  acc_0_0 += left_tile[i_146 + 48] * v_162;
  acc_1_0 += left_tile[i_146 + 52] * v_162;
  acc_2_0 += left_tile[i_146 + 56] * v_162;
  acc_3_0 += left_tile[i_146 + 60] * v_162;
 }
 let i_163 = row_thread + 16 * i_1;
 let i_164 = min(i_163, i_4 - 1);
 let i_165 = i32(u32(i_164) / u32(tokens));
 let i_166 = i_164 - i_165 * tokens;
 let i_167 = col_thread + 64 * col_tile;
 let i_168 = min(i_167, 69);
 let i_170 = min(i_167 + 16, 69);
 let i_172 = min(i_167 + 32, 69);
 let i_174 = min(i_167 + 48, 69);
 if (i_163 < i_4) {
  if (i_167 < 70) {
   out[70 * tokens * i_165 + i_168 + 70 * i_166] = acc_0_0.x;
  }
  if ((i_167 + 16) < 70) {
   out[70 * tokens * i_165 + i_170 + 70 * i_166] = acc_0_0.y;
  }
  if ((i_167 + 32) < 70) {
   out[70 * tokens * i_165 + i_172 + 70 * i_166] = acc_0_0.z;
  }
  if ((i_167 + 48) < 70) {
   out[70 * tokens * i_165 + i_174 + 70 * i_166] = acc_0_0.w;
  }
 }
 let i_176 = min(i_163 + 4, i_4 - 1);
 let i_177 = i32(u32(i_176) / u32(tokens));
 let i_178 = i_176 - i_177 * tokens;
 if ((i_163 + 4) < i_4) {
  if (i_167 < 70) {
   out[70 * tokens * i_177 + i_168 + 70 * i_178] = acc_1_0.x;
  }
  if ((i_167 + 16) < 70) {
   out[70 * tokens * i_177 + i_170 + 70 * i_178] = acc_1_0.y;
  }
  if ((i_167 + 32) < 70) {
   out[70 * tokens * i_177 + i_172 + 70 * i_178] = acc_1_0.z;
  }
  if ((i_167 + 48) < 70) {
   out[70 * tokens * i_177 + i_174 + 70 * i_178] = acc_1_0.w;
  }
 }
 let i_183 = min(i_163 + 8, i_4 - 1);
 let i_184 = i32(u32(i_183) / u32(tokens));
 let i_185 = i_183 - i_184 * tokens;
 if ((i_163 + 8) < i_4) {
  if (i_167 < 70) {
   out[70 * tokens * i_184 + i_168 + 70 * i_185] = acc_2_0.x;
  }
  if ((i_167 + 16) < 70) {
   out[70 * tokens * i_184 + i_170 + 70 * i_185] = acc_2_0.y;
  }
  if ((i_167 + 32) < 70) {
   out[70 * tokens * i_184 + i_172 + 70 * i_185] = acc_2_0.z;
  }
  if ((i_167 + 48) < 70) {
   out[70 * tokens * i_184 + i_174 + 70 * i_185] = acc_2_0.w;
  }
 }
 let i_190 = min(i_163 + 12, i_4 - 1);
 let i_191 = i32(u32(i_190) / u32(tokens));
 let i_192 = i_190 - i_191 * tokens;
 if ((i_163 + 12) < i_4) {
  if (i_167 < 70) {
   out[70 * tokens * i_191 + i_168 + 70 * i_192] = acc_3_0.x;
  }
  if ((i_167 + 16) < 70) {
   out[70 * tokens * i_191 + i_170 + 70 * i_192] = acc_3_0.y;
  }
  if ((i_167 + 32) < 70) {
   out[70 * tokens * i_191 + i_172 + 70 * i_192] = acc_3_0.z;
  }
  if ((i_167 + 48) < 70) {
   out[70 * tokens * i_191 + i_174 + 70 * i_192] = acc_3_0.w;
  }
 }
}
