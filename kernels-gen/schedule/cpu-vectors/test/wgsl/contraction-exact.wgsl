enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 16) { return; }
 let i_0 = i32(u32(group) / 4u);
 let col_tile = group - i_0 * 4;
 var held0_0_0 = vec4f(0.0f);
 var held0_0_1 = vec4f(0.0f);
 var held0_1_0 = vec4f(0.0f);
 var held0_1_1 = vec4f(0.0f);
 var held0_2_0 = vec4f(0.0f);
 var held0_2_1 = vec4f(0.0f);
 var held0_3_0 = vec4f(0.0f);
 var held0_3_1 = vec4f(0.0f);
 let i_1 = lane + 16 * col_tile;
 held0_0_0 = arg1[i_1];
 held0_0_1 = arg1[i_1 + 8];
 held0_1_0 = arg1[i_1 + 64];
 held0_1_1 = arg1[i_1 + 72];
 held0_2_0 = arg1[i_1 + 128];
 held0_2_1 = arg1[i_1 + 136];
 held0_3_0 = arg1[i_1 + 192];
 held0_3_1 = arg1[i_1 + 200];
 let i_10 = 64 * i_0;
 let i_11 = min(i_10 + 64, 256);
 let i_12 = min(lane, 3);
 for (var row = i_10; row < i_11 + (group >> 31); row += 1) {
  var acc_0 = vec4f(0.0f);
  var acc_1 = vec4f(0.0f);
  let f_14 = arg0[i_12 + 4 * row];
  let left = subgroupShuffle(f_14, 0);
  acc_0 = fma(vec4f(left), held0_0_0, acc_0);
  acc_1 = fma(vec4f(left), held0_0_1, acc_1);
  let f_15 = subgroupShuffle(f_14, 1);
  acc_0 = fma(vec4f(f_15), held0_1_0, acc_0);
  acc_1 = fma(vec4f(f_15), held0_1_1, acc_1);
  let f_16 = subgroupShuffle(f_14, 2);
  acc_0 = fma(vec4f(f_16), held0_2_0, acc_0);
  acc_1 = fma(vec4f(f_16), held0_2_1, acc_1);
  let f_17 = subgroupShuffle(f_14, 3);
  acc_0 = fma(vec4f(f_17), held0_3_0, acc_0);
  acc_1 = fma(vec4f(f_17), held0_3_1, acc_1);
  let i_18 = i_1 + 64 * row;
  out[i_18] = acc_0;
  out[i_18 + 8] = acc_1;
 }
}
