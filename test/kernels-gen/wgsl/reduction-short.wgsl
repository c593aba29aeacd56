@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = min(i_0, 199);
 var acc = 0.0f;
 let i_2 = 5 * i_1;
 for (var k0 = 0; k0 < 5; k0 += 1) {
  acc += arg0[i_2 + k0];
 }
 if (i_0 < 200) {
  out[i_1] = acc;
 }
}
