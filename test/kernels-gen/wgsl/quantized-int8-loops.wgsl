@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = min(lane, 5);
 var acc = 0.0f;
 let i_1 = 6 * i_0;
 let f_7 = bitcast<f32>(arg0[i_0 + 36]);
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_2 = i_1 + 2 * k0;
  let i_9 = 8 * k0;
  for (var k1_step = 0; k1_step < 2; k1_step += 1) {
   let w_4 = arg0[i_2 + k1_step];
   let i_10 = i_9 + 4 * k1_step;
   acc += (f32(bitcast<i32>(w_4 << u32(24)) >> 24) * f_7) * arg1[i_10];
   acc += (f32(bitcast<i32>(w_4 << u32(16)) >> 24) * f_7) * arg1[i_10 + 1];
   acc += (f32(bitcast<i32>(w_4 << u32(8)) >> 24) * f_7) * arg1[i_10 + 2];
   acc += (f32(bitcast<i32>(w_4 << u32(0)) >> 24) * f_7) * arg1[i_10 + 3];
  }
 }
 if (lane < 6) {
  out[i_0] = acc;
 }
}
