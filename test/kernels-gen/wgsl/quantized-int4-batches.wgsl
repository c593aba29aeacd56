@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 if (i_0 < 96) {
  let i_1 = i32(u32(i_0) / 48u);
  let i_2 = i32(u32(i_0) / 3u);
  let i_3 = i_0 - i_2 * 3;
  let i_4 = i_2 & 1;
  let i_12 = 6 * i_1 + i_3 + 3 * i_4;
  let f_18 = f32((arg0[(i_12 >> 2) + 24] >> u32(8 * (i_12 & 3))) & 255u);
  let f_21 = bitcast<f32>(arg0[i_12 + 12]);
  out[i_0] = (f32((arg0[i_1 + 2 * i_3 + 6 * i_4] >> u32(4 * (i32(u32(i_0) / 6u) & 7))) & 15u) - f_18) * f_21;
 }
}
