// y: 351 operations, 216 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 4;
 let i_0 = min(row_thread, 2);
 let col_thread = lane & 15;
 let i_1 = min(col_thread, 2);
 var acc = 0.0f;
 let i_2 = 9 * group + 3 * i_0;
 let i_5 = 9 * group + i_1;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  acc += arg0[i_2 + k0] * arg0[i_5 + 3 * k0];
 }
 let i_8 = 9 * group + i_0;
 for (var k1 = 0; k1 < 3; k1 += 1) {
  acc += arg0[i_8 + 3 * k1] * arg0[i_5 + 3 * k1];
 }
 if (col_thread < 3) {
  if (row_thread < 3) {
   held0[i_1 + 3 * i_0] = acc;
  }
 }
 workgroupBarrier();
 let i_17 = 9 * group;
 for (var at_1 = lane; at_1 < 9; at_1 += 64) {
  let i_14 = i32(u32(at_1) / 3u);
  out0[i_17 + at_1] = held0[at_1] * held0[i_14 + 3 * (at_1 - i_14 * 3)];
 }
}
