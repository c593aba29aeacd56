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
 let i_0 = (tokens + 0) / 1;
 if (group >= i_0) { return; }
 let i_1 = lane & 7;
 let i_2 = min(i_1, 2 - 1);
 let i_4 = group - i32(u32(group) / u32(max(i_0, 1))) * i_0;
 let i_5 = min(i_4, tokens - 1);
 var acc_0 = f32();
 let i_6 = 3 * i_5;
 for (var k0_first = 0; k0_first < 3; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 3 - 1);
  let f_8 = arg0[i_6 + k0_mine];
  let i_9 = min(8, 3 - k0_first);
  for (var step = 0; step < i_9; step += 1) {
   let k0 = k0_first + step;
   let i_12 = u32(step);
   acc_0 = fma(subgroupShuffle(f_8, i_12), arg1[i_2 + 2 * k0], acc_0);
  }
 }
 let f_13 = arg2[i_2];
 if (i_4 < tokens) {
  if (i_1 < 2) {
   out[2 * i_5 + i_2] = (acc_0 * 0.5f) + f_13;
  }
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
 if (group >= i_0) { return; }
 let i_1 = lane & 7;
 let i_3 = group - i32(u32(group) / u32(max(i_0, 1))) * i_0;
 let i_4 = i_3 * 32 + i_1;
 let i_5 = min(i_4, tokens - 1);
 let i_6 = i_3 * 32 + i_1 + 8;
 let i_7 = min(i_6, tokens - 1);
 let i_8 = i_3 * 32 + i_1 + 16;
 let i_9 = min(i_8, tokens - 1);
 let i_10 = i_3 * 32 + i_1 + 24;
 let i_11 = min(i_10, tokens - 1);
 let i_12 = 0;
 let i_13 = 1;
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 let i_19 = 3 * i_5;
 let i_22 = 3 * i_7;
 let i_25 = 3 * i_9;
 let i_28 = 3 * i_11;
 for (var k0_first = 0; k0_first < 3; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 3 - 1);
  let f_15 = arg1[i_12 + 2 * k0_mine];
  let f_17 = arg1[i_13 + 2 * k0_mine];
  let i_18 = min(8, 3 - k0_first);
  for (var step = 0; step < i_18; step += 1) {
   let k0 = k0_first + step;
   let i_31 = u32(step);
   let v_32 = vec4f(arg0[i_19 + k0], arg0[i_22 + k0], arg0[i_25 + k0], arg0[i_28 + k0]);
   acc_0 = fma(vec4f(subgroupShuffle(f_15, i_31)), v_32, acc_0);
   acc_1 = fma(vec4f(subgroupShuffle(f_17, i_31)), v_32, acc_1);
  }
 }
 let f_33 = arg2[i_12];
 if (i_4 < tokens) {
  out[i_12 + 2 * i_5] = (acc_0.x * 0.5f) + f_33;
 }
 if (i_6 < tokens) {
  out[i_12 + 2 * i_7] = (acc_0.y * 0.5f) + f_33;
 }
 if (i_8 < tokens) {
  out[i_12 + 2 * i_9] = (acc_0.z * 0.5f) + f_33;
 }
 if (i_10 < tokens) {
  out[i_12 + 2 * i_11] = (acc_0.w * 0.5f) + f_33;
 }
 let f_38 = arg2[i_13];
 if (i_4 < tokens) {
  out[i_13 + 2 * i_5] = (acc_1.x * 0.5f) + f_38;
 }
 if (i_6 < tokens) {
  out[i_13 + 2 * i_7] = (acc_1.y * 0.5f) + f_38;
 }
 if (i_8 < tokens) {
  out[i_13 + 2 * i_9] = (acc_1.z * 0.5f) + f_38;
 }
 if (i_10 < tokens) {
  out[i_13 + 2 * i_11] = (acc_1.w * 0.5f) + f_38;
 }
}
