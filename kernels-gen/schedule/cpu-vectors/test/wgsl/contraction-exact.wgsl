enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 16) { return; }
 let i_0 = i32(u32(group) / 8u);
 let col_tile = group - i_0 * 8;
 let i_1 = lane + 8 * col_tile;
 var held0_0 = vec4f(0.0f);
 var held0_1 = vec4f(0.0f);
 var held0_2 = vec4f(0.0f);
 var held0_3 = vec4f(0.0f);
 held0_0 = arg1[i_1];
 held0_1 = arg1[i_1 + 64];
 held0_2 = arg1[i_1 + 128];
 held0_3 = arg1[i_1 + 192];
 let i_6 = 128 * i_0;
 let i_7 = min(i_6 + 128, 256);
 let i_8 = min(lane, 3);
 for (var row = i_6; row < i_7 + (group >> 31); row += 1) {
  var acc = vec4f(0.0f);
  let f_10 = arg0[i_8 + 4 * row];
  acc = fma(vec4f(subgroupShuffle(f_10, 0)), held0_0, acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 1)), held0_1, acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 2)), held0_2, acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 3)), held0_3, acc);
  out[i_1 + 64 * row] = acc;
 }
}
