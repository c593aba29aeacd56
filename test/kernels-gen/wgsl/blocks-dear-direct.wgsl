// turned: 2952 operations, 504 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 6>;
var<workgroup> held1: array<f32, 6>;
var<workgroup> held2: array<f32, 36>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 6 * group;
 {
  for (var at = lane; at < 6; at += 64) {
   held0[at] = sin(arg0[i_0 + at]);
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 6; at += 64) {
   held1[at] = cos(arg0[i_0 + at]);
  }
 }
 workgroupBarrier();
 let i_7 = lane & 7;
 let i_9 = (lane >> 3) & 7;
 {
  let i_8 = min(i_7, 6 - 1);
  let i_10 = min(i_9, 6 - 1);
  var acc_0 = f32();
  let f_12 = held0[i_10];
  let f_16 = held1[i_8];
  for (var k0 = 0; k0 < 6; k0 += 2) {
   acc_0 += (f_12 * held1[k0]) * (held0[k0] * f_16);
   acc_0 += (f_12 * held1[k0 + 1]) * (held0[k0 + 1] * f_16);
  }
  if (i_9 < 6) {
   if (i_7 < 6) {
    held2[6 * i_10 + i_8] = acc_0;
   }
  }
 }
 workgroupBarrier();
 {
  let i_23 = min(i_7, 6 - 1);
  let i_24 = min(i_9, 6 - 1);
  var acc_0 = f32();
  let f_27 = held1[i_24];
  for (var k0 = 0; k0 < 6; k0 += 2) {
   let i_29 = i_23 + 6 * k0;
   acc_0 += (held0[k0] * f_27) * held2[i_29];
   acc_0 += (held0[k0 + 1] * f_27) * held2[i_29 + 6];
  }
  if (i_9 < 6) {
   if (i_7 < 6) {
    out0[36 * group + 6 * i_24 + i_23] = acc_0;
   }
  }
 }
}
