@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 4);
 let f_2 = exp(arg0[i_0]);
 var acc = -f_2;
 acc = max(acc, -f_2);
 if (lane < 5) {
  out[i_0] = acc;
 }
}
