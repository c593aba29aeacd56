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
 if (group >= ((tokens + 63) / 64) * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let col_tile = group - i_1 * 2;
 var held0: array<vec4f, 6>;
 let i_2 = lane + 32 * col_tile;
 let i_3 = min(i_2, 32);
 let i_4 = min(i_2 + 8, 32);
 let i_5 = min(i_2 + 16, 32);
 let i_6 = min(i_2 + 24, 32);
 let i_7 = 6 * i_3;
 let i_9 = 6 * i_4;
 let i_11 = 6 * i_5;
 let i_13 = 6 * i_6;
 for (var k0_held = 0; k0_held < 6 + (group >> 31); k0_held += 1) {
  held0[k0_held] = vec4f(arg1[i_7 + k0_held], arg1[i_9 + k0_held], arg1[i_11 + k0_held], arg1[i_13 + k0_held]);
 }
 let i_19 = 64 * i_1;
 let i_20 = min(i_19 + 64, tokens);
 let i_21 = min(lane, 5);
 let f_24 = arg2[i_3];
 let f_26 = arg2[i_4];
 let f_28 = arg2[i_5];
 let f_30 = arg2[i_6];
 for (var row = i_19; row < i_20 + (group >> 31); row += 1) {
  var acc_0 = vec4f(0.0f);
  let f_23 = arg0[i_21 + 6 * row];
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 0)), held0[0], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 1)), held0[1], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 2)), held0[2], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 3)), held0[3], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 4)), held0[4], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_23, 5)), held0[5], acc_0);
  if (i_2 < 33) {
   out[i_3 + 33 * row] = (acc_0.x * 0.5f) + f_24;
  }
  if ((i_2 + 8) < 33) {
   out[i_4 + 33 * row] = (acc_0.y * 0.5f) + f_26;
  }
  if ((i_2 + 16) < 33) {
   out[i_5 + 33 * row] = (acc_0.z * 0.5f) + f_28;
  }
  if ((i_2 + 24) < 33) {
   out[i_6 + 33 * row] = (acc_0.w * 0.5f) + f_30;
  }
 }
}
