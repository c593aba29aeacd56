// second; last: 816 operations, 576 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 15;
 let i_2 = (lane >> 4) & 3;
 let i_4 = 16 * group;
 {
  let i_1 = min(i_0, 4 - 1);
  var acc_0 = f32();
  let i_5 = i_4 + 4 * i_2;
  let f_6 = arg0[i_5];
  let i_7 = i_4 + i_1;
  let f_8 = arg0[i_7];
  let f_9 = arg0[i_5 + 1];
  let f_10 = arg0[i_7 + 4];
  let f_11 = arg0[i_5 + 2];
  let f_12 = arg0[i_7 + 8];
  let f_13 = arg0[i_5 + 3];
  let f_14 = arg0[i_7 + 12];
  for (var k0 = 0; k0 < 4; k0 += 4) {
   acc_0 += f_6 * f_8;
   acc_0 += f_9 * f_10;
   acc_0 += f_11 * f_12;
   acc_0 += f_13 * f_14;
  }
  if (i_0 < 4) {
   let f_15 = acc_0;
   held0[4 * i_2 + i_1] = f_15;
   out0[i_4 + 4 * i_2 + i_1] = f_15;
  }
 }
 workgroupBarrier();
 {
  let i_18 = min(i_0, 4 - 1);
  var acc_0 = f32();
  let i_20 = 4 * i_2;
  let f_21 = held0[i_20];
  let i_22 = i_4 + i_18;
  let f_23 = arg0[i_22];
  let f_24 = held0[i_20 + 1];
  let f_25 = arg0[i_22 + 4];
  let f_26 = held0[i_20 + 2];
  let f_27 = arg0[i_22 + 8];
  let f_28 = held0[i_20 + 3];
  let f_29 = arg0[i_22 + 12];
  for (var k0 = 0; k0 < 4; k0 += 4) {
   acc_0 += f_21 * f_23;
   acc_0 += f_24 * f_25;
   acc_0 += f_26 * f_27;
   acc_0 += f_28 * f_29;
  }
  if (i_0 < 4) {
   held1[4 * i_2 + i_18] = acc_0;
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 16; at += 64) {
   let i_32 = at >> 2;
   let i_33 = at & 3;
   out1[i_4 + at] = held1[at] * held1[i_32 + 4 * i_33];
  }
 }
}
