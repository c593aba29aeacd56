// last: 1575 operations, 600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_2 = (lane >> 3) & 7;
 let i_5 = 25 * group;
 {
  let i_1 = min(i_0, 5 - 1);
  let i_3 = min(i_2, 5 - 1);
  var acc_0 = f32();
  let i_6 = i_5 + 5 * i_3;
  let i_9 = i_5 + i_1;
  for (var k0 = 0; k0 < 5; k0 += 1) {
   acc_0 += arg0[i_6 + k0] * arg0[i_9 + 5 * k0];
  }
  if (i_2 < 5) {
   if (i_0 < 5) {
    held0[5 * i_3 + i_1] = acc_0;
   }
  }
 }
 workgroupBarrier();
 {
  let i_13 = min(i_0, 5 - 1);
  let i_14 = min(i_2, 5 - 1);
  var acc_0 = f32();
  let i_16 = 5 * i_14;
  let i_19 = i_5 + i_13;
  for (var k0 = 0; k0 < 5; k0 += 1) {
   acc_0 += held0[i_16 + k0] * arg0[i_19 + 5 * k0];
  }
  if (i_2 < 5) {
   if (i_0 < 5) {
    held1[5 * i_14 + i_13] = acc_0;
   }
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 25; at += 64) {
   let i_24 = i32(u32(at) / 5u);
   out0[i_5 + at] = held1[at] * held1[i_24 + 5 * (at - i_24 * 5)];
  }
 }
}
