// last: 2916 operations, 864 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 36>;
var<workgroup> held1: array<f32, 1>;
var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 3;
 let i_0 = min(row_thread, 5);
 let col_thread = lane & 7;
 let i_1 = min(col_thread, 5);
 var acc = 0.0f;
 let i_2 = 36 * group + 6 * i_0;
 let i_5 = 36 * group + i_1;
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let i_3 = i_2 + 2 * k0_step;
  let i_6 = i_5 + 12 * k0_step;
  acc += arg0[i_3] * arg0[i_6];
  acc += arg0[i_3 + 1] * arg0[i_6 + 6];
 }
 if (col_thread < 6) {
  if (row_thread < 6) {
   held0[i_1 + 6 * i_0] = acc;
  }
 }
 workgroupBarrier();
 var acc1 = 0.0f;
 for (var k1_1 = lane; k1_1 < 6; k1_1 += 64) {
  for (var k0_1 = 0; k0_1 < 6; k0_1 += 1) {
   let i_11 = k1_1 + 6 * k0_1;
   acc1 += held0[i_11] * held0[i_11];
  }
 }
 part[lane] = acc1;
 workgroupBarrier();
 if (lane < 32) {
  part[lane] += part[lane + 32];
 }
 workgroupBarrier();
 if (lane < 16) {
  part[lane] += part[lane + 16];
 }
 workgroupBarrier();
 if (lane < 8) {
  part[lane] += part[lane + 8];
 }
 workgroupBarrier();
 if (lane < 4) {
  part[lane] += part[lane + 4];
 }
 workgroupBarrier();
 if (lane < 2) {
  part[lane] += part[lane + 2];
 }
 workgroupBarrier();
 if (lane < 1) {
  part[lane] += part[lane + 1];
 }
 workgroupBarrier();
 if (lane < 1) {
  acc1 = part[lane];
  held1[0] = acc1;
 }
 workgroupBarrier();
 let row_thread_2 = lane >> 3;
 let i_12 = min(row_thread_2, 5);
 let col_thread_2 = lane & 7;
 let i_13 = min(col_thread_2, 5);
 var acc2 = 0.0f;
 let i_14 = 6 * i_12;
 let i_16 = 36 * group + i_13;
 for (var k0_step_2 = 0; k0_step_2 < 3; k0_step_2 += 1) {
  let i_15 = i_14 + 2 * k0_step_2;
  let i_17 = i_16 + 12 * k0_step_2;
  acc2 += (held0[i_15] * held1[0]) * arg0[i_17];
  acc2 += (held0[i_15 + 1] * held1[0]) * arg0[i_17 + 6];
 }
 if (col_thread_2 < 6) {
  if (row_thread_2 < 6) {
   out0[36 * group + i_13 + 6 * i_12] = acc2;
  }
 }
}
