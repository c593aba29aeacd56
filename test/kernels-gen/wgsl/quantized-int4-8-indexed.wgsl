@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 if (i_0 < 403) {
  let i_1 = i32(u32(i_0) / 13u);
  let i_4 = i_0 - i_1 * 13;
  let i_5 = i_1 + 31 * i_4;
  let i_12 = 13 * i32(arg0[i_1 + 116]) + i_4;
  let f_18 = f32((arg0[(i_12 >> 2) + 103] >> u32(8 * (i_12 & 3))) & 255u);
  out[i_0] = (f32((arg0[i_5 >> 3] >> u32(4 * (i_5 & 7))) & 15u) - f_18) * bitcast<f32>(arg0[i_12 + 51]);
 }
}
