// last: 1575 operations, 600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 3;
 let i_0 = min(row_thread, 4);
 let col_thread = lane & 7;
 let i_1 = min(col_thread, 4);
 var acc = 0.0f;
 let i_2 = 25 * group + 5 * i_0;
 let i_5 = 25 * group + i_1;
 for (var k0 = 0; k0 < 5; k0 += 1) {
  acc += arg0[i_2 + k0] * arg0[i_5 + 5 * k0];
 }
 if (col_thread < 5) {
  if (row_thread < 5) {
   held0[i_1 + 5 * i_0] = acc;
  }
 }
 workgroupBarrier();
 let row_thread_1 = lane >> 3;
 let i_9 = min(row_thread_1, 4);
 let col_thread_1 = lane & 7;
 let i_10 = min(col_thread_1, 4);
 var acc1 = 0.0f;
 let i_11 = 5 * i_9;
 let i_13 = 25 * group + i_10;
 for (var k0_1 = 0; k0_1 < 5; k0_1 += 1) {
  acc1 += held0[i_11 + k0_1] * arg0[i_13 + 5 * k0_1];
 }
 if (col_thread_1 < 5) {
  if (row_thread_1 < 5) {
   held1[i_10 + 5 * i_9] = acc1;
  }
 }
 workgroupBarrier();
 let i_20 = 25 * group;
 for (var at_2 = lane; at_2 < 25; at_2 += 64) {
  let i_17 = i32(u32(at_2) / 5u);
  out0[i_20 + at_2] = held1[at_2] * held1[i_17 + 5 * (at_2 - i_17 * 5)];
 }
}
