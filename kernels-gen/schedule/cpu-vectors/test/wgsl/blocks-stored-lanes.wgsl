// second; last: 816 operations, 576 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_6 = 16 * group;
 {
  let i_1 = min(i_0, 4 - 1);
  let i_2 = 0;
  let i_3 = 1;
  let i_4 = 2;
  let i_5 = 3;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  let i_7 = i_6 + 4 * i_2;
  let i_10 = i_6 + 4 * i_3;
  let i_13 = i_6 + 4 * i_4;
  let i_16 = i_6 + 4 * i_5;
  let i_20 = i_6 + i_1;
  for (var k0_first = 0; k0_first < 4 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 4 - 1);
   let f_9 = arg0[i_7 + k0_mine];
   let f_12 = arg0[i_10 + k0_mine];
   let f_15 = arg0[i_13 + k0_mine];
   let f_18 = arg0[i_16 + k0_mine];
   let i_19 = min(8, 4 - k0_first);
   for (var step = 0; step < i_19 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_22 = arg0[i_20 + 4 * k0];
    let i_23 = u32(step);
    acc_0 = fma(subgroupShuffle(f_9, i_23), f_22, acc_0);
    acc_1 = fma(subgroupShuffle(f_12, i_23), f_22, acc_1);
    acc_2 = fma(subgroupShuffle(f_15, i_23), f_22, acc_2);
    acc_3 = fma(subgroupShuffle(f_18, i_23), f_22, acc_3);
   }
  }
  if (i_0 < 4) {
   let f_24 = acc_0;
   held0[4 * i_2 + i_1] = f_24;
   out0[i_6 + 4 * i_2 + i_1] = f_24;
  }
  if (i_0 < 4) {
   let f_27 = acc_1;
   held0[4 * i_3 + i_1] = f_27;
   out0[i_6 + 4 * i_3 + i_1] = f_27;
  }
  if (i_0 < 4) {
   let f_30 = acc_2;
   held0[4 * i_4 + i_1] = f_30;
   out0[i_6 + 4 * i_4 + i_1] = f_30;
  }
  if (i_0 < 4) {
   let f_33 = acc_3;
   held0[4 * i_5 + i_1] = f_33;
   out0[i_6 + 4 * i_5 + i_1] = f_33;
  }
 }
 workgroupBarrier();
 {
  let i_36 = min(i_0, 4 - 1);
  let i_37 = 0;
  let i_38 = 1;
  let i_39 = 2;
  let i_40 = 3;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  let i_41 = 4 * i_37;
  let i_44 = 4 * i_38;
  let i_47 = 4 * i_39;
  let i_50 = 4 * i_40;
  let i_54 = i_6 + i_36;
  for (var k0_first = 0; k0_first < 4 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 4 - 1);
   let f_43 = held0[i_41 + k0_mine];
   let f_46 = held0[i_44 + k0_mine];
   let f_49 = held0[i_47 + k0_mine];
   let f_52 = held0[i_50 + k0_mine];
   let i_53 = min(8, 4 - k0_first);
   for (var step = 0; step < i_53 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_56 = arg0[i_54 + 4 * k0];
    let i_57 = u32(step);
    acc_0 = fma(subgroupShuffle(f_43, i_57), f_56, acc_0);
    acc_1 = fma(subgroupShuffle(f_46, i_57), f_56, acc_1);
    acc_2 = fma(subgroupShuffle(f_49, i_57), f_56, acc_2);
    acc_3 = fma(subgroupShuffle(f_52, i_57), f_56, acc_3);
   }
  }
  if (i_0 < 4) {
   held1[4 * i_37 + i_36] = acc_0;
  }
  if (i_0 < 4) {
   held1[4 * i_38 + i_36] = acc_1;
  }
  if (i_0 < 4) {
   held1[4 * i_39 + i_36] = acc_2;
  }
  if (i_0 < 4) {
   held1[4 * i_40 + i_36] = acc_3;
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 16 + (group >> 31); at += 8) {
   let i_63 = at >> 2;
   let i_64 = at & 3;
   out1[i_6 + at] = held1[at] * held1[i_63 + 4 * i_64];
  }
 }
}
