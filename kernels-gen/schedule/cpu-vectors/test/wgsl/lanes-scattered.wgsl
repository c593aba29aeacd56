enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2) { return; }
 let i_0 = lane + 8 * group;
 let i_1 = min(i_0, 11);
 var acc = 0.0f;
 let i_11 = 514 * i_1;
 for (var k0_block = 0; k0_block < 65; k0_block += 1) {
  let f_5 = arg0[2 * min(lane + 8 * k0_block, 513) + 1];
  let i_6 = -8 * k0_block;
  let i_7 = min(i_6 + 514, 8);
  let i_8 = 8 * k0_block;
  for (var k0_step = 0; k0_step < i_7; k0_step += 1) {
   let i_10 = u32(k0_step);
   acc = fma(subgroupShuffle(f_5, i_10), arg1[i_11 + (i_8 + k0_step)], acc);
  }
 }
 if (i_0 < 12) {
  out[i_1] = acc;
 }
}
