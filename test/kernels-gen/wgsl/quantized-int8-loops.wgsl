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
 let i_3 = 6 * i_2;
 let f_9 = bitcast<f32>(arg0[i_2 + 36]);
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_4 = i_3 + 2 * k0;
  let i_11 = 8 * k0;
  for (var k1 = 0; k1 < 8; k1 += 4) {
   let k1_chunk = k1 >> 2;
   let w_6 = arg0[i_4 + k1_chunk];
   let i_12 = i_11 + k1;
   acc_0 += (f32(bitcast<i32>(w_6 << u32(24)) >> 24) * f_9) * arg1[i_12];
   acc_0 += (f32(bitcast<i32>(w_6 << u32(16)) >> 24) * f_9) * arg1[i_12 + 1];
   acc_0 += (f32(bitcast<i32>(w_6 << u32(8)) >> 24) * f_9) * arg1[i_12 + 2];
   acc_0 += (f32(bitcast<i32>(w_6 << u32(0)) >> 24) * f_9) * arg1[i_12 + 3];
  }
 }
 if (i_1 < 6) {
  out[i_2] = acc_0;
 }
}
