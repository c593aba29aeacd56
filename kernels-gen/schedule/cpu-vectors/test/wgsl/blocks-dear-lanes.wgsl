// turned: 2952 operations, 504 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 6>;
var<workgroup> held1: array<f32, 6>;
var<workgroup> held2: array<f32, 36>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 6 * group;
 {
  for (var at = lane; at < 6 + (group >> 31); at += 8) {
   held0[at] = sin(arg0[i_0 + at]);
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 6 + (group >> 31); at += 8) {
   held1[at] = cos(arg0[i_0 + at]);
  }
 }
 workgroupBarrier();
 let i_7 = lane & 7;
 {
  let i_8 = min(i_7, 6 - 1);
  let i_9 = 0;
  let i_10 = 1;
  let i_11 = 2;
  let i_12 = 3;
  let i_13 = 4;
  let i_14 = 5;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  var acc_4 = f32();
  var acc_5 = f32();
  let f_15 = held0[i_9];
  let f_18 = held0[i_10];
  let f_20 = held0[i_11];
  let f_22 = held0[i_12];
  let f_24 = held0[i_13];
  let f_26 = held0[i_14];
  let f_30 = held1[i_8];
  for (var k0_first = 0; k0_first < 6 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 6 - 1);
   let f_16 = held1[k0_mine];
   let f_17 = f_15 * f_16;
   let f_19 = f_18 * f_16;
   let f_21 = f_20 * f_16;
   let f_23 = f_22 * f_16;
   let f_25 = f_24 * f_16;
   let f_27 = f_26 * f_16;
   let i_28 = min(8, 6 - k0_first);
   for (var step = 0; step < i_28 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_31 = held0[k0] * f_30;
    let i_32 = u32(step);
    acc_0 = fma(subgroupShuffle(f_17, i_32), f_31, acc_0);
    acc_1 = fma(subgroupShuffle(f_19, i_32), f_31, acc_1);
    acc_2 = fma(subgroupShuffle(f_21, i_32), f_31, acc_2);
    acc_3 = fma(subgroupShuffle(f_23, i_32), f_31, acc_3);
    acc_4 = fma(subgroupShuffle(f_25, i_32), f_31, acc_4);
    acc_5 = fma(subgroupShuffle(f_27, i_32), f_31, acc_5);
   }
  }
  if (i_7 < 6) {
   held2[6 * i_9 + i_8] = acc_0;
  }
  if (i_7 < 6) {
   held2[6 * i_10 + i_8] = acc_1;
  }
  if (i_7 < 6) {
   held2[6 * i_11 + i_8] = acc_2;
  }
  if (i_7 < 6) {
   held2[6 * i_12 + i_8] = acc_3;
  }
  if (i_7 < 6) {
   held2[6 * i_13 + i_8] = acc_4;
  }
  if (i_7 < 6) {
   held2[6 * i_14 + i_8] = acc_5;
  }
 }
 workgroupBarrier();
 let i_63 = 36 * group;
 {
  let i_39 = min(i_7, 6 - 1);
  let i_40 = 0;
  let i_41 = 1;
  let i_42 = 2;
  let i_43 = 3;
  let i_44 = 4;
  let i_45 = 5;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  var acc_4 = f32();
  var acc_5 = f32();
  let f_47 = held1[i_40];
  let f_49 = held1[i_41];
  let f_51 = held1[i_42];
  let f_53 = held1[i_43];
  let f_55 = held1[i_44];
  let f_57 = held1[i_45];
  for (var k0_first = 0; k0_first < 6 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 6 - 1);
   let f_46 = held0[k0_mine];
   let f_48 = f_46 * f_47;
   let f_50 = f_46 * f_49;
   let f_52 = f_46 * f_51;
   let f_54 = f_46 * f_53;
   let f_56 = f_46 * f_55;
   let f_58 = f_46 * f_57;
   let i_59 = min(8, 6 - k0_first);
   for (var step = 0; step < i_59 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_61 = held2[i_39 + 6 * k0];
    let i_62 = u32(step);
    acc_0 = fma(subgroupShuffle(f_48, i_62), f_61, acc_0);
    acc_1 = fma(subgroupShuffle(f_50, i_62), f_61, acc_1);
    acc_2 = fma(subgroupShuffle(f_52, i_62), f_61, acc_2);
    acc_3 = fma(subgroupShuffle(f_54, i_62), f_61, acc_3);
    acc_4 = fma(subgroupShuffle(f_56, i_62), f_61, acc_4);
    acc_5 = fma(subgroupShuffle(f_58, i_62), f_61, acc_5);
   }
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_40 + i_39] = acc_0;
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_41 + i_39] = acc_1;
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_42 + i_39] = acc_2;
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_43 + i_39] = acc_3;
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_44 + i_39] = acc_4;
  }
  if (i_7 < 6) {
   out0[i_63 + 6 * i_45 + i_39] = acc_5;
  }
 }
}
