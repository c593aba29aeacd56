@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> left_tile: array<f32, 512>;
var<workgroup> right_tile: array<f32, 512>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_0 = (tokens + 15) / 16;
 let i_8 = 31 * group;
 for (var k0_block = 0; k0_block < i_0; k0_block += 1) {
  workgroupBarrier();
  let i_2 = (lane >> 5) + 16 * k0_block;
  let i_4 = select(tokens - 1, i_2, i_2 < tokens);
  let i_5 = lane & 31;
  let i_7 = select(30, i_5, i_5 < 31);
  left_tile[lane] = select(0.0f, arg0[i_8 + 3968 * i_4 + i_7], i_2 < tokens);
  let i_12 = select(tokens - 1, i_2 + 2, (i_2 + 2) < tokens);
  left_tile[lane + 64] = select(0.0f, arg0[i_8 + 3968 * i_12 + i_7], (i_2 + 2) < tokens);
  let i_16 = select(tokens - 1, i_2 + 4, (i_2 + 4) < tokens);
  left_tile[lane + 128] = select(0.0f, arg0[i_8 + 3968 * i_16 + i_7], (i_2 + 4) < tokens);
  let i_20 = select(tokens - 1, i_2 + 6, (i_2 + 6) < tokens);
  left_tile[lane + 192] = select(0.0f, arg0[i_8 + 3968 * i_20 + i_7], (i_2 + 6) < tokens);
  let i_24 = select(tokens - 1, i_2 + 8, (i_2 + 8) < tokens);
  left_tile[lane + 256] = select(0.0f, arg0[i_8 + 3968 * i_24 + i_7], (i_2 + 8) < tokens);
  let i_28 = select(tokens - 1, i_2 + 10, (i_2 + 10) < tokens);
  left_tile[lane + 320] = select(0.0f, arg0[i_8 + 3968 * i_28 + i_7], (i_2 + 10) < tokens);
  let i_32 = select(tokens - 1, i_2 + 12, (i_2 + 12) < tokens);
  left_tile[lane + 384] = select(0.0f, arg0[i_8 + 3968 * i_32 + i_7], (i_2 + 12) < tokens);
  let i_36 = select(tokens - 1, i_2 + 14, (i_2 + 14) < tokens);
  left_tile[lane + 448] = select(0.0f, arg0[i_8 + 3968 * i_36 + i_7], (i_2 + 14) < tokens);
  right_tile[lane] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_4], i_2 < tokens);
  right_tile[lane + 64] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_12], (i_2 + 2) < tokens);
  right_tile[lane + 128] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_16], (i_2 + 4) < tokens);
  right_tile[lane + 192] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_20], (i_2 + 6) < tokens);
  right_tile[lane + 256] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_24], (i_2 + 8) < tokens);
  right_tile[lane + 320] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_28], (i_2 + 10) < tokens);
  right_tile[lane + 384] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_32], (i_2 + 12) < tokens);
  right_tile[lane + 448] = select(0.0f, arg1[i_8 + i_7 + 3968 * i_36], (i_2 + 14) < tokens);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_55 = row_thread + 128 * k0_step_group;
   let left_0 = left_tile[i_55];
   let left_1 = left_tile[i_55 + 8];
   let left_2 = left_tile[i_55 + 16];
   let left_3 = left_tile[i_55 + 24];
   let i_56 = col_thread + 128 * k0_step_group;
   let right_0 = vec4f(right_tile[i_56], right_tile[i_56 + 8], right_tile[i_56 + 16], right_tile[i_56 + 24]);
   let v_57 = right_0;
   acc_0_0 += left_0 * v_57;
   acc_1_0 += left_1 * v_57;
   acc_2_0 += left_2 * v_57;
   acc_3_0 += left_3 * v_57;
   let v_63 = vec4f(right_tile[i_56 + 32], right_tile[i_56 + 40], right_tile[i_56 + 48], right_tile[i_56 + 56]);
   acc_0_0 += left_tile[i_55 + 32] * v_63;
   acc_1_0 += left_tile[i_55 + 40] * v_63;
   acc_2_0 += left_tile[i_55 + 48] * v_63;
   acc_3_0 += left_tile[i_55 + 56] * v_63;
   let v_69 = vec4f(right_tile[i_56 + 64], right_tile[i_56 + 72], right_tile[i_56 + 80], right_tile[i_56 + 88]);
   acc_0_0 += left_tile[i_55 + 64] * v_69;
   acc_1_0 += left_tile[i_55 + 72] * v_69;
   acc_2_0 += left_tile[i_55 + 80] * v_69;
   acc_3_0 += left_tile[i_55 + 88] * v_69;
   let v_75 = vec4f(right_tile[i_56 + 96], right_tile[i_56 + 104], right_tile[i_56 + 112], right_tile[i_56 + 120]);
   acc_0_0 += left_tile[i_55 + 96] * v_75;
   acc_1_0 += left_tile[i_55 + 104] * v_75;
   acc_2_0 += left_tile[i_55 + 112] * v_75;
   acc_3_0 += left_tile[i_55 + 120] * v_75;
  }
 }
 let i_76 = row_thread;
 let i_77 = col_thread;
 let i_79 = col_thread + 8;
 let i_81 = col_thread + 16;
 let i_83 = select(30, col_thread + 24, (col_thread + 24) < 31);
 let i_84 = i_83;
 if (true) {
  if (true) {
   out[961 * group + i_77 + 31 * i_76] = acc_0_0.x;
  }
  if (true) {
   out[961 * group + i_79 + 31 * i_76] = acc_0_0.y;
  }
  if (true) {
   out[961 * group + i_81 + 31 * i_76] = acc_0_0.z;
  }
  if ((col_thread + 24) < 31) {
   out[961 * group + i_84 + 31 * i_76] = acc_0_0.w;
  }
 }
 let i_86 = row_thread + 8;
 if (true) {
  if (true) {
   out[961 * group + i_77 + 31 * i_86] = acc_1_0.x;
  }
  if (true) {
   out[961 * group + i_79 + 31 * i_86] = acc_1_0.y;
  }
  if (true) {
   out[961 * group + i_81 + 31 * i_86] = acc_1_0.z;
  }
  if ((col_thread + 24) < 31) {
   out[961 * group + i_84 + 31 * i_86] = acc_1_0.w;
  }
 }
 let i_91 = row_thread + 16;
 if (true) {
  if (true) {
   out[961 * group + i_77 + 31 * i_91] = acc_2_0.x;
  }
  if (true) {
   out[961 * group + i_79 + 31 * i_91] = acc_2_0.y;
  }
  if (true) {
   out[961 * group + i_81 + 31 * i_91] = acc_2_0.z;
  }
  if ((col_thread + 24) < 31) {
   out[961 * group + i_84 + 31 * i_91] = acc_2_0.w;
  }
 }
 let i_96 = select(30, row_thread + 24, (row_thread + 24) < 31);
 let i_97 = i_96;
 if ((row_thread + 24) < 31) {
  if (true) {
   out[961 * group + i_77 + 31 * i_97] = acc_3_0.x;
  }
  if (true) {
   out[961 * group + i_79 + 31 * i_97] = acc_3_0.y;
  }
  if (true) {
   out[961 * group + i_81 + 31 * i_97] = acc_3_0.z;
  }
  if ((col_thread + 24) < 31) {
   out[961 * group + i_84 + 31 * i_97] = acc_3_0.w;
  }
 }
}
