enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 16) { return; }
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane + 8 * col_tile;
 let i_2 = min(i_1, 10);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 let i_4 = min(lane, 5) + 18 * i_0;
 let f_5 = arg0[i_4];
 let f_6 = arg0[i_4 + 6];
 let f_7 = arg0[i_4 + 12];
 let i_8 = 6 * i_2;
 for (var k0_step = 0; k0_step < 6; k0_step += 1) {
  let f_10 = arg1[i_8 + k0_step];
  let i_11 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_5, i_11), f_10, acc_0);
  acc_1 = fma(subgroupShuffle(f_6, i_11), f_10, acc_1);
  acc_2 = fma(subgroupShuffle(f_7, i_11), f_10, acc_2);
 }
 let i_12 = i_2 + 33 * i_0;
 if (i_1 < 11) {
  out[i_12] = acc_0;
  out[i_12 + 11] = acc_1;
  out[i_12 + 22] = acc_2;
 }
}
