// last: 97200 operations, 9600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 400>;
var<workgroup> held1: array<f32, 400>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_6 = (lane >> 3) & 7;
 let i_13 = 400 * group;
 {
  let i_1 = min(i_0, 20 - 1);
  let i_2 = i_0 + 8;
  let i_3 = min(i_2, 20 - 1);
  let i_4 = i_0 + 16;
  let i_5 = min(i_4, 20 - 1);
  let i_7 = min(i_6, 20 - 1);
  let i_8 = i_6 + 8;
  let i_9 = min(i_8, 20 - 1);
  let i_10 = i_6 + 16;
  let i_11 = min(i_10, 20 - 1);
  var acc_0_0 = f32();
  var acc_0_1 = f32();
  var acc_0_2 = f32();
  var acc_1_0 = f32();
  var acc_1_1 = f32();
  var acc_1_2 = f32();
  var acc_2_0 = f32();
  var acc_2_1 = f32();
  var acc_2_2 = f32();
  let i_14 = i_13 + 20 * i_7;
  let i_17 = i_13 + 20 * i_9;
  let i_20 = i_13 + 20 * i_11;
  let i_23 = i_13 + i_1;
  let i_26 = i_13 + i_3;
  let i_29 = i_13 + i_5;
  for (var k0 = 0; k0 < 20; k0 += 4) {
   let i_15 = i_14 + k0;
   let f_16 = arg0[i_15];
   let i_18 = i_17 + k0;
   let f_19 = arg0[i_18];
   let i_21 = i_20 + k0;
   let f_22 = arg0[i_21];
   let i_24 = i_23 + 20 * k0;
   let f_25 = arg0[i_24];
   let i_27 = i_26 + 20 * k0;
   let f_28 = arg0[i_27];
   let i_30 = i_29 + 20 * k0;
   let f_31 = arg0[i_30];
   acc_0_0 += f_16 * f_25;
   acc_0_1 += f_16 * f_28;
   acc_0_2 += f_16 * f_31;
   acc_1_0 += f_19 * f_25;
   acc_1_1 += f_19 * f_28;
   acc_1_2 += f_19 * f_31;
   acc_2_0 += f_22 * f_25;
   acc_2_1 += f_22 * f_28;
   acc_2_2 += f_22 * f_31;
   let f_32 = arg0[i_15 + 1];
   let f_33 = arg0[i_18 + 1];
   let f_34 = arg0[i_21 + 1];
   let f_35 = arg0[i_24 + 20];
   let f_36 = arg0[i_27 + 20];
   let f_37 = arg0[i_30 + 20];
   acc_0_0 += f_32 * f_35;
   acc_0_1 += f_32 * f_36;
   acc_0_2 += f_32 * f_37;
   acc_1_0 += f_33 * f_35;
   acc_1_1 += f_33 * f_36;
   acc_1_2 += f_33 * f_37;
   acc_2_0 += f_34 * f_35;
   acc_2_1 += f_34 * f_36;
   acc_2_2 += f_34 * f_37;
   let f_38 = arg0[i_15 + 2];
   let f_39 = arg0[i_18 + 2];
   let f_40 = arg0[i_21 + 2];
   let f_41 = arg0[i_24 + 40];
   let f_42 = arg0[i_27 + 40];
   let f_43 = arg0[i_30 + 40];
   acc_0_0 += f_38 * f_41;
   acc_0_1 += f_38 * f_42;
   acc_0_2 += f_38 * f_43;
   acc_1_0 += f_39 * f_41;
   acc_1_1 += f_39 * f_42;
   acc_1_2 += f_39 * f_43;
   acc_2_0 += f_40 * f_41;
   acc_2_1 += f_40 * f_42;
   acc_2_2 += f_40 * f_43;
   let f_44 = arg0[i_15 + 3];
   let f_45 = arg0[i_18 + 3];
   let f_46 = arg0[i_21 + 3];
   let f_47 = arg0[i_24 + 60];
   let f_48 = arg0[i_27 + 60];
   let f_49 = arg0[i_30 + 60];
   acc_0_0 += f_44 * f_47;
   acc_0_1 += f_44 * f_48;
   acc_0_2 += f_44 * f_49;
   acc_1_0 += f_45 * f_47;
   acc_1_1 += f_45 * f_48;
   acc_1_2 += f_45 * f_49;
   acc_2_0 += f_46 * f_47;
   acc_2_1 += f_46 * f_48;
   acc_2_2 += f_46 * f_49;
  }
  if (i_6 < 20) {
   if (i_0 < 20) {
    held0[20 * i_7 + i_1] = acc_0_0;
   }
   if (i_2 < 20) {
    held0[20 * i_7 + i_3] = acc_0_1;
   }
   if (i_4 < 20) {
    held0[20 * i_7 + i_5] = acc_0_2;
   }
  }
  if (i_8 < 20) {
   if (i_0 < 20) {
    held0[20 * i_9 + i_1] = acc_1_0;
   }
   if (i_2 < 20) {
    held0[20 * i_9 + i_3] = acc_1_1;
   }
   if (i_4 < 20) {
    held0[20 * i_9 + i_5] = acc_1_2;
   }
  }
  if (i_10 < 20) {
   if (i_0 < 20) {
    held0[20 * i_11 + i_1] = acc_2_0;
   }
   if (i_2 < 20) {
    held0[20 * i_11 + i_3] = acc_2_1;
   }
   if (i_4 < 20) {
    held0[20 * i_11 + i_5] = acc_2_2;
   }
  }
 }
 workgroupBarrier();
 {
  let i_59 = min(i_0, 20 - 1);
  let i_60 = i_0 + 8;
  let i_61 = min(i_60, 20 - 1);
  let i_62 = i_0 + 16;
  let i_63 = min(i_62, 20 - 1);
  let i_64 = min(i_6, 20 - 1);
  let i_65 = i_6 + 8;
  let i_66 = min(i_65, 20 - 1);
  let i_67 = i_6 + 16;
  let i_68 = min(i_67, 20 - 1);
  var acc_0_0 = f32();
  var acc_0_1 = f32();
  var acc_0_2 = f32();
  var acc_1_0 = f32();
  var acc_1_1 = f32();
  var acc_1_2 = f32();
  var acc_2_0 = f32();
  var acc_2_1 = f32();
  var acc_2_2 = f32();
  let i_70 = 20 * i_64;
  let i_73 = 20 * i_66;
  let i_76 = 20 * i_68;
  let i_79 = i_13 + i_59;
  let i_82 = i_13 + i_61;
  let i_85 = i_13 + i_63;
  for (var k0 = 0; k0 < 20; k0 += 4) {
   let i_71 = i_70 + k0;
   let f_72 = held0[i_71];
   let i_74 = i_73 + k0;
   let f_75 = held0[i_74];
   let i_77 = i_76 + k0;
   let f_78 = held0[i_77];
   let i_80 = i_79 + 20 * k0;
   let f_81 = arg0[i_80];
   let i_83 = i_82 + 20 * k0;
   let f_84 = arg0[i_83];
   let i_86 = i_85 + 20 * k0;
   let f_87 = arg0[i_86];
   acc_0_0 += f_72 * f_81;
   acc_0_1 += f_72 * f_84;
   acc_0_2 += f_72 * f_87;
   acc_1_0 += f_75 * f_81;
   acc_1_1 += f_75 * f_84;
   acc_1_2 += f_75 * f_87;
   acc_2_0 += f_78 * f_81;
   acc_2_1 += f_78 * f_84;
   acc_2_2 += f_78 * f_87;
   let f_88 = held0[i_71 + 1];
   let f_89 = held0[i_74 + 1];
   let f_90 = held0[i_77 + 1];
   let f_91 = arg0[i_80 + 20];
   let f_92 = arg0[i_83 + 20];
   let f_93 = arg0[i_86 + 20];
   acc_0_0 += f_88 * f_91;
   acc_0_1 += f_88 * f_92;
   acc_0_2 += f_88 * f_93;
   acc_1_0 += f_89 * f_91;
   acc_1_1 += f_89 * f_92;
   acc_1_2 += f_89 * f_93;
   acc_2_0 += f_90 * f_91;
   acc_2_1 += f_90 * f_92;
   acc_2_2 += f_90 * f_93;
   let f_94 = held0[i_71 + 2];
   let f_95 = held0[i_74 + 2];
   let f_96 = held0[i_77 + 2];
   let f_97 = arg0[i_80 + 40];
   let f_98 = arg0[i_83 + 40];
   let f_99 = arg0[i_86 + 40];
   acc_0_0 += f_94 * f_97;
   acc_0_1 += f_94 * f_98;
   acc_0_2 += f_94 * f_99;
   acc_1_0 += f_95 * f_97;
   acc_1_1 += f_95 * f_98;
   acc_1_2 += f_95 * f_99;
   acc_2_0 += f_96 * f_97;
   acc_2_1 += f_96 * f_98;
   acc_2_2 += f_96 * f_99;
   let f_100 = held0[i_71 + 3];
   let f_101 = held0[i_74 + 3];
   let f_102 = held0[i_77 + 3];
   let f_103 = arg0[i_80 + 60];
   let f_104 = arg0[i_83 + 60];
   let f_105 = arg0[i_86 + 60];
   acc_0_0 += f_100 * f_103;
   acc_0_1 += f_100 * f_104;
   acc_0_2 += f_100 * f_105;
   acc_1_0 += f_101 * f_103;
   acc_1_1 += f_101 * f_104;
   acc_1_2 += f_101 * f_105;
   acc_2_0 += f_102 * f_103;
   acc_2_1 += f_102 * f_104;
   acc_2_2 += f_102 * f_105;
  }
  if (i_6 < 20) {
   if (i_0 < 20) {
    held1[20 * i_64 + i_59] = acc_0_0;
   }
   if (i_60 < 20) {
    held1[20 * i_64 + i_61] = acc_0_1;
   }
   if (i_62 < 20) {
    held1[20 * i_64 + i_63] = acc_0_2;
   }
  }
  if (i_65 < 20) {
   if (i_0 < 20) {
    held1[20 * i_66 + i_59] = acc_1_0;
   }
   if (i_60 < 20) {
    held1[20 * i_66 + i_61] = acc_1_1;
   }
   if (i_62 < 20) {
    held1[20 * i_66 + i_63] = acc_1_2;
   }
  }
  if (i_67 < 20) {
   if (i_0 < 20) {
    held1[20 * i_68 + i_59] = acc_2_0;
   }
   if (i_60 < 20) {
    held1[20 * i_68 + i_61] = acc_2_1;
   }
   if (i_62 < 20) {
    held1[20 * i_68 + i_63] = acc_2_2;
   }
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 400; at += 64) {
   let i_116 = i32(u32(at) / 20u);
   out0[i_13 + at] = held1[at] * held1[i_116 + 20 * (at - i_116 * 20)];
  }
 }
}
