@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_1 = 16 * group;
 for (var step = 0; step < 2; step += 1) {
  let i_2 = i_1 + (lane + 8 * step);
  if (i_2 < 600) {
   out[i_2] = exp(arg0[i_2]);
  }
 }
}
