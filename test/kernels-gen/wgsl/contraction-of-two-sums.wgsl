@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 1;
 let i_0 = min(row_thread, 2);
 let col_thread = lane & 1;
 var acc = 0.0f;
 let i_1 = 12 * i_0;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_2 = i_1 + 4 * k0;
  let i_4 = col_thread + 8 * k0;
  acc += arg0[i_2] * arg1[i_4];
  acc += arg0[i_2 + 1] * arg1[i_4 + 2];
  acc += arg0[i_2 + 2] * arg1[i_4 + 4];
  acc += arg0[i_2 + 3] * arg1[i_4 + 6];
 }
 if (row_thread < 3) {
  out[col_thread + 2 * i_0] = acc;
 }
}
