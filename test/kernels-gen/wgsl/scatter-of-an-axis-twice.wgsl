@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 17);
 var acc = 0.0f;
 let i_1 = i32(u32(i_0) / 6u);
 let i_3 = i_0 - i_1 * 6;
 for (var k0 = 0; k0 < 2; k0 += 1) {
  let i_2 = 3 * k0 + i_1;
  let f_4 = arg0[i_2];
  if (i_2 == i_3) {
   acc += f_4;
  }
 }
 if (lane < 18) {
  out[i_0] = acc;
 }
}
