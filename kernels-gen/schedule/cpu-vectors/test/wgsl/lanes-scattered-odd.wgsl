enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_3 = (group - i32(u32(group) / 2u) * 2) * 8 + (lane & 7);
 let i_4 = min(i_3, 12 - 1);
 var acc_0 = f32();
 let i_9 = 513 * i_4;
 for (var k0_first = 0; k0_first < 513; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 513 - 1);
  let i_6 = 2 * k0_mine;
  let f_7 = arg0[i_6 + 1];
  let i_8 = min(8, 513 - k0_first);
  for (var step = 0; step < i_8; step += 1) {
   let k0 = k0_first + step;
   let i_12 = u32(step);
   acc_0 = fma(subgroupShuffle(f_7, i_12), arg1[i_9 + k0], acc_0);
  }
 }
 if (i_3 < 12) {
  out[i_4] = acc_0;
 }
}
