// ofU; y; z: 240 operations, 492 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg2: array<f32>;
@group(0) @binding(2) var<storage, read_write> out0: array<f32>;
@group(0) @binding(3) var<storage, read_write> out1: array<f32>;
@group(0) @binding(4) var<storage, read_write> out2: array<f32>;
var<workgroup> held0: array<f32, 1>;
var<workgroup> held1: array<f32, 1>;
var<workgroup> part: array<f32, 64>;
var<workgroup> part1: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = 0.0f;
 let i_0 = 10 * group;
 for (var k1 = lane; k1 < 5; k1 += 64) {
  let i_1 = i_0 + k1;
  for (var k0 = 0; k0 < 2; k0 += 1) {
   let f_3 = arg0[i_1 + 5 * k0];
   acc += f_3 * f_3;
  }
 }
 part[lane] = acc;
 workgroupBarrier();
 if (lane < 32) {
  part[lane] += part[lane + 32];
 }
 workgroupBarrier();
 if (lane < 16) {
  part[lane] += part[lane + 16];
 }
 workgroupBarrier();
 if (lane < 8) {
  part[lane] += part[lane + 8];
 }
 workgroupBarrier();
 if (lane < 4) {
  part[lane] += part[lane + 4];
 }
 workgroupBarrier();
 if (lane < 2) {
  part[lane] += part[lane + 2];
 }
 workgroupBarrier();
 if (lane < 1) {
  part[lane] += part[lane + 1];
 }
 workgroupBarrier();
 if (lane < 1) {
  acc = part[lane];
  held0[0] = acc;
  out0[group] = acc;
 }
 workgroupBarrier();
 var acc1 = 0.0f;
 for (var k1_1 = lane; k1_1 < 5; k1_1 += 64) {
  let i_4 = i_0 + k1_1;
  for (var k0_1 = 0; k0_1 < 2; k0_1 += 1) {
   let f_6 = arg2[i_4 + 5 * k0_1];
   acc1 += f_6 * f_6;
  }
 }
 part1[lane] = acc1;
 workgroupBarrier();
 if (lane < 32) {
  part1[lane] += part1[lane + 32];
 }
 workgroupBarrier();
 if (lane < 16) {
  part1[lane] += part1[lane + 16];
 }
 workgroupBarrier();
 if (lane < 8) {
  part1[lane] += part1[lane + 8];
 }
 workgroupBarrier();
 if (lane < 4) {
  part1[lane] += part1[lane + 4];
 }
 workgroupBarrier();
 if (lane < 2) {
  part1[lane] += part1[lane + 2];
 }
 workgroupBarrier();
 if (lane < 1) {
  part1[lane] += part1[lane + 1];
 }
 workgroupBarrier();
 if (lane < 1) {
  acc1 = part1[lane];
  held1[0] = acc1;
 }
 workgroupBarrier();
 for (var at_2 = lane; at_2 < 10; at_2 += 64) {
  let i_7 = i_0 + at_2;
  out1[i_7] = arg0[i_7] * (held1[0] + held0[0]);
 }
 workgroupBarrier();
 for (var at_3 = lane; at_3 < 10; at_3 += 64) {
  let i_9 = i_0 + at_3;
  out2[i_9] = arg2[i_9] * (held0[0] + held1[0]);
 }
}
