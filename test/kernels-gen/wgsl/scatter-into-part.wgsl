@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = min(i_0, 80);
 var acc = 0.0f;
 let i_2 = i32(u32(i_1) / 9u);
 let i_3 = i_1 - i_2 * 9;
 if (i_2 < 5) {
  if (i_3 < 7) {
   acc += arg0[7 * i_2 + i_3];
  }
 }
 if (i_0 < 81) {
  out[i_1] = acc;
 }
}
