@group(0) @binding(0) var<storage, read> arg0: array<f32>;
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
 let i_6 = 16 * i_1;
 let i_72 = 16 * col_tile;
 for (var k0_block = part; k0_block < i_2; k0_block += 4) {
  workgroupBarrier();
  let i_3 = 16 * k0_block;
  let i_5 = select(tokens - 1, i_3, i_3 < tokens);
  let i_7 = i_6 + lane;
  let i_9 = select(19, i_7, i_7 < 20);
  left_tile[lane] = select(0.0f, arg0[20 * i_5 + i_9], i_3 < tokens);
  let i_13 = select(tokens - 1, i_3 + 1, (i_3 + 1) < tokens);
  left_tile[lane + 16] = select(0.0f, arg0[20 * i_13 + i_9], (i_3 + 1) < tokens);
  let i_17 = select(tokens - 1, i_3 + 2, (i_3 + 2) < tokens);
  left_tile[lane + 32] = select(0.0f, arg0[20 * i_17 + i_9], (i_3 + 2) < tokens);
  let i_21 = select(tokens - 1, i_3 + 3, (i_3 + 3) < tokens);
  left_tile[lane + 48] = select(0.0f, arg0[20 * i_21 + i_9], (i_3 + 3) < tokens);
  let i_25 = select(tokens - 1, i_3 + 4, (i_3 + 4) < tokens);
  left_tile[lane + 64] = select(0.0f, arg0[20 * i_25 + i_9], (i_3 + 4) < tokens);
  let i_29 = select(tokens - 1, i_3 + 5, (i_3 + 5) < tokens);
  left_tile[lane + 80] = select(0.0f, arg0[20 * i_29 + i_9], (i_3 + 5) < tokens);
  let i_33 = select(tokens - 1, i_3 + 6, (i_3 + 6) < tokens);
  left_tile[lane + 96] = select(0.0f, arg0[20 * i_33 + i_9], (i_3 + 6) < tokens);
  let i_37 = select(tokens - 1, i_3 + 7, (i_3 + 7) < tokens);
  left_tile[lane + 112] = select(0.0f, arg0[20 * i_37 + i_9], (i_3 + 7) < tokens);
  let i_41 = select(tokens - 1, i_3 + 8, (i_3 + 8) < tokens);
  left_tile[lane + 128] = select(0.0f, arg0[20 * i_41 + i_9], (i_3 + 8) < tokens);
  let i_45 = select(tokens - 1, i_3 + 9, (i_3 + 9) < tokens);
  left_tile[lane + 144] = select(0.0f, arg0[20 * i_45 + i_9], (i_3 + 9) < tokens);
  let i_49 = select(tokens - 1, i_3 + 10, (i_3 + 10) < tokens);
  left_tile[lane + 160] = select(0.0f, arg0[20 * i_49 + i_9], (i_3 + 10) < tokens);
  let i_53 = select(tokens - 1, i_3 + 11, (i_3 + 11) < tokens);
  left_tile[lane + 176] = select(0.0f, arg0[20 * i_53 + i_9], (i_3 + 11) < tokens);
  let i_57 = select(tokens - 1, i_3 + 12, (i_3 + 12) < tokens);
  left_tile[lane + 192] = select(0.0f, arg0[20 * i_57 + i_9], (i_3 + 12) < tokens);
  let i_61 = select(tokens - 1, i_3 + 13, (i_3 + 13) < tokens);
  left_tile[lane + 208] = select(0.0f, arg0[20 * i_61 + i_9], (i_3 + 13) < tokens);
  let i_65 = select(tokens - 1, i_3 + 14, (i_3 + 14) < tokens);
  left_tile[lane + 224] = select(0.0f, arg0[20 * i_65 + i_9], (i_3 + 14) < tokens);
  let i_69 = select(tokens - 1, i_3 + 15, (i_3 + 15) < tokens);
  left_tile[lane + 240] = select(0.0f, arg0[20 * i_69 + i_9], (i_3 + 15) < tokens);
  let i_73 = i_72 + lane;
  let i_75 = select(32, i_73, i_73 < 33);
  right_tile[lane] = select(0.0f, arg1[i_75 + 33 * i_5], i_3 < tokens);
  right_tile[lane + 16] = select(0.0f, arg1[i_75 + 33 * i_13], (i_3 + 1) < tokens);
  right_tile[lane + 32] = select(0.0f, arg1[i_75 + 33 * i_17], (i_3 + 2) < tokens);
  right_tile[lane + 48] = select(0.0f, arg1[i_75 + 33 * i_21], (i_3 + 3) < tokens);
  right_tile[lane + 64] = select(0.0f, arg1[i_75 + 33 * i_25], (i_3 + 4) < tokens);
  right_tile[lane + 80] = select(0.0f, arg1[i_75 + 33 * i_29], (i_3 + 5) < tokens);
  right_tile[lane + 96] = select(0.0f, arg1[i_75 + 33 * i_33], (i_3 + 6) < tokens);
  right_tile[lane + 112] = select(0.0f, arg1[i_75 + 33 * i_37], (i_3 + 7) < tokens);
  right_tile[lane + 128] = select(0.0f, arg1[i_75 + 33 * i_41], (i_3 + 8) < tokens);
  right_tile[lane + 144] = select(0.0f, arg1[i_75 + 33 * i_45], (i_3 + 9) < tokens);
  right_tile[lane + 160] = select(0.0f, arg1[i_75 + 33 * i_49], (i_3 + 10) < tokens);
  right_tile[lane + 176] = select(0.0f, arg1[i_75 + 33 * i_53], (i_3 + 11) < tokens);
  right_tile[lane + 192] = select(0.0f, arg1[i_75 + 33 * i_57], (i_3 + 12) < tokens);
  right_tile[lane + 208] = select(0.0f, arg1[i_75 + 33 * i_61], (i_3 + 13) < tokens);
  right_tile[lane + 224] = select(0.0f, arg1[i_75 + 33 * i_65], (i_3 + 14) < tokens);
  right_tile[lane + 240] = select(0.0f, arg1[i_75 + 33 * i_69], (i_3 + 15) < tokens);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_108 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_108];
   let left_1 = left_tile[i_108 + 4];
   let left_2 = left_tile[i_108 + 8];
   let left_3 = left_tile[i_108 + 12];
   let i_109 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_109], right_tile[i_109 + 4], right_tile[i_109 + 8], right_tile[i_109 + 12]);
   let v_110 = right_0;
   acc_0_0 += left_0 * v_110;
   acc_1_0 += left_1 * v_110;
   acc_2_0 += left_2 * v_110;
   acc_3_0 += left_3 * v_110;
   let v_116 = vec4f(right_tile[i_109 + 16], right_tile[i_109 + 20], right_tile[i_109 + 24], right_tile[i_109 + 28]);
   acc_0_0 += left_tile[i_108 + 16] * v_116;
   acc_1_0 += left_tile[i_108 + 20] * v_116;
   acc_2_0 += left_tile[i_108 + 24] * v_116;
   acc_3_0 += left_tile[i_108 + 28] * v_116;
   let v_122 = vec4f(right_tile[i_109 + 32], right_tile[i_109 + 36], right_tile[i_109 + 40], right_tile[i_109 + 44]);
   acc_0_0 += left_tile[i_108 + 32] * v_122;
   acc_1_0 += left_tile[i_108 + 36] * v_122;
   acc_2_0 += left_tile[i_108 + 40] * v_122;
   acc_3_0 += left_tile[i_108 + 44] * v_122;
   let v_128 = vec4f(right_tile[i_109 + 48], right_tile[i_109 + 52], right_tile[i_109 + 56], right_tile[i_109 + 60]);
   acc_0_0 += left_tile[i_108 + 48] * v_128;
   acc_1_0 += left_tile[i_108 + 52] * v_128;
   acc_2_0 += left_tile[i_108 + 56] * v_128;
   acc_3_0 += left_tile[i_108 + 60] * v_128;
  }
 }
 let i_129 = row_thread + 16 * i_1;
 let i_130 = i_129;
 let i_131 = col_thread + 16 * col_tile;
 let i_133 = select(32, i_131, i_131 < 33);
 let i_136 = select(32, i_131 + 4, (i_131 + 4) < 33);
 let i_139 = select(32, i_131 + 8, (i_131 + 8) < 33);
 let i_142 = select(32, i_131 + 12, (i_131 + 12) < 33);
 if (true) {
  if (i_131 < 33) {
   out[i_133 + 660 * part + 33 * i_130] = acc_0_0.x;
  }
  if ((i_131 + 4) < 33) {
   out[i_136 + 660 * part + 33 * i_130] = acc_0_0.y;
  }
  if ((i_131 + 8) < 33) {
   out[i_139 + 660 * part + 33 * i_130] = acc_0_0.z;
  }
  if ((i_131 + 12) < 33) {
   out[i_142 + 660 * part + 33 * i_130] = acc_0_0.w;
  }
 }
 let i_145 = select(19, i_129 + 4, (i_129 + 4) < 20);
 if ((i_129 + 4) < 20) {
  if (i_131 < 33) {
   out[i_133 + 660 * part + 33 * i_145] = acc_1_0.x;
  }
  if ((i_131 + 4) < 33) {
   out[i_136 + 660 * part + 33 * i_145] = acc_1_0.y;
  }
  if ((i_131 + 8) < 33) {
   out[i_139 + 660 * part + 33 * i_145] = acc_1_0.z;
  }
  if ((i_131 + 12) < 33) {
   out[i_142 + 660 * part + 33 * i_145] = acc_1_0.w;
  }
 }
 let i_151 = select(19, i_129 + 8, (i_129 + 8) < 20);
 if ((i_129 + 8) < 20) {
  if (i_131 < 33) {
   out[i_133 + 660 * part + 33 * i_151] = acc_2_0.x;
  }
  if ((i_131 + 4) < 33) {
   out[i_136 + 660 * part + 33 * i_151] = acc_2_0.y;
  }
  if ((i_131 + 8) < 33) {
   out[i_139 + 660 * part + 33 * i_151] = acc_2_0.z;
  }
  if ((i_131 + 12) < 33) {
   out[i_142 + 660 * part + 33 * i_151] = acc_2_0.w;
  }
 }
 let i_157 = select(19, i_129 + 12, (i_129 + 12) < 20);
 if ((i_129 + 12) < 20) {
  if (i_131 < 33) {
   out[i_133 + 660 * part + 33 * i_157] = acc_3_0.x;
  }
  if ((i_131 + 4) < 33) {
   out[i_136 + 660 * part + 33 * i_157] = acc_3_0.y;
  }
  if ((i_131 + 8) < 33) {
   out[i_139 + 660 * part + 33 * i_157] = acc_3_0.z;
  }
  if ((i_131 + 12) < 33) {
   out[i_142 + 660 * part + 33 * i_157] = acc_3_0.w;
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
