// last: 1575 operations, 600 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_14 = 25 * group;
 {
  let i_1 = min(i_0, 5 - 1);
  let i_2 = 0;
  let i_3 = min(i_2, 5 - 1);
  let i_4 = 1;
  let i_5 = min(i_4, 5 - 1);
  let i_6 = 2;
  let i_7 = min(i_6, 5 - 1);
  let i_8 = 3;
  let i_9 = min(i_8, 5 - 1);
  let i_10 = 4;
  let i_11 = min(i_10, 5 - 1);
  let i_12 = 5;
  let i_13 = min(i_12, 5 - 1);
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  var acc_4 = f32();
  var acc_5 = f32();
  let i_15 = i_14 + 5 * i_3;
  let i_18 = i_14 + 5 * i_5;
  let i_21 = i_14 + 5 * i_7;
  let i_24 = i_14 + 5 * i_9;
  let i_27 = i_14 + 5 * i_11;
  let i_30 = i_14 + 5 * i_13;
  let i_34 = i_14 + i_1;
  for (var k0_first = 0; k0_first < 5 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 5 - 1);
   let f_17 = arg0[i_15 + k0_mine];
   let f_20 = arg0[i_18 + k0_mine];
   let f_23 = arg0[i_21 + k0_mine];
   let f_26 = arg0[i_24 + k0_mine];
   let f_29 = arg0[i_27 + k0_mine];
   let f_32 = arg0[i_30 + k0_mine];
   let i_33 = min(8, 5 - k0_first);
   for (var step = 0; step < i_33 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_36 = arg0[i_34 + 5 * k0];
    let i_37 = u32(step);
    acc_0 = fma(subgroupShuffle(f_17, i_37), f_36, acc_0);
    acc_1 = fma(subgroupShuffle(f_20, i_37), f_36, acc_1);
    acc_2 = fma(subgroupShuffle(f_23, i_37), f_36, acc_2);
    acc_3 = fma(subgroupShuffle(f_26, i_37), f_36, acc_3);
    acc_4 = fma(subgroupShuffle(f_29, i_37), f_36, acc_4);
    acc_5 = fma(subgroupShuffle(f_32, i_37), f_36, acc_5);
   }
  }
  if (i_2 < 5) {
   if (i_0 < 5) {
    held0[5 * i_3 + i_1] = acc_0;
   }
  }
  if (i_4 < 5) {
   if (i_0 < 5) {
    held0[5 * i_5 + i_1] = acc_1;
   }
  }
  if (i_6 < 5) {
   if (i_0 < 5) {
    held0[5 * i_7 + i_1] = acc_2;
   }
  }
  if (i_8 < 5) {
   if (i_0 < 5) {
    held0[5 * i_9 + i_1] = acc_3;
   }
  }
  if (i_10 < 5) {
   if (i_0 < 5) {
    held0[5 * i_11 + i_1] = acc_4;
   }
  }
  if (i_12 < 5) {
   if (i_0 < 5) {
    held0[5 * i_13 + i_1] = acc_5;
   }
  }
 }
 workgroupBarrier();
 {
  let i_44 = min(i_0, 5 - 1);
  let i_45 = 0;
  let i_46 = min(i_45, 5 - 1);
  let i_47 = 1;
  let i_48 = min(i_47, 5 - 1);
  let i_49 = 2;
  let i_50 = min(i_49, 5 - 1);
  let i_51 = 3;
  let i_52 = min(i_51, 5 - 1);
  let i_53 = 4;
  let i_54 = min(i_53, 5 - 1);
  let i_55 = 5;
  let i_56 = min(i_55, 5 - 1);
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  var acc_4 = f32();
  var acc_5 = f32();
  let i_57 = 5 * i_46;
  let i_60 = 5 * i_48;
  let i_63 = 5 * i_50;
  let i_66 = 5 * i_52;
  let i_69 = 5 * i_54;
  let i_72 = 5 * i_56;
  let i_76 = i_14 + i_44;
  for (var k0_first = 0; k0_first < 5 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 5 - 1);
   let f_59 = held0[i_57 + k0_mine];
   let f_62 = held0[i_60 + k0_mine];
   let f_65 = held0[i_63 + k0_mine];
   let f_68 = held0[i_66 + k0_mine];
   let f_71 = held0[i_69 + k0_mine];
   let f_74 = held0[i_72 + k0_mine];
   let i_75 = min(8, 5 - k0_first);
   for (var step = 0; step < i_75 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_78 = arg0[i_76 + 5 * k0];
    let i_79 = u32(step);
    acc_0 = fma(subgroupShuffle(f_59, i_79), f_78, acc_0);
    acc_1 = fma(subgroupShuffle(f_62, i_79), f_78, acc_1);
    acc_2 = fma(subgroupShuffle(f_65, i_79), f_78, acc_2);
    acc_3 = fma(subgroupShuffle(f_68, i_79), f_78, acc_3);
    acc_4 = fma(subgroupShuffle(f_71, i_79), f_78, acc_4);
    acc_5 = fma(subgroupShuffle(f_74, i_79), f_78, acc_5);
   }
  }
  if (i_45 < 5) {
   if (i_0 < 5) {
    held1[5 * i_46 + i_44] = acc_0;
   }
  }
  if (i_47 < 5) {
   if (i_0 < 5) {
    held1[5 * i_48 + i_44] = acc_1;
   }
  }
  if (i_49 < 5) {
   if (i_0 < 5) {
    held1[5 * i_50 + i_44] = acc_2;
   }
  }
  if (i_51 < 5) {
   if (i_0 < 5) {
    held1[5 * i_52 + i_44] = acc_3;
   }
  }
  if (i_53 < 5) {
   if (i_0 < 5) {
    held1[5 * i_54 + i_44] = acc_4;
   }
  }
  if (i_55 < 5) {
   if (i_0 < 5) {
    held1[5 * i_56 + i_44] = acc_5;
   }
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 25 + (group >> 31); at += 8) {
   let i_87 = i32(u32(at) / 5u);
   out0[i_14 + at] = held1[at] * held1[i_87 + 5 * (at - i_87 * 5)];
  }
 }
}
