@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 if (i_0 < 403) {
  let i_1 = i32(u32(i_0) / 13u);
  let i_2 = i_0 - i_1 * 13;
  let i_3 = i_1 + 31 * i_2;
  let i_11 = 13 * i32(u32(i_0) / 104u) + i_2;
  let f_17 = f32((arg0[(i_11 >> 2) + 103] >> u32(8 * (i_11 & 3))) & 255u);
  out[i_0] = (f32((arg0[i_3 >> 3] >> u32(4 * (i_3 & 7))) & 15u) - f_17) * bitcast<f32>(arg0[i_11 + 51]);
 }
}
