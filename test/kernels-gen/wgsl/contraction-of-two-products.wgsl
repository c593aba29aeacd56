@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 3;
 let i_1 = min(i_0, 3 - 1);
 let i_2 = (lane >> 2) & 15;
 let i_3 = min(i_2, 10 - 1);
 let i_4 = i32(u32(i_3) / u32(5));
 let m1_0 = i_3 - i_4 * 5;
 var acc_0 = f32();
 let i_5 = 40 * i_4 + 8 * m1_0;
 let i_8 = 8 * i_1;
 for (var k0 = 0; k0 < 8; k0 += 4) {
  let i_6 = i_5 + k0;
  let i_9 = i_8 + k0;
  acc_0 += arg0[i_6] * arg1[i_9];
  acc_0 += arg0[i_6 + 1] * arg1[i_9 + 1];
  acc_0 += arg0[i_6 + 2] * arg1[i_9 + 2];
  acc_0 += arg0[i_6 + 3] * arg1[i_9 + 3];
 }
 let i_17 = 15 * i_4 + 3 * m1_0;
 let i_21 = 3 * i_1;
 {
  for (var k1 = 0; k1 < 3; k1 += 1) {
   acc_0 += (2.0f * arg2[i_17 + k1]) * arg3[i_21 + k1];
  }
 }
 if (i_2 < 10) {
  if (i_0 < 3) {
   out[15 * i_4 + 3 * m1_0 + i_1] = acc_0;
  }
 }
}
