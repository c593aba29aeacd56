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
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
    var acc_4 = f32();
    var acc_5 = f32();
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
        let i_31 = u32(step);
        acc_0 = fma(subgroupShuffle(f_11, i_31), f_30, acc_0);
        acc_1 = fma(subgroupShuffle(f_14, i_31), f_30, acc_1);
        acc_2 = fma(subgroupShuffle(f_17, i_31), f_30, acc_2);
        acc_3 = fma(subgroupShuffle(f_20, i_31), f_30, acc_3);
        acc_4 = fma(subgroupShuffle(f_23, i_31), f_30, acc_4);
        acc_5 = fma(subgroupShuffle(f_26, i_31), f_30, acc_5);
      }
    }
    let i_32 = 5 * i_2 + i_1;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held0[i_32] = acc_0;
      }
    }
    let i_33 = 5 * i_3 + i_1;
    if (row_at1 < 5) {
      if (col_at0 < 5) {
        held0[i_33] = acc_1;
      }
    }
    let i_34 = 5 * i_4 + i_1;
    if (row_at2 < 5) {
      if (col_at0 < 5) {
        held0[i_34] = acc_2;
      }
    }
    let i_35 = 5 * i_5 + i_1;
    if (row_at3 < 5) {
      if (col_at0 < 5) {
        held0[i_35] = acc_3;
      }
    }
    let i_36 = 5 * i_6 + i_1;
    if (row_at4 < 5) {
      if (col_at0 < 5) {
        held0[i_36] = acc_4;
      }
    }
    let i_37 = 5 * i_7 + i_1;
    if (row_at5 < 5) {
      if (col_at0 < 5) {
        held0[i_37] = acc_5;
      }
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_38 = min(col_at0, 5 - 1);
    let row_at0 = 0;
    let i_39 = min(row_at0, 5 - 1);
    let row_at1 = 1;
    let i_40 = min(row_at1, 5 - 1);
    let row_at2 = 2;
    let i_41 = min(row_at2, 5 - 1);
    let row_at3 = 3;
    let i_42 = min(row_at3, 5 - 1);
    let row_at4 = 4;
    let i_43 = min(row_at4, 5 - 1);
    let row_at5 = 5;
    let i_44 = min(row_at5, 5 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
    var acc_4 = f32();
    var acc_5 = f32();
    let i_45 = 5 * i_39;
    let i_48 = 5 * i_40;
    let i_51 = 5 * i_41;
    let i_54 = 5 * i_42;
    let i_57 = 5 * i_43;
    let i_60 = 5 * i_44;
    let i_64 = i_8 + i_38;
    for (var k0_first = 0; k0_first < 5 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 5 - 1);
      let i_46 = i_45 + k0_mine;
      let f_47 = held0[i_46];
      let i_49 = i_48 + k0_mine;
      let f_50 = held0[i_49];
      let i_52 = i_51 + k0_mine;
      let f_53 = held0[i_52];
      let i_55 = i_54 + k0_mine;
      let f_56 = held0[i_55];
      let i_58 = i_57 + k0_mine;
      let f_59 = held0[i_58];
      let i_61 = i_60 + k0_mine;
      let f_62 = held0[i_61];
      let i_63 = min(8, 5 - k0_first);
      for (var step = 0; step < i_63 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_65 = i_64 + 5 * k0;
        let f_66 = arg0[i_65];
        let i_67 = u32(step);
        acc_0 = fma(subgroupShuffle(f_47, i_67), f_66, acc_0);
        acc_1 = fma(subgroupShuffle(f_50, i_67), f_66, acc_1);
        acc_2 = fma(subgroupShuffle(f_53, i_67), f_66, acc_2);
        acc_3 = fma(subgroupShuffle(f_56, i_67), f_66, acc_3);
        acc_4 = fma(subgroupShuffle(f_59, i_67), f_66, acc_4);
        acc_5 = fma(subgroupShuffle(f_62, i_67), f_66, acc_5);
      }
    }
    let i_68 = 5 * i_39 + i_38;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held1[i_68] = acc_0;
      }
    }
    let i_69 = 5 * i_40 + i_38;
    if (row_at1 < 5) {
      if (col_at0 < 5) {
        held1[i_69] = acc_1;
      }
    }
    let i_70 = 5 * i_41 + i_38;
    if (row_at2 < 5) {
      if (col_at0 < 5) {
        held1[i_70] = acc_2;
      }
    }
    let i_71 = 5 * i_42 + i_38;
    if (row_at3 < 5) {
      if (col_at0 < 5) {
        held1[i_71] = acc_3;
      }
    }
    let i_72 = 5 * i_43 + i_38;
    if (row_at4 < 5) {
      if (col_at0 < 5) {
        held1[i_72] = acc_4;
      }
    }
    let i_73 = 5 * i_44 + i_38;
    if (row_at5 < 5) {
      if (col_at0 < 5) {
        held1[i_73] = acc_5;
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 25 + (group >> 31u); at += 8) {
      let f_74 = held1[at];
      let i_75 = i32(u32(at) / 5u);
      let i_76 = at - i_75 * 5;
      let i_77 = i_75 + 5 * i_76;
      let f_78 = held1[i_77];
      let f_79 = f_74 * f_78;
      let i_80 = i_8 + at;
      out0[i_80] = f_79;
    }
  }
}
