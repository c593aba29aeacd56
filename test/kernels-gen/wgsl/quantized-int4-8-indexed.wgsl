@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (403 + 63) / 64) { return; }
 let i = group * 64 + lane;
 if (i < 403) {
  let i_0 = i32(u32(i) / 13u);
  let i_3 = i - i_0 * 13;
  let i_4 = i_0 + 31 * i_3;
  let i_11 = 13 * i32(arg0[i_0 + 116]) + i_3;
  let f_17 = f32((arg0[(i_11 >> 2) + 103] >> u32(8 * (i_11 & 3))) & 255u);
  out[i] = (f32((arg0[i_4 >> 3] >> u32(4 * (i_4 & 7))) & 15u) - f_17) * bitcast<f32>(arg0[i_11 + 51]);
 }
}
