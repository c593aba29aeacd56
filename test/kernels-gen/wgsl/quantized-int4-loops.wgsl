@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 5);
 var acc = 0.0f;
 let i_1 = 3 * i_0;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let w_3 = arg0[i_1 + k0];
  let i_7 = i_0 + 6 * k0;
  let f_13 = f32((arg0[(i_7 >> 2) + 36] >> u32(8 * (i_7 & 3))) & 255u);
  let f_16 = bitcast<f32>(arg0[i_7 + 18]);
  let i_18 = 8 * k0;
  for (var k1_step = 0; k1_step < 2; k1_step += 1) {
   let i_4 = 16 * k1_step;
   let i_19 = i_18 + 4 * k1_step;
   acc += ((f32((w_3 >> u32(i_4)) & 15u) - f_13) * f_16) * arg1[i_19];
   acc += ((f32((w_3 >> u32(i_4 + 4)) & 15u) - f_13) * f_16) * arg1[i_19 + 1];
   acc += ((f32((w_3 >> u32(i_4 + 8)) & 15u) - f_13) * f_16) * arg1[i_19 + 2];
   acc += ((f32((w_3 >> u32(i_4 + 12)) & 15u) - f_13) * f_16) * arg1[i_19 + 3];
  }
 }
 if (lane < 6) {
  out[i_0] = acc;
 }
}
