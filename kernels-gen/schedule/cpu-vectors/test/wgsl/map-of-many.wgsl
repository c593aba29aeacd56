@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (600 + 15) / 16) { return; }
 for (var step = 0; step < 2; step += 1) {
  let i = group * 16 + step * 8 + lane;
  if (i < 600) {
   out[i] = exp(arg0[i]);
  }
 }
}
