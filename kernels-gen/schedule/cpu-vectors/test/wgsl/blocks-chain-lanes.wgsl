// last: 1575 operations, 600 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 4);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 var acc_4 = 0.0f;
 var acc_5 = 0.0f;
 let i_1 = 25 * group + i_0;
 let f_2 = arg0[i_1];
 let f_3 = arg0[i_1 + 5];
 let f_4 = arg0[i_1 + 10];
 let f_5 = arg0[i_1 + 15];
 let f_6 = arg0[i_1 + 20];
 for (var k0_step = 0; k0_step < 5 + (group >> 31); k0_step += 1) {
  let f_8 = arg0[i_1 + 5 * k0_step];
  let i_9 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_2, i_9), f_8, acc_0);
  acc_1 = fma(subgroupShuffle(f_3, i_9), f_8, acc_1);
  acc_2 = fma(subgroupShuffle(f_4, i_9), f_8, acc_2);
  acc_3 = fma(subgroupShuffle(f_5, i_9), f_8, acc_3);
  acc_4 = fma(subgroupShuffle(f_6, i_9), f_8, acc_4);
  acc_5 = fma(subgroupShuffle(f_6, i_9), f_8, acc_5);
 }
 if (lane < 5) {
  held0[i_0] = acc_0;
  held0[i_0 + 5] = acc_1;
  held0[i_0 + 10] = acc_2;
  held0[i_0 + 15] = acc_3;
  held0[i_0 + 20] = acc_4;
 }
 workgroupBarrier();
 var acc1_0 = 0.0f;
 var acc1_1 = 0.0f;
 var acc1_2 = 0.0f;
 var acc1_3 = 0.0f;
 var acc1_4 = 0.0f;
 var acc1_5 = 0.0f;
 let k0_left1_0_0 = held0[i_0];
 let k0_left1_0_1 = held0[i_0 + 5];
 let k0_left1_0_2 = held0[i_0 + 10];
 let k0_left1_0_3 = held0[i_0 + 15];
 let k0_left1_0_4 = held0[i_0 + 20];
 let k0_left1_0_5 = held0[i_0 + 20];
 for (var k0_step_1 = 0; k0_step_1 < 5 + (group >> 31); k0_step_1 += 1) {
  let f_11 = arg0[i_1 + 5 * k0_step_1];
  let i_12 = u32(k0_step_1);
  acc1_0 = fma(subgroupShuffle(k0_left1_0_0, i_12), f_11, acc1_0);
  acc1_1 = fma(subgroupShuffle(k0_left1_0_1, i_12), f_11, acc1_1);
  acc1_2 = fma(subgroupShuffle(k0_left1_0_2, i_12), f_11, acc1_2);
  acc1_3 = fma(subgroupShuffle(k0_left1_0_3, i_12), f_11, acc1_3);
  acc1_4 = fma(subgroupShuffle(k0_left1_0_4, i_12), f_11, acc1_4);
  acc1_5 = fma(subgroupShuffle(k0_left1_0_5, i_12), f_11, acc1_5);
 }
 if (lane < 5) {
  held1[i_0] = acc1_0;
  held1[i_0 + 5] = acc1_1;
  held1[i_0 + 10] = acc1_2;
  held1[i_0 + 15] = acc1_3;
  held1[i_0 + 20] = acc1_4;
 }
 workgroupBarrier();
 let i_16 = 25 * group;
 for (var at_2 = lane; at_2 < 25 + (group >> 31); at_2 += 8) {
  let i_13 = i32(u32(at_2) / 5u);
  out0[i_16 + at_2] = held1[at_2] * held1[i_13 + 5 * (at_2 - i_13 * 5)];
 }
}
