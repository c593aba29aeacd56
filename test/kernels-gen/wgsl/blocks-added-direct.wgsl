// y: 351 operations, 216 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 15;
 let i_2 = (lane >> 4) & 3;
 let i_5 = 9 * group;
 {
  let i_1 = min(i_0, 3 - 1);
  let i_3 = min(i_2, 3 - 1);
  var acc_0 = f32();
  let i_6 = i_5 + 3 * i_3;
  let i_9 = i_5 + i_1;
  for (var k0 = 0; k0 < 3; k0 += 1) {
   acc_0 += arg0[i_6 + k0] * arg0[i_9 + 3 * k0];
  }
  let i_12 = i_5 + i_3;
  {
   for (var k1 = 0; k1 < 3; k1 += 1) {
    acc_0 += arg0[i_12 + 3 * k1] * arg0[i_9 + 3 * k1];
   }
  }
  if (i_2 < 3) {
   if (i_0 < 3) {
    held0[3 * i_3 + i_1] = acc_0;
   }
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 9; at += 64) {
   let i_19 = i32(u32(at) / 3u);
   out0[i_5 + at] = held0[at] * held0[i_19 + 3 * (at - i_19 * 3)];
  }
 }
}
