// y: 351 operations, 216 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 2);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 let i_1 = 9 * group + i_0;
 let f_2 = arg0[i_1];
 let f_3 = arg0[i_1 + 3];
 let f_4 = arg0[i_1 + 6];
 for (var k0_step = 0; k0_step < 3 + (group >> 31); k0_step += 1) {
  let f_6 = arg0[i_1 + 3 * k0_step];
  let i_7 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_2, i_7), f_6, acc_0);
  acc_1 = fma(subgroupShuffle(f_3, i_7), f_6, acc_1);
  acc_2 = fma(subgroupShuffle(f_4, i_7), f_6, acc_2);
 }
 let i_8 = 9 * group + 3 * i_0;
 let f_9 = arg0[i_8];
 let f_10 = arg0[i_8 + 1];
 let f_11 = arg0[i_8 + 2];
 for (var k1_step = 0; k1_step < 3 + (group >> 31); k1_step += 1) {
  let f_13 = arg0[i_1 + 3 * k1_step];
  let i_14 = u32(k1_step);
  acc_0 = fma(subgroupShuffle(f_9, i_14), f_13, acc_0);
  acc_1 = fma(subgroupShuffle(f_10, i_14), f_13, acc_1);
  acc_2 = fma(subgroupShuffle(f_11, i_14), f_13, acc_2);
 }
 if (lane < 3) {
  held0[i_0] = acc_0;
  held0[i_0 + 3] = acc_1;
  held0[i_0 + 6] = acc_2;
 }
 workgroupBarrier();
 let i_18 = 9 * group;
 for (var at_1 = lane; at_1 < 9 + (group >> 31); at_1 += 8) {
  let i_15 = i32(u32(at_1) / 3u);
  out0[i_18 + at_1] = held0[at_1] * held0[i_15 + 3 * (at_1 - i_15 * 3)];
 }
}
