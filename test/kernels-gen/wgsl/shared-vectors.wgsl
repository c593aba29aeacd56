enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f16>;
@group(0) @binding(1) var<storage, read> arg1: array<f16>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> left_tile: array<f32, 256>;
var<workgroup> right_tile: array<f32, 256>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / u32(2));
 let col_tile = group - i_0 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_3 = 16 * i_0;
 let i_62 = 16 * col_tile;
 let i_67 = 40 * i_62;
 let i_72 = 40 * (i_62 + 1);
 let i_76 = 40 * (i_62 + 2);
 let i_80 = 40 * (i_62 + 3);
 let i_85 = 40 * select(19, i_62 + 4, (i_62 + 4) < 20);
 let i_90 = 40 * select(19, i_62 + 5, (i_62 + 5) < 20);
 let i_95 = 40 * select(19, i_62 + 6, (i_62 + 6) < 20);
 let i_100 = 40 * select(19, i_62 + 7, (i_62 + 7) < 20);
 let i_105 = 40 * select(19, i_62 + 8, (i_62 + 8) < 20);
 let i_110 = 40 * select(19, i_62 + 9, (i_62 + 9) < 20);
 let i_115 = 40 * select(19, i_62 + 10, (i_62 + 10) < 20);
 let i_120 = 40 * select(19, i_62 + 11, (i_62 + 11) < 20);
 let i_125 = 40 * select(19, i_62 + 12, (i_62 + 12) < 20);
 let i_130 = 40 * select(19, i_62 + 13, (i_62 + 13) < 20);
 let i_135 = 40 * select(19, i_62 + 14, (i_62 + 14) < 20);
 let i_140 = 40 * select(19, i_62 + 15, (i_62 + 15) < 20);
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_1 = 16 * k0_block;
  let i_4 = i_3 + lane;
  let i_6 = select(23, i_4, i_4 < 24);
  left_tile[lane] = f32(arg0[24 * i_1 + i_6]);
  left_tile[lane + 16] = f32(arg0[24 * (i_1 + 1) + i_6]);
  left_tile[lane + 32] = f32(arg0[24 * (i_1 + 2) + i_6]);
  left_tile[lane + 48] = f32(arg0[24 * (i_1 + 3) + i_6]);
  left_tile[lane + 64] = f32(arg0[24 * (i_1 + 4) + i_6]);
  left_tile[lane + 80] = f32(arg0[24 * (i_1 + 5) + i_6]);
  left_tile[lane + 96] = f32(arg0[24 * (i_1 + 6) + i_6]);
  left_tile[lane + 112] = f32(arg0[24 * (i_1 + 7) + i_6]);
  left_tile[lane + 128] = select(0.0f, f32(arg0[24 * select(39, i_1 + 8, (i_1 + 8) < 40) + i_6]), (i_1 + 8) < 40);
  left_tile[lane + 144] = select(0.0f, f32(arg0[24 * select(39, i_1 + 9, (i_1 + 9) < 40) + i_6]), (i_1 + 9) < 40);
  left_tile[lane + 160] = select(0.0f, f32(arg0[24 * select(39, i_1 + 10, (i_1 + 10) < 40) + i_6]), (i_1 + 10) < 40);
  left_tile[lane + 176] = select(0.0f, f32(arg0[24 * select(39, i_1 + 11, (i_1 + 11) < 40) + i_6]), (i_1 + 11) < 40);
  left_tile[lane + 192] = select(0.0f, f32(arg0[24 * select(39, i_1 + 12, (i_1 + 12) < 40) + i_6]), (i_1 + 12) < 40);
  left_tile[lane + 208] = select(0.0f, f32(arg0[24 * select(39, i_1 + 13, (i_1 + 13) < 40) + i_6]), (i_1 + 13) < 40);
  left_tile[lane + 224] = select(0.0f, f32(arg0[24 * select(39, i_1 + 14, (i_1 + 14) < 40) + i_6]), (i_1 + 14) < 40);
  left_tile[lane + 240] = select(0.0f, f32(arg0[24 * select(39, i_1 + 15, (i_1 + 15) < 40) + i_6]), (i_1 + 15) < 40);
  let i_64 = 16 * k0_block + lane;
  let i_66 = select(39, i_64, i_64 < 40);
  let i_70 = 16 * lane;
  right_tile[i_70] = select(0.0f, f32(arg1[i_67 + i_66]), i_64 < 40);
  right_tile[i_70 + 1] = select(0.0f, f32(arg1[i_72 + i_66]), i_64 < 40);
  right_tile[i_70 + 2] = select(0.0f, f32(arg1[i_76 + i_66]), i_64 < 40);
  right_tile[i_70 + 3] = select(0.0f, f32(arg1[i_80 + i_66]), i_64 < 40);
  right_tile[i_70 + 4] = select(0.0f, f32(arg1[i_85 + i_66]), i_64 < 40);
  right_tile[i_70 + 5] = select(0.0f, f32(arg1[i_90 + i_66]), i_64 < 40);
  right_tile[i_70 + 6] = select(0.0f, f32(arg1[i_95 + i_66]), i_64 < 40);
  right_tile[i_70 + 7] = select(0.0f, f32(arg1[i_100 + i_66]), i_64 < 40);
  right_tile[i_70 + 8] = select(0.0f, f32(arg1[i_105 + i_66]), i_64 < 40);
  right_tile[i_70 + 9] = select(0.0f, f32(arg1[i_110 + i_66]), i_64 < 40);
  right_tile[i_70 + 10] = select(0.0f, f32(arg1[i_115 + i_66]), i_64 < 40);
  right_tile[i_70 + 11] = select(0.0f, f32(arg1[i_120 + i_66]), i_64 < 40);
  right_tile[i_70 + 12] = select(0.0f, f32(arg1[i_125 + i_66]), i_64 < 40);
  right_tile[i_70 + 13] = select(0.0f, f32(arg1[i_130 + i_66]), i_64 < 40);
  right_tile[i_70 + 14] = select(0.0f, f32(arg1[i_135 + i_66]), i_64 < 40);
  right_tile[i_70 + 15] = select(0.0f, f32(arg1[i_140 + i_66]), i_64 < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_143 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_143];
   let left_1 = left_tile[i_143 + 4];
   let left_2 = left_tile[i_143 + 8];
   let left_3 = left_tile[i_143 + 12];
   let i_144 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_144], right_tile[i_144 + 4], right_tile[i_144 + 8], right_tile[i_144 + 12]);
   let v_145 = right_0;
   acc_0_0 += left_0 * v_145;
   acc_1_0 += left_1 * v_145;
   acc_2_0 += left_2 * v_145;
   acc_3_0 += left_3 * v_145;
   let v_151 = vec4f(right_tile[i_144 + 16], right_tile[i_144 + 20], right_tile[i_144 + 24], right_tile[i_144 + 28]);
   acc_0_0 += left_tile[i_143 + 16] * v_151;
   acc_1_0 += left_tile[i_143 + 20] * v_151;
   acc_2_0 += left_tile[i_143 + 24] * v_151;
   acc_3_0 += left_tile[i_143 + 28] * v_151;
   let v_157 = vec4f(right_tile[i_144 + 32], right_tile[i_144 + 36], right_tile[i_144 + 40], right_tile[i_144 + 44]);
   acc_0_0 += left_tile[i_143 + 32] * v_157;
   acc_1_0 += left_tile[i_143 + 36] * v_157;
   acc_2_0 += left_tile[i_143 + 40] * v_157;
   acc_3_0 += left_tile[i_143 + 44] * v_157;
   let v_163 = vec4f(right_tile[i_144 + 48], right_tile[i_144 + 52], right_tile[i_144 + 56], right_tile[i_144 + 60]);
   acc_0_0 += left_tile[i_143 + 48] * v_163;
   acc_1_0 += left_tile[i_143 + 52] * v_163;
   acc_2_0 += left_tile[i_143 + 56] * v_163;
   acc_3_0 += left_tile[i_143 + 60] * v_163;
  }
 }
 let i_164 = row_thread + 16 * i_0;
 let i_165 = i_164;
 let i_166 = col_thread + 16 * col_tile;
 let i_167 = i_166;
 let f_169 = f32(arg0[26]) * 2.0f;
 let i_172 = select(19, i_166 + 4, (i_166 + 4) < 20);
 let i_175 = select(19, i_166 + 8, (i_166 + 8) < 20);
 let i_178 = select(19, i_166 + 12, (i_166 + 12) < 20);
 if (true) {
  if (true) {
   out[i_167 + 20 * i_165] = acc_0_0.x + f_169;
  }
  if ((i_166 + 4) < 20) {
   out[i_172 + 20 * i_165] = acc_0_0.y + f_169;
  }
  if ((i_166 + 8) < 20) {
   out[i_175 + 20 * i_165] = acc_0_0.z + f_169;
  }
  if ((i_166 + 12) < 20) {
   out[i_178 + 20 * i_165] = acc_0_0.w + f_169;
  }
 }
 let i_180 = i_164 + 4;
 if (true) {
  if (true) {
   out[i_167 + 20 * i_180] = acc_1_0.x + f_169;
  }
  if ((i_166 + 4) < 20) {
   out[i_172 + 20 * i_180] = acc_1_0.y + f_169;
  }
  if ((i_166 + 8) < 20) {
   out[i_175 + 20 * i_180] = acc_1_0.z + f_169;
  }
  if ((i_166 + 12) < 20) {
   out[i_178 + 20 * i_180] = acc_1_0.w + f_169;
  }
 }
 let i_186 = select(23, i_164 + 8, (i_164 + 8) < 24);
 if ((i_164 + 8) < 24) {
  if (true) {
   out[i_167 + 20 * i_186] = acc_2_0.x + f_169;
  }
  if ((i_166 + 4) < 20) {
   out[i_172 + 20 * i_186] = acc_2_0.y + f_169;
  }
  if ((i_166 + 8) < 20) {
   out[i_175 + 20 * i_186] = acc_2_0.z + f_169;
  }
  if ((i_166 + 12) < 20) {
   out[i_178 + 20 * i_186] = acc_2_0.w + f_169;
  }
 }
 let i_192 = select(23, i_164 + 12, (i_164 + 12) < 24);
 if ((i_164 + 12) < 24) {
  if (true) {
   out[i_167 + 20 * i_192] = acc_3_0.x + f_169;
  }
  if ((i_166 + 4) < 20) {
   out[i_172 + 20 * i_192] = acc_3_0.y + f_169;
  }
  if ((i_166 + 8) < 20) {
   out[i_175 + 20 * i_192] = acc_3_0.z + f_169;
  }
  if ((i_166 + 12) < 20) {
   out[i_178 + 20 * i_192] = acc_3_0.w + f_169;
  }
 }
}
