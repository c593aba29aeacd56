@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> left_tile: array<f32, 256>;
var<workgroup> right_tile: array<f32, 256>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / u32(4));
 let part = group - i_0 * 4;
 let i_1 = i32(u32(i_0) / u32(3));
 let col_tile = i_0 - i_1 * 3;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_2 = (tokens + 15) / 16;
 let i_8 = 16 * i_1;
 let i_58 = 16 * col_tile;
 for (var k0_block = part; k0_block < i_2; k0_block += 4) {
  workgroupBarrier();
  let i_4 = (lane >> 2) + 16 * k0_block;
  let i_9 = i_8 + 4 * (lane & 3);
  let i_11 = select(16, i_9, i_9 < 20);
  let i_12 = i_11 + 20 * select(tokens - 1, i_4, i_4 < tokens);
  let i_13 = u32(i_12);
  let i_15 = 4 * lane;
  left_tile[i_15] = select(0.0f, arg0[i_13 >> 2][i_13 & 3u], i_4 < tokens);
  let i_16 = u32(min(u32(i_12 + 1), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 1] = select(0.0f, arg0[i_16 >> 2][i_16 & 3u], i_4 < tokens);
  let i_18 = u32(min(u32(i_12 + 2), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 2] = select(0.0f, arg0[i_18 >> 2][i_18 & 3u], i_4 < tokens);
  let i_20 = u32(min(u32(i_12 + 3), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 3] = select(0.0f, arg0[i_20 >> 2][i_20 & 3u], i_4 < tokens);
  let i_24 = i_11 + 20 * select(tokens - 1, i_4 + 4, (i_4 + 4) < tokens);
  let i_25 = u32(i_24);
  left_tile[i_15 + 64] = select(0.0f, arg0[i_25 >> 2][i_25 & 3u], (i_4 + 4) < tokens);
  let i_27 = u32(min(u32(i_24 + 1), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 65] = select(0.0f, arg0[i_27 >> 2][i_27 & 3u], (i_4 + 4) < tokens);
  let i_29 = u32(min(u32(i_24 + 2), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 66] = select(0.0f, arg0[i_29 >> 2][i_29 & 3u], (i_4 + 4) < tokens);
  let i_31 = u32(min(u32(i_24 + 3), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 67] = select(0.0f, arg0[i_31 >> 2][i_31 & 3u], (i_4 + 4) < tokens);
  let i_35 = i_11 + 20 * select(tokens - 1, i_4 + 8, (i_4 + 8) < tokens);
  let i_36 = u32(i_35);
  left_tile[i_15 + 128] = select(0.0f, arg0[i_36 >> 2][i_36 & 3u], (i_4 + 8) < tokens);
  let i_38 = u32(min(u32(i_35 + 1), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 129] = select(0.0f, arg0[i_38 >> 2][i_38 & 3u], (i_4 + 8) < tokens);
  let i_40 = u32(min(u32(i_35 + 2), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 130] = select(0.0f, arg0[i_40 >> 2][i_40 & 3u], (i_4 + 8) < tokens);
  let i_42 = u32(min(u32(i_35 + 3), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 131] = select(0.0f, arg0[i_42 >> 2][i_42 & 3u], (i_4 + 8) < tokens);
  let i_46 = i_11 + 20 * select(tokens - 1, i_4 + 12, (i_4 + 12) < tokens);
  let i_47 = u32(i_46);
  left_tile[i_15 + 192] = select(0.0f, arg0[i_47 >> 2][i_47 & 3u], (i_4 + 12) < tokens);
  let i_49 = u32(min(u32(i_46 + 1), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 193] = select(0.0f, arg0[i_49 >> 2][i_49 & 3u], (i_4 + 12) < tokens);
  let i_51 = u32(min(u32(i_46 + 2), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 194] = select(0.0f, arg0[i_51 >> 2][i_51 & 3u], (i_4 + 12) < tokens);
  let i_53 = u32(min(u32(i_46 + 3), u32((20 * tokens)) - 1u));
  left_tile[i_15 + 195] = select(0.0f, arg0[i_53 >> 2][i_53 & 3u], (i_4 + 12) < tokens);
  let i_55 = 16 * k0_block;
  let i_59 = i_58 + lane;
  let i_61 = select(32, i_59, i_59 < 33);
  right_tile[lane] = select(0.0f, arg1[i_61 + 33 * select(tokens - 1, i_55, i_55 < tokens)], i_55 < tokens);
  let f_67 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 1, (i_55 + 1) < tokens)];
  right_tile[lane + 16] = select(0.0f, f_67, (i_55 + 1) < tokens);
  let f_71 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 2, (i_55 + 2) < tokens)];
  right_tile[lane + 32] = select(0.0f, f_71, (i_55 + 2) < tokens);
  let f_75 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 3, (i_55 + 3) < tokens)];
  right_tile[lane + 48] = select(0.0f, f_75, (i_55 + 3) < tokens);
  let f_79 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 4, (i_55 + 4) < tokens)];
  right_tile[lane + 64] = select(0.0f, f_79, (i_55 + 4) < tokens);
  let f_83 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 5, (i_55 + 5) < tokens)];
  right_tile[lane + 80] = select(0.0f, f_83, (i_55 + 5) < tokens);
  let f_87 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 6, (i_55 + 6) < tokens)];
  right_tile[lane + 96] = select(0.0f, f_87, (i_55 + 6) < tokens);
  let f_91 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 7, (i_55 + 7) < tokens)];
  right_tile[lane + 112] = select(0.0f, f_91, (i_55 + 7) < tokens);
  let f_95 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 8, (i_55 + 8) < tokens)];
  right_tile[lane + 128] = select(0.0f, f_95, (i_55 + 8) < tokens);
  let f_99 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 9, (i_55 + 9) < tokens)];
  right_tile[lane + 144] = select(0.0f, f_99, (i_55 + 9) < tokens);
  let f_103 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 10, (i_55 + 10) < tokens)];
  right_tile[lane + 160] = select(0.0f, f_103, (i_55 + 10) < tokens);
  let f_107 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 11, (i_55 + 11) < tokens)];
  right_tile[lane + 176] = select(0.0f, f_107, (i_55 + 11) < tokens);
  let f_111 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 12, (i_55 + 12) < tokens)];
  right_tile[lane + 192] = select(0.0f, f_111, (i_55 + 12) < tokens);
  let f_115 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 13, (i_55 + 13) < tokens)];
  right_tile[lane + 208] = select(0.0f, f_115, (i_55 + 13) < tokens);
  let f_119 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 14, (i_55 + 14) < tokens)];
  right_tile[lane + 224] = select(0.0f, f_119, (i_55 + 14) < tokens);
  let f_123 = arg1[i_61 + 33 * select(tokens - 1, i_55 + 15, (i_55 + 15) < tokens)];
  right_tile[lane + 240] = select(0.0f, f_123, (i_55 + 15) < tokens);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_124 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_124];
   let left_1 = left_tile[i_124 + 4];
   let left_2 = left_tile[i_124 + 8];
   let left_3 = left_tile[i_124 + 12];
   let i_125 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_125], right_tile[i_125 + 4], right_tile[i_125 + 8], right_tile[i_125 + 12]);
   let v_126 = right_0;
   acc_0_0 += left_0 * v_126;
   acc_1_0 += left_1 * v_126;
   acc_2_0 += left_2 * v_126;
   acc_3_0 += left_3 * v_126;
   let v_132 = vec4f(right_tile[i_125 + 16], right_tile[i_125 + 20], right_tile[i_125 + 24], right_tile[i_125 + 28]);
   acc_0_0 += left_tile[i_124 + 16] * v_132;
   acc_1_0 += left_tile[i_124 + 20] * v_132;
   acc_2_0 += left_tile[i_124 + 24] * v_132;
   acc_3_0 += left_tile[i_124 + 28] * v_132;
   let v_138 = vec4f(right_tile[i_125 + 32], right_tile[i_125 + 36], right_tile[i_125 + 40], right_tile[i_125 + 44]);
   acc_0_0 += left_tile[i_124 + 32] * v_138;
   acc_1_0 += left_tile[i_124 + 36] * v_138;
   acc_2_0 += left_tile[i_124 + 40] * v_138;
   acc_3_0 += left_tile[i_124 + 44] * v_138;
   let v_144 = vec4f(right_tile[i_125 + 48], right_tile[i_125 + 52], right_tile[i_125 + 56], right_tile[i_125 + 60]);
   acc_0_0 += left_tile[i_124 + 48] * v_144;
   acc_1_0 += left_tile[i_124 + 52] * v_144;
   acc_2_0 += left_tile[i_124 + 56] * v_144;
   acc_3_0 += left_tile[i_124 + 60] * v_144;
  }
 }
 let i_145 = row_thread + 16 * i_1;
 let i_146 = i_145;
 let i_147 = col_thread + 16 * col_tile;
 let i_149 = select(32, i_147, i_147 < 33);
 let i_152 = select(32, i_147 + 4, (i_147 + 4) < 33);
 let i_155 = select(32, i_147 + 8, (i_147 + 8) < 33);
 let i_158 = select(32, i_147 + 12, (i_147 + 12) < 33);
 if (true) {
  if (i_147 < 33) {
   out[i_149 + 660 * part + 33 * i_146] = acc_0_0.x;
  }
  if ((i_147 + 4) < 33) {
   out[i_152 + 660 * part + 33 * i_146] = acc_0_0.y;
  }
  if ((i_147 + 8) < 33) {
   out[i_155 + 660 * part + 33 * i_146] = acc_0_0.z;
  }
  if ((i_147 + 12) < 33) {
   out[i_158 + 660 * part + 33 * i_146] = acc_0_0.w;
  }
 }
 let i_161 = select(19, i_145 + 4, (i_145 + 4) < 20);
 if ((i_145 + 4) < 20) {
  if (i_147 < 33) {
   out[i_149 + 660 * part + 33 * i_161] = acc_1_0.x;
  }
  if ((i_147 + 4) < 33) {
   out[i_152 + 660 * part + 33 * i_161] = acc_1_0.y;
  }
  if ((i_147 + 8) < 33) {
   out[i_155 + 660 * part + 33 * i_161] = acc_1_0.z;
  }
  if ((i_147 + 12) < 33) {
   out[i_158 + 660 * part + 33 * i_161] = acc_1_0.w;
  }
 }
 let i_167 = select(19, i_145 + 8, (i_145 + 8) < 20);
 if ((i_145 + 8) < 20) {
  if (i_147 < 33) {
   out[i_149 + 660 * part + 33 * i_167] = acc_2_0.x;
  }
  if ((i_147 + 4) < 33) {
   out[i_152 + 660 * part + 33 * i_167] = acc_2_0.y;
  }
  if ((i_147 + 8) < 33) {
   out[i_155 + 660 * part + 33 * i_167] = acc_2_0.z;
  }
  if ((i_147 + 12) < 33) {
   out[i_158 + 660 * part + 33 * i_167] = acc_2_0.w;
  }
 }
 let i_173 = select(19, i_145 + 12, (i_145 + 12) < 20);
 if ((i_145 + 12) < 20) {
  if (i_147 < 33) {
   out[i_149 + 660 * part + 33 * i_173] = acc_3_0.x;
  }
  if ((i_147 + 4) < 33) {
   out[i_152 + 660 * part + 33 * i_173] = acc_3_0.y;
  }
  if ((i_147 + 8) < 33) {
   out[i_155 + 660 * part + 33 * i_173] = acc_3_0.z;
  }
  if ((i_147 + 12) < 33) {
   out[i_158 + 660 * part + 33 * i_173] = acc_3_0.w;
  }
 }
}

@group(0) @binding(0) var<storage, read> arg2: array<f32>;
@group(0) @binding(1) var<storage, read> arg3: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = select(659, i_0, i_0 < 660);
 var acc = 0.0f;
 for (var part = 0; part < 4; part += 1) {
  acc += arg3[i_1 + 660 * part];
 }
 let f_6 = arg2[i_1 - i32(u32(i_1) / 33u) * 33];
 if (i_0 < 660) {
  out[i_1] = (acc * 0.5f) + f_6;
 }
}
