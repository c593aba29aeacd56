@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 8 * group + lane;
 if (i_0 < 18) {
  let i_1 = i32(u32(i_0) / 3u);
  let i_4 = -(i_1 - i32(u32(i_1) / 3u) * 3);
  let i_5 = i_0 - i_1 * 3;
  out[i_0] = select(select(0.0f, arg0[3 * i32(u32(i_0) / 9u) + i_5], (i_4 + 2) < i_5), 4.0f, (i_4 + 2) == i_5);
 }
}
