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
 let i_0 = i32(u32(group) / 4u);
 let part = group - i_0 * 4;
 let i_1 = i32(u32(i_0) / 3u);
 let col_tile = i_0 - i_1 * 3;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_2 = (tokens + 15) / 16;
 let i_3 = lane >> 2;
 let i_6 = lane & 3;
 let i_9 = select(4, i_6 + 4 * i_1, (4 * i_6 + 16 * i_1) < 20);
 let i_13 = 4 * lane;
 let i_41 = min(16 * col_tile + lane, 32);
 for (var k0_block = part; k0_block < i_2; k0_block += 4) {
  workgroupBarrier();
  let i_4 = i_3 + 16 * k0_block;
  let v_11 = arg0[i_9 + 5 * min(i_4, tokens - 1)];
  left_tile[i_13] = select(0.0f, v_11.x, i_4 < tokens);
  left_tile[i_13 + 1] = select(0.0f, v_11.y, i_4 < tokens);
  left_tile[i_13 + 2] = select(0.0f, v_11.z, i_4 < tokens);
  left_tile[i_13 + 3] = select(0.0f, v_11.w, i_4 < tokens);
  let v_19 = arg0[i_9 + 5 * min(i_4 + 4, tokens - 1)];
  left_tile[i_13 + 64] = select(0.0f, v_19.x, (i_4 + 4) < tokens);
  left_tile[i_13 + 65] = select(0.0f, v_19.y, (i_4 + 4) < tokens);
  left_tile[i_13 + 66] = select(0.0f, v_19.z, (i_4 + 4) < tokens);
  left_tile[i_13 + 67] = select(0.0f, v_19.w, (i_4 + 4) < tokens);
  let v_26 = arg0[i_9 + 5 * min(i_4 + 8, tokens - 1)];
  left_tile[i_13 + 128] = select(0.0f, v_26.x, (i_4 + 8) < tokens);
  left_tile[i_13 + 129] = select(0.0f, v_26.y, (i_4 + 8) < tokens);
  left_tile[i_13 + 130] = select(0.0f, v_26.z, (i_4 + 8) < tokens);
  left_tile[i_13 + 131] = select(0.0f, v_26.w, (i_4 + 8) < tokens);
  let v_33 = arg0[i_9 + 5 * min(i_4 + 12, tokens - 1)];
  left_tile[i_13 + 192] = select(0.0f, v_33.x, (i_4 + 12) < tokens);
  left_tile[i_13 + 193] = select(0.0f, v_33.y, (i_4 + 12) < tokens);
  left_tile[i_13 + 194] = select(0.0f, v_33.z, (i_4 + 12) < tokens);
  left_tile[i_13 + 195] = select(0.0f, v_33.w, (i_4 + 12) < tokens);
  let i_38 = 16 * k0_block;
  right_tile[lane] = select(0.0f, arg1[i_41 + 33 * min(i_38, tokens - 1)], i_38 < tokens);
  right_tile[lane + 16] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 1, tokens - 1)], (i_38 + 1) < tokens);
  right_tile[lane + 32] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 2, tokens - 1)], (i_38 + 2) < tokens);
  right_tile[lane + 48] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 3, tokens - 1)], (i_38 + 3) < tokens);
  right_tile[lane + 64] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 4, tokens - 1)], (i_38 + 4) < tokens);
  right_tile[lane + 80] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 5, tokens - 1)], (i_38 + 5) < tokens);
  right_tile[lane + 96] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 6, tokens - 1)], (i_38 + 6) < tokens);
  right_tile[lane + 112] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 7, tokens - 1)], (i_38 + 7) < tokens);
  right_tile[lane + 128] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 8, tokens - 1)], (i_38 + 8) < tokens);
  right_tile[lane + 144] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 9, tokens - 1)], (i_38 + 9) < tokens);
  right_tile[lane + 160] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 10, tokens - 1)], (i_38 + 10) < tokens);
  right_tile[lane + 176] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 11, tokens - 1)], (i_38 + 11) < tokens);
  right_tile[lane + 192] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 12, tokens - 1)], (i_38 + 12) < tokens);
  right_tile[lane + 208] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 13, tokens - 1)], (i_38 + 13) < tokens);
  right_tile[lane + 224] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 14, tokens - 1)], (i_38 + 14) < tokens);
  right_tile[lane + 240] = select(0.0f, arg1[i_41 + 33 * min(i_38 + 15, tokens - 1)], (i_38 + 15) < tokens);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_89 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_89];
   let left_1 = left_tile[i_89 + 4];
   let left_2 = left_tile[i_89 + 8];
   let left_3 = left_tile[i_89 + 12];
   let i_90 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_90], right_tile[i_90 + 4], right_tile[i_90 + 8], right_tile[i_90 + 12]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_95 = vec4f(right_tile[i_90 + 16], right_tile[i_90 + 20], right_tile[i_90 + 24], right_tile[i_90 + 28]);
   acc_0_0 += left_tile[i_89 + 16] * v_95;
   acc_1_0 += left_tile[i_89 + 20] * v_95;
   acc_2_0 += left_tile[i_89 + 24] * v_95;
   acc_3_0 += left_tile[i_89 + 28] * v_95;
   let v_100 = vec4f(right_tile[i_90 + 32], right_tile[i_90 + 36], right_tile[i_90 + 40], right_tile[i_90 + 44]);
   acc_0_0 += left_tile[i_89 + 32] * v_100;
   acc_1_0 += left_tile[i_89 + 36] * v_100;
   acc_2_0 += left_tile[i_89 + 40] * v_100;
   acc_3_0 += left_tile[i_89 + 44] * v_100;
   let v_105 = vec4f(right_tile[i_90 + 48], right_tile[i_90 + 52], right_tile[i_90 + 56], right_tile[i_90 + 60]);
   acc_0_0 += left_tile[i_89 + 48] * v_105;
   acc_1_0 += left_tile[i_89 + 52] * v_105;
   acc_2_0 += left_tile[i_89 + 56] * v_105;
   acc_3_0 += left_tile[i_89 + 60] * v_105;
  }
 }
 let i_106 = row_thread + 16 * i_1;
 let i_107 = col_thread + 16 * col_tile;
 let i_108 = min(i_107, 32);
 if (i_107 < 33) {
  out[i_108 + 660 * part + 33 * i_106] = acc_0_0.x;
 }
 let i_110 = min(i_107 + 4, 32);
 if ((i_107 + 4) < 33) {
  out[i_110 + 660 * part + 33 * i_106] = acc_0_0.y;
 }
 let i_112 = min(i_107 + 8, 32);
 if ((i_107 + 8) < 33) {
  out[i_112 + 660 * part + 33 * i_106] = acc_0_0.z;
 }
 let i_114 = min(i_107 + 12, 32);
 if ((i_107 + 12) < 33) {
  out[i_114 + 660 * part + 33 * i_106] = acc_0_0.w;
 }
 let i_116 = min(i_106 + 4, 19);
 if ((i_106 + 4) < 20) {
  if (i_107 < 33) {
   out[i_108 + 660 * part + 33 * i_116] = acc_1_0.x;
  }
  if ((i_107 + 4) < 33) {
   out[i_110 + 660 * part + 33 * i_116] = acc_1_0.y;
  }
  if ((i_107 + 8) < 33) {
   out[i_112 + 660 * part + 33 * i_116] = acc_1_0.z;
  }
  if ((i_107 + 12) < 33) {
   out[i_114 + 660 * part + 33 * i_116] = acc_1_0.w;
  }
 }
 let i_121 = min(i_106 + 8, 19);
 if ((i_106 + 8) < 20) {
  if (i_107 < 33) {
   out[i_108 + 660 * part + 33 * i_121] = acc_2_0.x;
  }
  if ((i_107 + 4) < 33) {
   out[i_110 + 660 * part + 33 * i_121] = acc_2_0.y;
  }
  if ((i_107 + 8) < 33) {
   out[i_112 + 660 * part + 33 * i_121] = acc_2_0.z;
  }
  if ((i_107 + 12) < 33) {
   out[i_114 + 660 * part + 33 * i_121] = acc_2_0.w;
  }
 }
 let i_126 = min(i_106 + 12, 19);
 if ((i_106 + 12) < 20) {
  if (i_107 < 33) {
   out[i_108 + 660 * part + 33 * i_126] = acc_3_0.x;
  }
  if ((i_107 + 4) < 33) {
   out[i_110 + 660 * part + 33 * i_126] = acc_3_0.y;
  }
  if ((i_107 + 8) < 33) {
   out[i_112 + 660 * part + 33 * i_126] = acc_3_0.z;
  }
  if ((i_107 + 12) < 33) {
   out[i_114 + 660 * part + 33 * i_126] = acc_3_0.w;
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
 let i_1 = min(i_0, 659);
 var acc = 0.0f;
 for (var part = 0; part < 4; part += 1) {
  acc += arg3[i_1 + 660 * part];
 }
 let f_6 = arg2[i_1 - i32(u32(i_1) / 33u) * 33];
 if (i_0 < 660) {
  out[i_1] = (acc * 0.5f) + f_6;
 }
}
