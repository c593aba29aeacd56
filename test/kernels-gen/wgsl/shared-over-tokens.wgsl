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
 let i_1 = lane >> 5;
 let i_6 = 31 * group + min(lane & 31, 30);
 for (var k0_block = 0; k0_block < i_0; k0_block += 1) {
  workgroupBarrier();
  let i_2 = i_1 + 16 * k0_block;
  let i_7 = i_6 + 3968 * min(i_2, tokens - 1);
  left_tile[lane] = select(0.0f, arg0[i_7], i_2 < tokens);
  let i_10 = i_6 + 3968 * min(i_2 + 2, tokens - 1);
  left_tile[lane + 64] = select(0.0f, arg0[i_10], (i_2 + 2) < tokens);
  let i_13 = i_6 + 3968 * min(i_2 + 4, tokens - 1);
  left_tile[lane + 128] = select(0.0f, arg0[i_13], (i_2 + 4) < tokens);
  let i_16 = i_6 + 3968 * min(i_2 + 6, tokens - 1);
  left_tile[lane + 192] = select(0.0f, arg0[i_16], (i_2 + 6) < tokens);
  let i_19 = i_6 + 3968 * min(i_2 + 8, tokens - 1);
  left_tile[lane + 256] = select(0.0f, arg0[i_19], (i_2 + 8) < tokens);
  let i_22 = i_6 + 3968 * min(i_2 + 10, tokens - 1);
  left_tile[lane + 320] = select(0.0f, arg0[i_22], (i_2 + 10) < tokens);
  let i_25 = i_6 + 3968 * min(i_2 + 12, tokens - 1);
  left_tile[lane + 384] = select(0.0f, arg0[i_25], (i_2 + 12) < tokens);
  let i_28 = i_6 + 3968 * min(i_2 + 14, tokens - 1);
  left_tile[lane + 448] = select(0.0f, arg0[i_28], (i_2 + 14) < tokens);
  right_tile[lane] = select(0.0f, arg1[i_7], i_2 < tokens);
  right_tile[lane + 64] = select(0.0f, arg1[i_10], (i_2 + 2) < tokens);
  right_tile[lane + 128] = select(0.0f, arg1[i_13], (i_2 + 4) < tokens);
  right_tile[lane + 192] = select(0.0f, arg1[i_16], (i_2 + 6) < tokens);
  right_tile[lane + 256] = select(0.0f, arg1[i_19], (i_2 + 8) < tokens);
  right_tile[lane + 320] = select(0.0f, arg1[i_22], (i_2 + 10) < tokens);
  right_tile[lane + 384] = select(0.0f, arg1[i_25], (i_2 + 12) < tokens);
  right_tile[lane + 448] = select(0.0f, arg1[i_28], (i_2 + 14) < tokens);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_38 = row_thread + 128 * k0_step_group;
   let left_0 = left_tile[i_38];
   let left_1 = left_tile[i_38 + 8];
   let left_2 = left_tile[i_38 + 16];
   let left_3 = left_tile[i_38 + 24];
   let i_39 = col_thread + 128 * k0_step_group;
   let right_0 = vec4f(right_tile[i_39], right_tile[i_39 + 8], right_tile[i_39 + 16], right_tile[i_39 + 24]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_44 = vec4f(right_tile[i_39 + 32], right_tile[i_39 + 40], right_tile[i_39 + 48], right_tile[i_39 + 56]);
   acc_0_0 += left_tile[i_38 + 32] * v_44;
   acc_1_0 += left_tile[i_38 + 40] * v_44;
   acc_2_0 += left_tile[i_38 + 48] * v_44;
   acc_3_0 += left_tile[i_38 + 56] * v_44;
   let v_49 = vec4f(right_tile[i_39 + 64], right_tile[i_39 + 72], right_tile[i_39 + 80], right_tile[i_39 + 88]);
   acc_0_0 += left_tile[i_38 + 64] * v_49;
   acc_1_0 += left_tile[i_38 + 72] * v_49;
   acc_2_0 += left_tile[i_38 + 80] * v_49;
   acc_3_0 += left_tile[i_38 + 88] * v_49;
   let v_54 = vec4f(right_tile[i_39 + 96], right_tile[i_39 + 104], right_tile[i_39 + 112], right_tile[i_39 + 120]);
   acc_0_0 += left_tile[i_38 + 96] * v_54;
   acc_1_0 += left_tile[i_38 + 104] * v_54;
   acc_2_0 += left_tile[i_38 + 112] * v_54;
   acc_3_0 += left_tile[i_38 + 120] * v_54;
  }
 }
 out[961 * group + col_thread + 31 * row_thread] = acc_0_0.x;
 let i_56 = col_thread + 8;
 out[961 * group + i_56 + 31 * row_thread] = acc_0_0.y;
 let i_58 = col_thread + 16;
 out[961 * group + i_58 + 31 * row_thread] = acc_0_0.z;
 let i_60 = min(col_thread + 24, 30);
 if ((col_thread + 24) < 31) {
  out[961 * group + i_60 + 31 * row_thread] = acc_0_0.w;
 }
 let i_62 = row_thread + 8;
 out[961 * group + col_thread + 31 * i_62] = acc_1_0.x;
 out[961 * group + i_56 + 31 * i_62] = acc_1_0.y;
 out[961 * group + i_58 + 31 * i_62] = acc_1_0.z;
 if ((col_thread + 24) < 31) {
  out[961 * group + i_60 + 31 * i_62] = acc_1_0.w;
 }
 let i_67 = row_thread + 16;
 out[961 * group + col_thread + 31 * i_67] = acc_2_0.x;
 out[961 * group + i_56 + 31 * i_67] = acc_2_0.y;
 out[961 * group + i_58 + 31 * i_67] = acc_2_0.z;
 if ((col_thread + 24) < 31) {
  out[961 * group + i_60 + 31 * i_67] = acc_2_0.w;
 }
 let i_72 = min(row_thread + 24, 30);
 if ((row_thread + 24) < 31) {
  out[961 * group + col_thread + 31 * i_72] = acc_3_0.x;
  out[961 * group + i_56 + 31 * i_72] = acc_3_0.y;
  out[961 * group + i_58 + 31 * i_72] = acc_3_0.z;
  if ((col_thread + 24) < 31) {
   out[961 * group + i_60 + 31 * i_72] = acc_3_0.w;
  }
 }
}
