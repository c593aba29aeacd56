@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 2;
 let i_0 = min(row_thread, 9);
 let col_thread = lane & 3;
 let i_1 = min(col_thread, 2);
 var acc = 0.0f;
 let i_2 = 8 * i_0;
 let i_5 = 8 * i_1;
 for (var k0_step = 0; k0_step < 2; k0_step += 1) {
  let i_3 = i_2 + 4 * k0_step;
  let i_6 = i_5 + 4 * k0_step;
  acc += arg0[i_3] * arg1[i_6];
  acc += arg0[i_3 + 1] * arg1[i_6 + 1];
  acc += arg0[i_3 + 2] * arg1[i_6 + 2];
  acc += arg0[i_3 + 3] * arg1[i_6 + 3];
 }
 let i_14 = 3 * i_0;
 let i_17 = 3 * i_1;
 for (var k1 = 0; k1 < 3; k1 += 1) {
  acc += (2.0f * arg2[i_14 + k1]) * arg3[i_17 + k1];
 }
 if (col_thread < 3) {
  if (row_thread < 10) {
   out[i_1 + 3 * i_0] = acc;
  }
 }
}
