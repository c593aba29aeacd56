enable f16;
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f16>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 3) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_3 = (group - i_1 * 2) * 8 + (lane & 7);
 let i_4 = min(i_3, 9 - 1);
 let i_6 = i_1 - i32(u32(i_1) / 3u) * 3;
 var acc_0 = f32();
 let i_7 = 4 * i_6;
 for (var k0_first = 0; k0_first < 4; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 4 - 1);
  let f_9 = f32(arg0[i_7 + k0_mine]);
  let i_10 = min(8, 4 - k0_first);
  for (var step = 0; step < i_10; step += 1) {
   let k0 = k0_first + step;
   let i_13 = u32(step);
   acc_0 = fma(subgroupShuffle(f_9, i_13), arg1[i_4 + 9 * k0], acc_0);
  }
 }
 if (i_3 < 9) {
  out[9 * i_6 + i_4] = f16(acc_0);
 }
}
