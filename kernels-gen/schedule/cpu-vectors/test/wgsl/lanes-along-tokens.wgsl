enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= tokens * 1) { return; }
 let i_0 = min(lane, 1);
 var acc = 0.0f;
 let f_3 = arg0[min(lane, 2) + 3 * group];
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let i_4 = u32(k0_step);
  acc = fma(subgroupShuffle(f_3, i_4), arg1[i_0 + 2 * k0_step], acc);
 }
 let f_7 = arg2[i_0];
 if (lane < 2) {
  out[i_0 + 2 * group] = (acc * 0.5f) + f_7;
 }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 31) / 32;
 if (group >= 1 * i_0) { return; }
 let col_tile = group - i32(u32(group) / u32(i_0)) * i_0;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 let i_3 = 2 * min(lane, 2);
 let f_4 = arg1[i_3];
 let f_5 = arg1[i_3 + 1];
 let i_6 = lane + 32 * col_tile;
 let i_7 = min(i_6, tokens - 1);
 let i_8 = min(i_6 + 8, tokens - 1);
 let i_9 = min(i_6 + 16, tokens - 1);
 let i_10 = min(i_6 + 24, tokens - 1);
 let i_11 = 3 * i_7;
 let i_13 = 3 * i_8;
 let i_15 = 3 * i_9;
 let i_17 = 3 * i_10;
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let v_23 = vec4f(arg0[i_11 + k0_step], arg0[i_13 + k0_step], arg0[i_15 + k0_step], arg0[i_17 + k0_step]);
  let i_24 = u32(k0_step);
  let left = subgroupShuffle(f_4, i_24);
  acc_0_0 = fma(vec4f(left), v_23, acc_0_0);
  acc_1_0 = fma(vec4f(subgroupShuffle(f_5, i_24)), v_23, acc_1_0);
 }
 let f_26 = arg2[0];
 let i_27 = 2 * i_7;
 if (i_6 < tokens) {
  out[i_27] = (acc_0_0.x * 0.5f) + f_26;
 }
 let i_28 = 2 * i_8;
 if ((i_6 + 8) < tokens) {
  out[i_28] = (acc_0_0.y * 0.5f) + f_26;
 }
 let i_29 = 2 * i_9;
 if ((i_6 + 16) < tokens) {
  out[i_29] = (acc_0_0.z * 0.5f) + f_26;
 }
 let i_30 = 2 * i_10;
 if ((i_6 + 24) < tokens) {
  out[i_30] = (acc_0_0.w * 0.5f) + f_26;
 }
 let f_31 = arg2[1];
 if (i_6 < tokens) {
  out[i_27 + 1] = (acc_1_0.x * 0.5f) + f_31;
 }
 if ((i_6 + 8) < tokens) {
  out[i_28 + 1] = (acc_1_0.y * 0.5f) + f_31;
 }
 if ((i_6 + 16) < tokens) {
  out[i_29 + 1] = (acc_1_0.z * 0.5f) + f_31;
 }
 if ((i_6 + 24) < tokens) {
  out[i_30 + 1] = (acc_1_0.w * 0.5f) + f_31;
 }
}
