@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 19);
 var acc = 0.0f;
 let i_2 = i_0 & 3;
 let i_3 = (i_0 >> 2) + 5 * i_2;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  acc += arg0[i_3 + 20 * k0];
 }
 let f_6 = arg1[i_2];
 if (lane < 20) {
  out[i_0] = acc + f_6;
 }
}
