// last: 97200 operations, 9600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 400>;
var<workgroup> held1: array<f32, 400>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_4 = (lane >> 3u) & 7;
  let i_8 = 400 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 20 - 1);
    let col_at1 = i_0 + 8;
    let i_2 = min(col_at1, 20 - 1);
    let col_at2 = i_0 + 16;
    let i_3 = min(col_at2, 20 - 1);
    let row_at0 = i_4;
    let i_5 = min(row_at0, 20 - 1);
    let row_at1 = i_4 + 8;
    let i_6 = min(row_at1, 20 - 1);
    let row_at2 = i_4 + 16;
    let i_7 = min(row_at2, 20 - 1);
    let batch_at0 = 0;
    var acc_0_0 = f32();
    var acc_0_1 = f32();
    var acc_0_2 = f32();
    var acc_1_0 = f32();
    var acc_1_1 = f32();
    var acc_1_2 = f32();
    var acc_2_0 = f32();
    var acc_2_1 = f32();
    var acc_2_2 = f32();
    let i_9 = i_8 + 20 * i_5;
    let i_12 = i_8 + 20 * i_6;
    let i_15 = i_8 + 20 * i_7;
    let i_18 = i_8 + i_1;
    let i_21 = i_8 + i_2;
    let i_24 = i_8 + i_3;
    for (var k0 = 0; k0 < 20; k0 += 4) {
      let i_10 = i_9 + k0;
      let f_11 = arg0[i_10];
      let i_13 = i_12 + k0;
      let f_14 = arg0[i_13];
      let i_16 = i_15 + k0;
      let f_17 = arg0[i_16];
      let i_19 = i_18 + 20 * k0;
      let f_20 = arg0[i_19];
      let i_22 = i_21 + 20 * k0;
      let f_23 = arg0[i_22];
      let i_25 = i_24 + 20 * k0;
      let f_26 = arg0[i_25];
      acc_0_0 = acc_0_0 + f_11 * f_20;
      acc_0_1 = acc_0_1 + f_11 * f_23;
      acc_0_2 = acc_0_2 + f_11 * f_26;
      acc_1_0 = acc_1_0 + f_14 * f_20;
      acc_1_1 = acc_1_1 + f_14 * f_23;
      acc_1_2 = acc_1_2 + f_14 * f_26;
      acc_2_0 = acc_2_0 + f_17 * f_20;
      acc_2_1 = acc_2_1 + f_17 * f_23;
      acc_2_2 = acc_2_2 + f_17 * f_26;
      let f_27 = arg0[i_10 + 1];
      let f_28 = arg0[i_13 + 1];
      let f_29 = arg0[i_16 + 1];
      let f_30 = arg0[i_19 + 20];
      let f_31 = arg0[i_22 + 20];
      let f_32 = arg0[i_25 + 20];
      acc_0_0 = acc_0_0 + f_27 * f_30;
      acc_0_1 = acc_0_1 + f_27 * f_31;
      acc_0_2 = acc_0_2 + f_27 * f_32;
      acc_1_0 = acc_1_0 + f_28 * f_30;
      acc_1_1 = acc_1_1 + f_28 * f_31;
      acc_1_2 = acc_1_2 + f_28 * f_32;
      acc_2_0 = acc_2_0 + f_29 * f_30;
      acc_2_1 = acc_2_1 + f_29 * f_31;
      acc_2_2 = acc_2_2 + f_29 * f_32;
      let f_33 = arg0[i_10 + 2];
      let f_34 = arg0[i_13 + 2];
      let f_35 = arg0[i_16 + 2];
      let f_36 = arg0[i_19 + 40];
      let f_37 = arg0[i_22 + 40];
      let f_38 = arg0[i_25 + 40];
      acc_0_0 = acc_0_0 + f_33 * f_36;
      acc_0_1 = acc_0_1 + f_33 * f_37;
      acc_0_2 = acc_0_2 + f_33 * f_38;
      acc_1_0 = acc_1_0 + f_34 * f_36;
      acc_1_1 = acc_1_1 + f_34 * f_37;
      acc_1_2 = acc_1_2 + f_34 * f_38;
      acc_2_0 = acc_2_0 + f_35 * f_36;
      acc_2_1 = acc_2_1 + f_35 * f_37;
      acc_2_2 = acc_2_2 + f_35 * f_38;
      let f_39 = arg0[i_10 + 3];
      let f_40 = arg0[i_13 + 3];
      let f_41 = arg0[i_16 + 3];
      let f_42 = arg0[i_19 + 60];
      let f_43 = arg0[i_22 + 60];
      let f_44 = arg0[i_25 + 60];
      acc_0_0 = acc_0_0 + f_39 * f_42;
      acc_0_1 = acc_0_1 + f_39 * f_43;
      acc_0_2 = acc_0_2 + f_39 * f_44;
      acc_1_0 = acc_1_0 + f_40 * f_42;
      acc_1_1 = acc_1_1 + f_40 * f_43;
      acc_1_2 = acc_1_2 + f_40 * f_44;
      acc_2_0 = acc_2_0 + f_41 * f_42;
      acc_2_1 = acc_2_1 + f_41 * f_43;
      acc_2_2 = acc_2_2 + f_41 * f_44;
    }
    let i_45 = 20 * i_5 + i_1;
    let i_46 = 20 * i_5 + i_2;
    let i_47 = 20 * i_5 + i_3;
    if (row_at0 < 20) {
      if (col_at0 < 20) {
        held0[i_45] = acc_0_0;
      }
      if (col_at1 < 20) {
        held0[i_46] = acc_0_1;
      }
      if (col_at2 < 20) {
        held0[i_47] = acc_0_2;
      }
    }
    let i_48 = 20 * i_6 + i_1;
    let i_49 = 20 * i_6 + i_2;
    let i_50 = 20 * i_6 + i_3;
    if (row_at1 < 20) {
      if (col_at0 < 20) {
        held0[i_48] = acc_1_0;
      }
      if (col_at1 < 20) {
        held0[i_49] = acc_1_1;
      }
      if (col_at2 < 20) {
        held0[i_50] = acc_1_2;
      }
    }
    let i_51 = 20 * i_7 + i_1;
    let i_52 = 20 * i_7 + i_2;
    let i_53 = 20 * i_7 + i_3;
    if (row_at2 < 20) {
      if (col_at0 < 20) {
        held0[i_51] = acc_2_0;
      }
      if (col_at1 < 20) {
        held0[i_52] = acc_2_1;
      }
      if (col_at2 < 20) {
        held0[i_53] = acc_2_2;
      }
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_54 = min(col_at0, 20 - 1);
    let col_at1 = i_0 + 8;
    let i_55 = min(col_at1, 20 - 1);
    let col_at2 = i_0 + 16;
    let i_56 = min(col_at2, 20 - 1);
    let row_at0 = i_4;
    let i_57 = min(row_at0, 20 - 1);
    let row_at1 = i_4 + 8;
    let i_58 = min(row_at1, 20 - 1);
    let row_at2 = i_4 + 16;
    let i_59 = min(row_at2, 20 - 1);
    let batch_at0 = 0;
    var acc_0_0 = f32();
    var acc_0_1 = f32();
    var acc_0_2 = f32();
    var acc_1_0 = f32();
    var acc_1_1 = f32();
    var acc_1_2 = f32();
    var acc_2_0 = f32();
    var acc_2_1 = f32();
    var acc_2_2 = f32();
    let i_60 = 20 * i_57;
    let i_63 = 20 * i_58;
    let i_66 = 20 * i_59;
    let i_69 = i_8 + i_54;
    let i_72 = i_8 + i_55;
    let i_75 = i_8 + i_56;
    for (var k0 = 0; k0 < 20; k0 += 4) {
      let i_61 = i_60 + k0;
      let f_62 = held0[i_61];
      let i_64 = i_63 + k0;
      let f_65 = held0[i_64];
      let i_67 = i_66 + k0;
      let f_68 = held0[i_67];
      let i_70 = i_69 + 20 * k0;
      let f_71 = arg0[i_70];
      let i_73 = i_72 + 20 * k0;
      let f_74 = arg0[i_73];
      let i_76 = i_75 + 20 * k0;
      let f_77 = arg0[i_76];
      acc_0_0 = acc_0_0 + f_62 * f_71;
      acc_0_1 = acc_0_1 + f_62 * f_74;
      acc_0_2 = acc_0_2 + f_62 * f_77;
      acc_1_0 = acc_1_0 + f_65 * f_71;
      acc_1_1 = acc_1_1 + f_65 * f_74;
      acc_1_2 = acc_1_2 + f_65 * f_77;
      acc_2_0 = acc_2_0 + f_68 * f_71;
      acc_2_1 = acc_2_1 + f_68 * f_74;
      acc_2_2 = acc_2_2 + f_68 * f_77;
      let f_78 = held0[i_61 + 1];
      let f_79 = held0[i_64 + 1];
      let f_80 = held0[i_67 + 1];
      let f_81 = arg0[i_70 + 20];
      let f_82 = arg0[i_73 + 20];
      let f_83 = arg0[i_76 + 20];
      acc_0_0 = acc_0_0 + f_78 * f_81;
      acc_0_1 = acc_0_1 + f_78 * f_82;
      acc_0_2 = acc_0_2 + f_78 * f_83;
      acc_1_0 = acc_1_0 + f_79 * f_81;
      acc_1_1 = acc_1_1 + f_79 * f_82;
      acc_1_2 = acc_1_2 + f_79 * f_83;
      acc_2_0 = acc_2_0 + f_80 * f_81;
      acc_2_1 = acc_2_1 + f_80 * f_82;
      acc_2_2 = acc_2_2 + f_80 * f_83;
      let f_84 = held0[i_61 + 2];
      let f_85 = held0[i_64 + 2];
      let f_86 = held0[i_67 + 2];
      let f_87 = arg0[i_70 + 40];
      let f_88 = arg0[i_73 + 40];
      let f_89 = arg0[i_76 + 40];
      acc_0_0 = acc_0_0 + f_84 * f_87;
      acc_0_1 = acc_0_1 + f_84 * f_88;
      acc_0_2 = acc_0_2 + f_84 * f_89;
      acc_1_0 = acc_1_0 + f_85 * f_87;
      acc_1_1 = acc_1_1 + f_85 * f_88;
      acc_1_2 = acc_1_2 + f_85 * f_89;
      acc_2_0 = acc_2_0 + f_86 * f_87;
      acc_2_1 = acc_2_1 + f_86 * f_88;
      acc_2_2 = acc_2_2 + f_86 * f_89;
      let f_90 = held0[i_61 + 3];
      let f_91 = held0[i_64 + 3];
      let f_92 = held0[i_67 + 3];
      let f_93 = arg0[i_70 + 60];
      let f_94 = arg0[i_73 + 60];
      let f_95 = arg0[i_76 + 60];
      acc_0_0 = acc_0_0 + f_90 * f_93;
      acc_0_1 = acc_0_1 + f_90 * f_94;
      acc_0_2 = acc_0_2 + f_90 * f_95;
      acc_1_0 = acc_1_0 + f_91 * f_93;
      acc_1_1 = acc_1_1 + f_91 * f_94;
      acc_1_2 = acc_1_2 + f_91 * f_95;
      acc_2_0 = acc_2_0 + f_92 * f_93;
      acc_2_1 = acc_2_1 + f_92 * f_94;
      acc_2_2 = acc_2_2 + f_92 * f_95;
    }
    let i_96 = 20 * i_57 + i_54;
    let i_97 = 20 * i_57 + i_55;
    let i_98 = 20 * i_57 + i_56;
    if (row_at0 < 20) {
      if (col_at0 < 20) {
        held1[i_96] = acc_0_0;
      }
      if (col_at1 < 20) {
        held1[i_97] = acc_0_1;
      }
      if (col_at2 < 20) {
        held1[i_98] = acc_0_2;
      }
    }
    let i_99 = 20 * i_58 + i_54;
    let i_100 = 20 * i_58 + i_55;
    let i_101 = 20 * i_58 + i_56;
    if (row_at1 < 20) {
      if (col_at0 < 20) {
        held1[i_99] = acc_1_0;
      }
      if (col_at1 < 20) {
        held1[i_100] = acc_1_1;
      }
      if (col_at2 < 20) {
        held1[i_101] = acc_1_2;
      }
    }
    let i_102 = 20 * i_59 + i_54;
    let i_103 = 20 * i_59 + i_55;
    let i_104 = 20 * i_59 + i_56;
    if (row_at2 < 20) {
      if (col_at0 < 20) {
        held1[i_102] = acc_2_0;
      }
      if (col_at1 < 20) {
        held1[i_103] = acc_2_1;
      }
      if (col_at2 < 20) {
        held1[i_104] = acc_2_2;
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 400; at += 64) {
      let f_105 = held1[at];
      let i_106 = i32(u32(at) / 20u);
      let i_107 = at - i_106 * 20;
      let i_108 = i_106 + 20 * i_107;
      let f_109 = held1[i_108];
      let f_110 = f_105 * f_109;
      let i_111 = i_8 + at;
      out0[i_111] = f_110;
    }
  }
}
