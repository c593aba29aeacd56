// last: 2916 operations, 864 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 36>;
var<workgroup> held1: array<f32, 1>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 5);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 var acc_4 = 0.0f;
 var acc_5 = 0.0f;
 let i_1 = 36 * group + i_0;
 let f_2 = arg0[i_1];
 let f_3 = arg0[i_1 + 6];
 let f_4 = arg0[i_1 + 12];
 let f_5 = arg0[i_1 + 18];
 let f_6 = arg0[i_1 + 24];
 let f_7 = arg0[i_1 + 30];
 for (var k0_step = 0; k0_step < 6 + (group >> 31); k0_step += 1) {
  let f_9 = arg0[i_1 + 6 * k0_step];
  let i_10 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_2, i_10), f_9, acc_0);
  acc_1 = fma(subgroupShuffle(f_3, i_10), f_9, acc_1);
  acc_2 = fma(subgroupShuffle(f_4, i_10), f_9, acc_2);
  acc_3 = fma(subgroupShuffle(f_5, i_10), f_9, acc_3);
  acc_4 = fma(subgroupShuffle(f_6, i_10), f_9, acc_4);
  acc_5 = fma(subgroupShuffle(f_7, i_10), f_9, acc_5);
 }
 if (lane < 6) {
  held0[i_0] = acc_0;
  held0[i_0 + 6] = acc_1;
  held0[i_0 + 12] = acc_2;
  held0[i_0 + 18] = acc_3;
  held0[i_0 + 24] = acc_4;
  held0[i_0 + 30] = acc_5;
 }
 workgroupBarrier();
 var acc1 = 0.0f;
 for (var k1_1 = lane; k1_1 < 6; k1_1 += 8) {
  for (var k0_1 = 0; k0_1 < 6; k0_1 += 1) {
   let i_11 = k1_1 + 6 * k0_1;
   acc1 += held0[i_11] * held0[i_11];
  }
 }
 acc1 = subgroupAdd(acc1);
 if (lane < 1) {
  held1[0] = acc1;
 }
 workgroupBarrier();
 var acc2_0 = 0.0f;
 var acc2_1 = 0.0f;
 var acc2_2 = 0.0f;
 var acc2_3 = 0.0f;
 var acc2_4 = 0.0f;
 var acc2_5 = 0.0f;
 let k0_left1_0_0 = held0[i_0] * held1[0];
 let k0_left1_0_1 = held0[i_0 + 6] * held1[0];
 let k0_left1_0_2 = held0[i_0 + 12] * held1[0];
 let k0_left1_0_3 = held0[i_0 + 18] * held1[0];
 let k0_left1_0_4 = held0[i_0 + 24] * held1[0];
 let k0_left1_0_5 = held0[i_0 + 30] * held1[0];
 for (var k0_step_2 = 0; k0_step_2 < 6 + (group >> 31); k0_step_2 += 1) {
  let f_13 = arg0[i_1 + 6 * k0_step_2];
  let i_14 = u32(k0_step_2);
  acc2_0 = fma(subgroupShuffle(k0_left1_0_0, i_14), f_13, acc2_0);
  acc2_1 = fma(subgroupShuffle(k0_left1_0_1, i_14), f_13, acc2_1);
  acc2_2 = fma(subgroupShuffle(k0_left1_0_2, i_14), f_13, acc2_2);
  acc2_3 = fma(subgroupShuffle(k0_left1_0_3, i_14), f_13, acc2_3);
  acc2_4 = fma(subgroupShuffle(k0_left1_0_4, i_14), f_13, acc2_4);
  acc2_5 = fma(subgroupShuffle(k0_left1_0_5, i_14), f_13, acc2_5);
 }
 if (lane < 6) {
  out0[i_1] = acc2_0;
  out0[i_1 + 6] = acc2_1;
  out0[i_1 + 12] = acc2_2;
  out0[i_1 + 18] = acc2_3;
  out0[i_1 + 24] = acc2_4;
  out0[i_1 + 30] = acc2_5;
 }
}
