@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (96 + 63) / 64) { return; }
 let i = group * 64 + lane;
 if (i < 96) {
  let i_0 = i32(u32(i) / 48u);
  let i_1 = i32(u32(i) / 3u);
  let i_2 = i - i_1 * 3;
  let i_3 = i_1 & 1;
  let i_6 = i32(u32(i) / 6u);
  let i_11 = 6 * i_0 + i_2 + 3 * i_3;
  let f_17 = f32((arg0[(i_11 >> 2) + 24] >> u32(8 * (i_11 & 3))) & 255u);
  out[i] = (f32((arg0[i_0 + 2 * i_2 + 6 * i_3] >> u32(4 * (i_6 & 7))) & 15u) - f_17) * bitcast<f32>(arg0[i_11 + 12]);
 }
}
