// ofU; y; z: 240 operations, 492 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg2: array<f32>;
@group(0) @binding(2) var<storage, read_write> out0: array<f32>;
@group(0) @binding(3) var<storage, read_write> out1: array<f32>;
@group(0) @binding(4) var<storage, read_write> out2: array<f32>;
var<workgroup> held0: array<f32, 1>;
var<workgroup> held1: array<f32, 1>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = 0.0f;
 let i_0 = 10 * group;
 for (var k1 = lane; k1 < 5; k1 += 8) {
  let i_1 = i_0 + k1;
  for (var k0 = 0; k0 < 2; k0 += 1) {
   let f_3 = arg0[i_1 + 5 * k0];
   acc += f_3 * f_3;
  }
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  let result = acc;
  held0[0] = result;
  out0[group] = result;
 }
 workgroupBarrier();
 var acc1 = 0.0f;
 for (var k1_1 = lane; k1_1 < 5; k1_1 += 8) {
  let i_4 = i_0 + k1_1;
  for (var k0_1 = 0; k0_1 < 2; k0_1 += 1) {
   let f_6 = arg2[i_4 + 5 * k0_1];
   acc1 += f_6 * f_6;
  }
 }
 acc1 = subgroupAdd(acc1);
 if (lane < 1) {
  let result1 = acc1;
  held1[0] = result1;
 }
 workgroupBarrier();
 for (var at_2 = lane; at_2 < 10 + (group >> 31); at_2 += 8) {
  let i_7 = i_0 + at_2;
  let result2 = arg0[i_7] * (held1[0] + held0[0]);
  out1[i_7] = result2;
 }
 workgroupBarrier();
 for (var at_3 = lane; at_3 < 10 + (group >> 31); at_3 += 8) {
  let i_9 = i_0 + at_3;
  let result3 = arg2[i_9] * (held0[0] + held1[0]);
  out2[i_9] = result3;
 }
}
