@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 1;
 let i_1 = (lane >> 1) & 3;
 let i_2 = min(i_1, 3 - 1);
 var acc_0 = f32();
 let i_3 = 12 * i_2;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_4 = i_3 + 4 * k0;
  let f_5 = arg0[i_4];
  let i_6 = i_0 + 8 * k0;
  let f_7 = arg1[i_6];
  let f_8 = arg0[i_4 + 1];
  let f_9 = arg1[i_6 + 2];
  let f_10 = arg0[i_4 + 2];
  let f_11 = arg1[i_6 + 4];
  let f_12 = arg0[i_4 + 3];
  let f_13 = arg1[i_6 + 6];
  for (var k1 = 0; k1 < 4; k1 += 4) {
   acc_0 += f_5 * f_7;
   acc_0 += f_8 * f_9;
   acc_0 += f_10 * f_11;
   acc_0 += f_12 * f_13;
  }
 }
 if (i_1 < 3) {
  out[2 * i_2 + i_0] = acc_0;
 }
}
