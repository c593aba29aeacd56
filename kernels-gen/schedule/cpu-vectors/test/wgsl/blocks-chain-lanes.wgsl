// last: 1575 operations, 600 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_8 = 25 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 5 - 1);
    let row_at0 = 0;
    let i_2 = min(row_at0, 5 - 1);
    let row_at1 = 1;
    let i_3 = min(row_at1, 5 - 1);
    let row_at2 = 2;
    let i_4 = min(row_at2, 5 - 1);
    let row_at3 = 3;
    let i_5 = min(row_at3, 5 - 1);
    let row_at4 = 4;
    let i_6 = min(row_at4, 5 - 1);
    let row_at5 = 5;
    let i_7 = min(row_at5, 5 - 1);
    let batch_at0 = 0;
    var acc_0_0 = 0.0f;
    var acc_1_0 = 0.0f;
    var acc_2_0 = 0.0f;
    var acc_3_0 = 0.0f;
    var acc_4_0 = 0.0f;
    var acc_5_0 = 0.0f;
    let i_9 = i_8 + 5 * i_2;
    let i_12 = i_8 + 5 * i_3;
    let i_15 = i_8 + 5 * i_4;
    let i_18 = i_8 + 5 * i_5;
    let i_21 = i_8 + 5 * i_6;
    let i_24 = i_8 + 5 * i_7;
    let i_28 = i_8 + i_1;
    for (var k0_first = 0; k0_first < 5 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 5 - 1);
      let i_10 = i_9 + k0_mine;
      let f_11 = arg0[i_10];
      let i_13 = i_12 + k0_mine;
      let f_14 = arg0[i_13];
      let i_16 = i_15 + k0_mine;
      let f_17 = arg0[i_16];
      let i_19 = i_18 + k0_mine;
      let f_20 = arg0[i_19];
      let i_22 = i_21 + k0_mine;
      let f_23 = arg0[i_22];
      let i_25 = i_24 + k0_mine;
      let f_26 = arg0[i_25];
      let i_27 = min(8, 5 - k0_first);
      for (var step = 0; step < i_27 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_29 = i_28 + 5 * k0;
        let f_30 = arg0[i_29];
        let left0_0 = subgroupShuffle(f_11, u32(step));
        let left1_0 = subgroupShuffle(f_14, u32(step));
        let left2_0 = subgroupShuffle(f_17, u32(step));
        let left3_0 = subgroupShuffle(f_20, u32(step));
        let left4_0 = subgroupShuffle(f_23, u32(step));
        let left5_0 = subgroupShuffle(f_26, u32(step));
        acc_0_0 = fma(left0_0, f_30, acc_0_0);
        acc_1_0 = fma(left1_0, f_30, acc_1_0);
        acc_2_0 = fma(left2_0, f_30, acc_2_0);
        acc_3_0 = fma(left3_0, f_30, acc_3_0);
        acc_4_0 = fma(left4_0, f_30, acc_4_0);
        acc_5_0 = fma(left5_0, f_30, acc_5_0);
      }
    }
    let i_31 = 5 * i_2 + i_1;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held0[i_31] = acc_0_0;
      }
    }
    let i_32 = 5 * i_3 + i_1;
    if (row_at1 < 5) {
      if (col_at0 < 5) {
        held0[i_32] = acc_1_0;
      }
    }
    let i_33 = 5 * i_4 + i_1;
    if (row_at2 < 5) {
      if (col_at0 < 5) {
        held0[i_33] = acc_2_0;
      }
    }
    let i_34 = 5 * i_5 + i_1;
    if (row_at3 < 5) {
      if (col_at0 < 5) {
        held0[i_34] = acc_3_0;
      }
    }
    let i_35 = 5 * i_6 + i_1;
    if (row_at4 < 5) {
      if (col_at0 < 5) {
        held0[i_35] = acc_4_0;
      }
    }
    let i_36 = 5 * i_7 + i_1;
    if (row_at5 < 5) {
      if (col_at0 < 5) {
        held0[i_36] = acc_5_0;
      }
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_37 = min(col_at0, 5 - 1);
    let row_at0 = 0;
    let i_38 = min(row_at0, 5 - 1);
    let row_at1 = 1;
    let i_39 = min(row_at1, 5 - 1);
    let row_at2 = 2;
    let i_40 = min(row_at2, 5 - 1);
    let row_at3 = 3;
    let i_41 = min(row_at3, 5 - 1);
    let row_at4 = 4;
    let i_42 = min(row_at4, 5 - 1);
    let row_at5 = 5;
    let i_43 = min(row_at5, 5 - 1);
    let batch_at0 = 0;
    var acc_0_0 = 0.0f;
    var acc_1_0 = 0.0f;
    var acc_2_0 = 0.0f;
    var acc_3_0 = 0.0f;
    var acc_4_0 = 0.0f;
    var acc_5_0 = 0.0f;
    let i_44 = 5 * i_38;
    let i_47 = 5 * i_39;
    let i_50 = 5 * i_40;
    let i_53 = 5 * i_41;
    let i_56 = 5 * i_42;
    let i_59 = 5 * i_43;
    let i_63 = i_8 + i_37;
    for (var k0_first = 0; k0_first < 5 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 5 - 1);
      let i_45 = i_44 + k0_mine;
      let f_46 = held0[i_45];
      let i_48 = i_47 + k0_mine;
      let f_49 = held0[i_48];
      let i_51 = i_50 + k0_mine;
      let f_52 = held0[i_51];
      let i_54 = i_53 + k0_mine;
      let f_55 = held0[i_54];
      let i_57 = i_56 + k0_mine;
      let f_58 = held0[i_57];
      let i_60 = i_59 + k0_mine;
      let f_61 = held0[i_60];
      let i_62 = min(8, 5 - k0_first);
      for (var step = 0; step < i_62 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_64 = i_63 + 5 * k0;
        let f_65 = arg0[i_64];
        let left0_0 = subgroupShuffle(f_46, u32(step));
        let left1_0 = subgroupShuffle(f_49, u32(step));
        let left2_0 = subgroupShuffle(f_52, u32(step));
        let left3_0 = subgroupShuffle(f_55, u32(step));
        let left4_0 = subgroupShuffle(f_58, u32(step));
        let left5_0 = subgroupShuffle(f_61, u32(step));
        acc_0_0 = fma(left0_0, f_65, acc_0_0);
        acc_1_0 = fma(left1_0, f_65, acc_1_0);
        acc_2_0 = fma(left2_0, f_65, acc_2_0);
        acc_3_0 = fma(left3_0, f_65, acc_3_0);
        acc_4_0 = fma(left4_0, f_65, acc_4_0);
        acc_5_0 = fma(left5_0, f_65, acc_5_0);
      }
    }
    let i_66 = 5 * i_38 + i_37;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held1[i_66] = acc_0_0;
      }
    }
    let i_67 = 5 * i_39 + i_37;
    if (row_at1 < 5) {
      if (col_at0 < 5) {
        held1[i_67] = acc_1_0;
      }
    }
    let i_68 = 5 * i_40 + i_37;
    if (row_at2 < 5) {
      if (col_at0 < 5) {
        held1[i_68] = acc_2_0;
      }
    }
    let i_69 = 5 * i_41 + i_37;
    if (row_at3 < 5) {
      if (col_at0 < 5) {
        held1[i_69] = acc_3_0;
      }
    }
    let i_70 = 5 * i_42 + i_37;
    if (row_at4 < 5) {
      if (col_at0 < 5) {
        held1[i_70] = acc_4_0;
      }
    }
    let i_71 = 5 * i_43 + i_37;
    if (row_at5 < 5) {
      if (col_at0 < 5) {
        held1[i_71] = acc_5_0;
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 25 + (group >> 31u); at += 8) {
      let f_72 = held1[at];
      let i_73 = i32(u32(at) / 5u);
      let i_74 = at - i_73 * 5;
      let i_75 = i_73 + 5 * i_74;
      let f_76 = held1[i_75];
      let f_77 = f_72 * f_76;
      let i_78 = i_8 + at;
      out0[i_78] = f_77;
    }
  }
}
