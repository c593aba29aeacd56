enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let col_tile = group - i32(u32(group) / 65u) * 65;
 var acc_0_0 = vec4f(0.0f);
 var acc_0_1 = vec4f(0.0f);
 var acc_0_2 = vec4f(0.0f);
 var acc_0_3 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_1_1 = vec4f(0.0f);
 var acc_1_2 = vec4f(0.0f);
 var acc_1_3 = vec4f(0.0f);
 let i_1 = (tokens + 7) / 8;
 let i_6 = 4 * col_tile;
 let i_9 = min(i_6 + 1, 256);
 let i_12 = min(i_6 + 2, 256);
 let i_15 = min(i_6 + 3, 256);
 for (var k0_block = 0; k0_block < i_1; k0_block += 1) {
  let i_2 = 8 * k0_block + lane;
  if (i_2 < tokens) {
   let i_3 = 2 * i_2;
   let f_4 = arg1[i_3];
   let f_5 = arg1[i_3 + 1];
   let v_8 = arg0[i_6 + 257 * i_2];
   let v_11 = arg0[i_9 + 257 * i_2];
   let v_14 = arg0[i_12 + 257 * i_2];
   let v_17 = arg0[i_15 + 257 * i_2];
   acc_0_0 = fma(vec4f(f_4), v_8, acc_0_0);
   acc_0_1 = fma(vec4f(f_4), v_11, acc_0_1);
   acc_0_2 = fma(vec4f(f_4), v_14, acc_0_2);
   acc_0_3 = fma(vec4f(f_4), v_17, acc_0_3);
   acc_1_0 = fma(vec4f(f_5), v_8, acc_1_0);
   acc_1_1 = fma(vec4f(f_5), v_11, acc_1_1);
   acc_1_2 = fma(vec4f(f_5), v_14, acc_1_2);
   acc_1_3 = fma(vec4f(f_5), v_17, acc_1_3);
  }
 }
 acc_0_0 = subgroupAdd(acc_0_0);
 acc_0_1 = subgroupAdd(acc_0_1);
 acc_0_2 = subgroupAdd(acc_0_2);
 acc_0_3 = subgroupAdd(acc_0_3);
 acc_1_0 = subgroupAdd(acc_1_0);
 acc_1_1 = subgroupAdd(acc_1_1);
 acc_1_2 = subgroupAdd(acc_1_2);
 acc_1_3 = subgroupAdd(acc_1_3);
 let i_18 = 8 * i_6;
 let i_19 = 8 * i_9;
 let i_20 = 8 * i_12;
 let i_21 = 8 * i_15;
 if (lane < 1) {
  out[i_18] = acc_0_0.x;
  out[i_18 + 2] = acc_0_0.y;
  out[i_18 + 4] = acc_0_0.z;
  out[i_18 + 6] = acc_0_0.w;
  if ((i_6 + 1) < 257) {
   out[i_19] = acc_0_1.x;
   out[i_19 + 2] = acc_0_1.y;
   out[i_19 + 4] = acc_0_1.z;
   out[i_19 + 6] = acc_0_1.w;
  }
  if ((i_6 + 2) < 257) {
   out[i_20] = acc_0_2.x;
   out[i_20 + 2] = acc_0_2.y;
   out[i_20 + 4] = acc_0_2.z;
   out[i_20 + 6] = acc_0_2.w;
  }
  if ((i_6 + 3) < 257) {
   out[i_21] = acc_0_3.x;
   out[i_21 + 2] = acc_0_3.y;
   out[i_21 + 4] = acc_0_3.z;
   out[i_21 + 6] = acc_0_3.w;
  }
  out[i_18 + 1] = acc_1_0.x;
  out[i_18 + 3] = acc_1_0.y;
  out[i_18 + 5] = acc_1_0.z;
  out[i_18 + 7] = acc_1_0.w;
  if ((i_6 + 1) < 257) {
   out[i_19 + 1] = acc_1_1.x;
   out[i_19 + 3] = acc_1_1.y;
   out[i_19 + 5] = acc_1_1.z;
   out[i_19 + 7] = acc_1_1.w;
  }
  if ((i_6 + 2) < 257) {
   out[i_20 + 1] = acc_1_2.x;
   out[i_20 + 3] = acc_1_2.y;
   out[i_20 + 5] = acc_1_2.z;
   out[i_20 + 7] = acc_1_2.w;
  }
  if ((i_6 + 3) < 257) {
   out[i_21 + 1] = acc_1_3.x;
   out[i_21 + 3] = acc_1_3.y;
   out[i_21 + 5] = acc_1_3.z;
   out[i_21 + 7] = acc_1_3.w;
  }
 }
}
