@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_1 = lane & 7;
 let i_2 = min(i_1, 6 - 1);
 var acc_0 = f32();
 let i_3 = 3 * i_2;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let w_5 = arg0[i_3 + k0];
  let i_9 = i_2 + 6 * k0;
  let f_15 = f32((arg0[(i_9 >> 2) + 36] >> u32(8 * (i_9 & 3))) & 255u);
  let f_18 = bitcast<f32>(arg0[i_9 + 18]);
  let i_20 = 8 * k0;
  for (var k1 = 0; k1 < 8; k1 += 4) {
   let k1_chunk = k1 >> 2;
   let i_6 = 16 * k1_chunk;
   let i_21 = i_20 + k1;
   acc_0 += ((f32((w_5 >> u32(i_6)) & 15u) - f_15) * f_18) * arg1[i_21];
   acc_0 += ((f32((w_5 >> u32(i_6 + 4)) & 15u) - f_15) * f_18) * arg1[i_21 + 1];
   acc_0 += ((f32((w_5 >> u32(i_6 + 8)) & 15u) - f_15) * f_18) * arg1[i_21 + 2];
   acc_0 += ((f32((w_5 >> u32(i_6 + 12)) & 15u) - f_15) * f_18) * arg1[i_21 + 3];
  }
 }
 if (i_1 < 6) {
  out[i_2] = acc_0;
 }
}
