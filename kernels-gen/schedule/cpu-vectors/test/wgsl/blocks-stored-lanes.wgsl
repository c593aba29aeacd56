// second; last: 816 operations, 576 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 3);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 let i_1 = 16 * group + i_0;
 let f_2 = arg0[i_1];
 let f_3 = arg0[i_1 + 4];
 let f_4 = arg0[i_1 + 8];
 let f_5 = arg0[i_1 + 12];
 for (var k0_step = 0; k0_step < 4 + (group >> 31); k0_step += 1) {
  let f_7 = arg0[i_1 + 4 * k0_step];
  let i_8 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_2, i_8), f_7, acc_0);
  acc_1 = fma(subgroupShuffle(f_3, i_8), f_7, acc_1);
  acc_2 = fma(subgroupShuffle(f_4, i_8), f_7, acc_2);
  acc_3 = fma(subgroupShuffle(f_5, i_8), f_7, acc_3);
 }
 if (lane < 4) {
  held0[i_0] = acc_0;
  held0[i_0 + 4] = acc_1;
  held0[i_0 + 8] = acc_2;
  held0[i_0 + 12] = acc_3;
 }
 if (lane < 4) {
  out0[i_1] = acc_0;
  out0[i_1 + 4] = acc_1;
  out0[i_1 + 8] = acc_2;
  out0[i_1 + 12] = acc_3;
 }
 workgroupBarrier();
 var acc1_0 = 0.0f;
 var acc1_1 = 0.0f;
 var acc1_2 = 0.0f;
 var acc1_3 = 0.0f;
 let k0_left1_0_0 = held0[i_0];
 let k0_left1_0_1 = held0[i_0 + 4];
 let k0_left1_0_2 = held0[i_0 + 8];
 let k0_left1_0_3 = held0[i_0 + 12];
 for (var k0_step_1 = 0; k0_step_1 < 4 + (group >> 31); k0_step_1 += 1) {
  let f_10 = arg0[i_1 + 4 * k0_step_1];
  let i_11 = u32(k0_step_1);
  acc1_0 = fma(subgroupShuffle(k0_left1_0_0, i_11), f_10, acc1_0);
  acc1_1 = fma(subgroupShuffle(k0_left1_0_1, i_11), f_10, acc1_1);
  acc1_2 = fma(subgroupShuffle(k0_left1_0_2, i_11), f_10, acc1_2);
  acc1_3 = fma(subgroupShuffle(k0_left1_0_3, i_11), f_10, acc1_3);
 }
 if (lane < 4) {
  held1[i_0] = acc1_0;
  held1[i_0 + 4] = acc1_1;
  held1[i_0 + 8] = acc1_2;
  held1[i_0 + 12] = acc1_3;
 }
 workgroupBarrier();
 let i_15 = 16 * group;
 for (var at_2 = lane; at_2 < 16 + (group >> 31); at_2 += 8) {
  let i_12 = at_2 >> 2;
  let i_13 = at_2 & 3;
  out1[i_15 + at_2] = held1[at_2] * held1[i_12 + 4 * i_13];
 }
}
