// second; last: 816 operations, 576 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 4;
 let col_thread = lane & 15;
 let i_0 = min(col_thread, 3);
 var acc = 0.0f;
 let i_1 = 16 * group + 4 * row_thread;
 let i_3 = 16 * group + i_0;
 acc += arg0[i_1] * arg0[i_3];
 acc += arg0[i_1 + 1] * arg0[i_3 + 4];
 acc += arg0[i_1 + 2] * arg0[i_3 + 8];
 acc += arg0[i_1 + 3] * arg0[i_3 + 12];
 if (col_thread < 4) {
  held0[i_0 + 4 * row_thread] = acc;
 }
 if (col_thread < 4) {
  out0[16 * group + i_0 + 4 * row_thread] = acc;
 }
 workgroupBarrier();
 let row_thread_1 = lane >> 4;
 let col_thread_1 = lane & 15;
 let i_13 = min(col_thread_1, 3);
 var acc1 = 0.0f;
 let i_14 = 4 * row_thread_1;
 let i_15 = 16 * group + i_13;
 acc1 += held0[i_14] * arg0[i_15];
 acc1 += held0[i_14 + 1] * arg0[i_15 + 4];
 acc1 += held0[i_14 + 2] * arg0[i_15 + 8];
 acc1 += held0[i_14 + 3] * arg0[i_15 + 12];
 if (col_thread_1 < 4) {
  held1[i_13 + 4 * row_thread_1] = acc1;
 }
 workgroupBarrier();
 let i_24 = 16 * group;
 for (var at_2 = lane; at_2 < 16; at_2 += 64) {
  let i_21 = at_2 >> 2;
  let i_22 = at_2 & 3;
  out1[i_24 + at_2] = held1[at_2] * held1[i_21 + 4 * i_22];
 }
}
