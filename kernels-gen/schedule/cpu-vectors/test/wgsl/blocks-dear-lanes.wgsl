// turned: 2952 operations, 504 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 6>;
var<workgroup> held1: array<f32, 6>;
var<workgroup> held2: array<f32, 36>;
fn sine_of(x: f32, quarters: i32) -> f32 {
  let k = round(x * 0.6366197466850281f);
  let r = ((x - k * 1.5703125f) - k * 0.0004837512969970703f) - k * 7.549790126404332e-8f;
  let z = r * r;
  let sine = r + r * z * (((-0.0001957844360731542f) * z + 0.00833270326256752f) * z + -0.166666641831398f);
  let cosine = 1.0f - z * (0.5f - z * (((0.000024538474463042803f) * z + -0.0013888258254155517f) * z + 0.0416666641831398f));
  let turns = (i32(k) + quarters) & 3;
  let near = select(sine, cosine, (turns & 1) == 1);
  return select(near, -near, turns > 1);
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 6 * group;
 for (var at = lane; at < 6 + (group >> 31); at += 8) {
  held0[at] = sine_of(arg0[i_0 + at], 0i);
 }
 workgroupBarrier();
 for (var at_1 = lane; at_1 < 6 + (group >> 31); at_1 += 8) {
  held1[at_1] = sine_of(arg0[i_0 + at_1], 1i);
 }
 workgroupBarrier();
 let i_7 = min(lane, 5);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 var acc_4 = 0.0f;
 var acc_5 = 0.0f;
 let k0_left_0_0 = held0[0] * held1[i_7];
 let k0_left_0_1 = held0[1] * held1[i_7];
 let k0_left_0_2 = held0[2] * held1[i_7];
 let k0_left_0_3 = held0[3] * held1[i_7];
 let k0_left_0_4 = held0[4] * held1[i_7];
 let k0_left_0_5 = held0[5] * held1[i_7];
 for (var k0_step_2 = 0; k0_step_2 < 6 + (group >> 31); k0_step_2 += 1) {
  let right = held0[k0_step_2] * held1[i_7];
  let i_8 = u32(k0_step_2);
  acc_0 = fma(subgroupShuffle(k0_left_0_0, i_8), right, acc_0);
  acc_1 = fma(subgroupShuffle(k0_left_0_1, i_8), right, acc_1);
  acc_2 = fma(subgroupShuffle(k0_left_0_2, i_8), right, acc_2);
  acc_3 = fma(subgroupShuffle(k0_left_0_3, i_8), right, acc_3);
  acc_4 = fma(subgroupShuffle(k0_left_0_4, i_8), right, acc_4);
  acc_5 = fma(subgroupShuffle(k0_left_0_5, i_8), right, acc_5);
 }
 if (lane < 6) {
  held2[i_7] = acc_0;
  held2[i_7 + 6] = acc_1;
  held2[i_7 + 12] = acc_2;
  held2[i_7 + 18] = acc_3;
  held2[i_7 + 24] = acc_4;
  held2[i_7 + 30] = acc_5;
 }
 workgroupBarrier();
 var acc1_0 = 0.0f;
 var acc1_1 = 0.0f;
 var acc1_2 = 0.0f;
 var acc1_3 = 0.0f;
 var acc1_4 = 0.0f;
 var acc1_5 = 0.0f;
 let k0_left1_0_0 = held0[i_7] * held1[0];
 let k0_left1_0_1 = held0[i_7] * held1[1];
 let k0_left1_0_2 = held0[i_7] * held1[2];
 let k0_left1_0_3 = held0[i_7] * held1[3];
 let k0_left1_0_4 = held0[i_7] * held1[4];
 let k0_left1_0_5 = held0[i_7] * held1[5];
 for (var k0_step_3 = 0; k0_step_3 < 6 + (group >> 31); k0_step_3 += 1) {
  let right1 = held2[i_7 + 6 * k0_step_3];
  let i_10 = u32(k0_step_3);
  acc1_0 = fma(subgroupShuffle(k0_left1_0_0, i_10), right1, acc1_0);
  acc1_1 = fma(subgroupShuffle(k0_left1_0_1, i_10), right1, acc1_1);
  acc1_2 = fma(subgroupShuffle(k0_left1_0_2, i_10), right1, acc1_2);
  acc1_3 = fma(subgroupShuffle(k0_left1_0_3, i_10), right1, acc1_3);
  acc1_4 = fma(subgroupShuffle(k0_left1_0_4, i_10), right1, acc1_4);
  acc1_5 = fma(subgroupShuffle(k0_left1_0_5, i_10), right1, acc1_5);
 }
 let i_11 = 36 * group + i_7;
 if (lane < 6) {
  out0[i_11] = acc1_0;
  out0[i_11 + 6] = acc1_1;
  out0[i_11 + 12] = acc1_2;
  out0[i_11 + 18] = acc1_3;
  out0[i_11 + 24] = acc1_4;
  out0[i_11 + 30] = acc1_5;
 }
}
