// turned: 2952 operations, 504 bytes, 3 workgroups
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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 6 * group;
 for (var at = lane; at < 6; at += 64) {
  held0[at] = sine_of(arg0[i_0 + at], 0i);
 }
 workgroupBarrier();
 for (var at_1 = lane; at_1 < 6; at_1 += 64) {
  held1[at_1] = sine_of(arg0[i_0 + at_1], 1i);
 }
 workgroupBarrier();
 let row_thread_2 = lane >> 3;
 let i_7 = min(row_thread_2, 5);
 let col_thread_2 = lane & 7;
 let i_8 = min(col_thread_2, 5);
 var acc = 0.0f;
 for (var k0_step_2 = 0; k0_step_2 < 3; k0_step_2 += 1) {
  let i_9 = 2 * k0_step_2;
  acc += (held0[i_7] * held1[i_9]) * (held0[i_9] * held1[i_8]);
  acc += (held0[i_7] * held1[i_9 + 1]) * (held0[i_9 + 1] * held1[i_8]);
 }
 if (col_thread_2 < 6) {
  if (row_thread_2 < 6) {
   held2[i_8 + 6 * i_7] = acc;
  }
 }
 workgroupBarrier();
 let row_thread_3 = lane >> 3;
 let i_11 = min(row_thread_3, 5);
 let col_thread_3 = lane & 7;
 let i_12 = min(col_thread_3, 5);
 var acc1 = 0.0f;
 for (var k0_step_3 = 0; k0_step_3 < 3; k0_step_3 += 1) {
  let i_13 = 2 * k0_step_3;
  let i_14 = i_12 + 12 * k0_step_3;
  acc1 += (held0[i_13] * held1[i_11]) * held2[i_14];
  acc1 += (held0[i_13 + 1] * held1[i_11]) * held2[i_14 + 6];
 }
 if (col_thread_3 < 6) {
  if (row_thread_3 < 6) {
   out0[36 * group + i_12 + 6 * i_11] = acc1;
  }
 }
}
