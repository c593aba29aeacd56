enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 12) { return; }
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 var results: array<vec4f, 12>;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 var acc_4_0 = vec4f(0.0f);
 var acc_5_0 = vec4f(0.0f);
 var acc_6_0 = vec4f(0.0f);
 var acc_7_0 = vec4f(0.0f);
 var acc_8_0 = vec4f(0.0f);
 var acc_9_0 = vec4f(0.0f);
 var acc_10_0 = vec4f(0.0f);
 var acc_11_0 = vec4f(0.0f);
 var k0_left: array<f32, 12>;
 let i_1 = min(lane, 2);
 let i_2 = 12 * i_0;
 for (var row_each_k0_own = 0; row_each_k0_own < 12 + (group >> 31); row_each_k0_own += 1) {
  k0_left[row_each_k0_own] = arg0[i_1 + 3 * min(i_2 + row_each_k0_own, 64)];
 }
 let i_7 = lane + 32 * col_tile;
 let i_8 = i_7 + 8;
 let i_9 = min(i_7 + 16, 49);
 let i_10 = min(i_7 + 24, 49);
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let f_18 = arg1[i_10 + 50 * k0_step];
  let v_19 = vec4f(arg1[i_7 + 50 * k0_step], arg1[i_8 + 50 * k0_step], arg1[i_9 + 50 * k0_step], f_18);
  let i_20 = u32(k0_step);
  let left = subgroupShuffle(k0_left[0], i_20);
  acc_0_0 = fma(vec4f(left), v_19, acc_0_0);
  acc_1_0 = fma(vec4f(subgroupShuffle(k0_left[1], i_20)), v_19, acc_1_0);
  acc_2_0 = fma(vec4f(subgroupShuffle(k0_left[2], i_20)), v_19, acc_2_0);
  acc_3_0 = fma(vec4f(subgroupShuffle(k0_left[3], i_20)), v_19, acc_3_0);
  acc_4_0 = fma(vec4f(subgroupShuffle(k0_left[4], i_20)), v_19, acc_4_0);
  acc_5_0 = fma(vec4f(subgroupShuffle(k0_left[5], i_20)), v_19, acc_5_0);
  acc_6_0 = fma(vec4f(subgroupShuffle(k0_left[6], i_20)), v_19, acc_6_0);
  acc_7_0 = fma(vec4f(subgroupShuffle(k0_left[7], i_20)), v_19, acc_7_0);
  acc_8_0 = fma(vec4f(subgroupShuffle(k0_left[8], i_20)), v_19, acc_8_0);
  acc_9_0 = fma(vec4f(subgroupShuffle(k0_left[9], i_20)), v_19, acc_9_0);
  acc_10_0 = fma(vec4f(subgroupShuffle(k0_left[10], i_20)), v_19, acc_10_0);
  acc_11_0 = fma(vec4f(subgroupShuffle(k0_left[11], i_20)), v_19, acc_11_0);
 }
 results[0] = acc_0_0;
 results[1] = acc_1_0;
 results[2] = acc_2_0;
 results[3] = acc_3_0;
 results[4] = acc_4_0;
 results[5] = acc_5_0;
 results[6] = acc_6_0;
 results[7] = acc_7_0;
 results[8] = acc_8_0;
 results[9] = acc_9_0;
 results[10] = acc_10_0;
 results[11] = acc_11_0;
 let f_34 = arg2[i_7];
 let f_36 = arg2[i_8];
 let f_38 = arg2[i_9];
 let f_40 = arg2[i_10];
 for (var row_each_out = 0; row_each_out < 12 + (group >> 31); row_each_out += 1) {
  let i_32 = i_2 + row_each_out;
  let i_33 = min(i_32, 64);
  if (i_32 < 65) {
   out[i_7 + 50 * i_33] = (results[row_each_out].x * 0.5f) + f_34;
   out[i_8 + 50 * i_33] = (results[row_each_out].y * 0.5f) + f_36;
   if ((i_7 + 16) < 50) {
    out[i_9 + 50 * i_33] = (results[row_each_out].z * 0.5f) + f_38;
   }
   if ((i_7 + 24) < 50) {
    out[i_10 + 50 * i_33] = (results[row_each_out].w * 0.5f) + f_40;
   }
  }
 }
}
