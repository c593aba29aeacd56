enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 8) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_3 = (group - i_1 * 2) * 8 + (lane & 7);
 let i_4 = min(i_3, 11 - 1);
 let i_6 = i_1 - i32(u32(i_1) / 8u) * 8;
 let i_7 = i_6 * 3;
 let i_8 = i_6 * 3 + 1;
 let i_9 = i_6 * 3 + 2;
 var acc_0 = f32();
 var acc_1 = f32();
 var acc_2 = f32();
 let i_10 = 6 * i_7;
 let i_13 = 6 * i_8;
 let i_16 = 6 * i_9;
 let i_20 = 6 * i_4;
 for (var k0_first = 0; k0_first < 6; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 6 - 1);
  let f_12 = arg0[i_10 + k0_mine];
  let f_15 = arg0[i_13 + k0_mine];
  let f_18 = arg0[i_16 + k0_mine];
  let i_19 = min(8, 6 - k0_first);
  for (var step = 0; step < i_19; step += 1) {
   let k0 = k0_first + step;
   let f_22 = arg1[i_20 + k0];
   let i_23 = u32(step);
   acc_0 = fma(subgroupShuffle(f_12, i_23), f_22, acc_0);
   acc_1 = fma(subgroupShuffle(f_15, i_23), f_22, acc_1);
   acc_2 = fma(subgroupShuffle(f_18, i_23), f_22, acc_2);
  }
 }
 if (i_3 < 11) {
  out[11 * i_7 + i_4] = acc_0;
 }
 if (i_3 < 11) {
  out[11 * i_8 + i_4] = acc_1;
 }
 if (i_3 < 11) {
  out[11 * i_9 + i_4] = acc_2;
 }
}
