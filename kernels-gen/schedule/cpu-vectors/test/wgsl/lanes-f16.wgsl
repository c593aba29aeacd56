enable f16;
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f16>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 6) { return; }
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane + 8 * col_tile;
 let i_2 = min(i_1, 8);
 var acc = 0.0f;
 let f_5 = f32(arg0[min(lane, 3) + 4 * i_0]);
 for (var k0_step = 0; k0_step < 4; k0_step += 1) {
  let i_6 = u32(k0_step);
  acc = fma(subgroupShuffle(f_5, i_6), arg1[i_2 + 9 * k0_step], acc);
 }
 if (i_1 < 9) {
  out[i_2 + 9 * i_0] = f16(acc);
 }
}
