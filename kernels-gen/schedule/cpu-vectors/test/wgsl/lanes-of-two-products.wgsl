enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let col_at0 = i_0;
  let i_1 = min(col_at0, 9 - 1);
  let col_at1 = i_0 + 8;
  let i_2 = min(col_at1, 9 - 1);
  let i_3 = i32(u32(group) / 14u);
  let i_4 = group - i_3 * 14;
  let row_at0 = i_4 * 6;
  let i_5 = min(row_at0, 80 - 1);
  let i_6 = i32(u32(i_5) / u32(40));
  let m1_0 = i_5 - i_6 * 40;
  let row_at1 = i_4 * 6 + 1;
  let i_7 = min(row_at1, 80 - 1);
  let i_8 = i32(u32(i_7) / u32(40));
  let m1_1 = i_7 - i_8 * 40;
  let row_at2 = i_4 * 6 + 2;
  let i_9 = min(row_at2, 80 - 1);
  let i_10 = i32(u32(i_9) / u32(40));
  let m1_2 = i_9 - i_10 * 40;
  let row_at3 = i_4 * 6 + 3;
  let i_11 = min(row_at3, 80 - 1);
  let i_12 = i32(u32(i_11) / u32(40));
  let m1_3 = i_11 - i_12 * 40;
  let row_at4 = i_4 * 6 + 4;
  let i_13 = min(row_at4, 80 - 1);
  let i_14 = i32(u32(i_13) / u32(40));
  let m1_4 = i_13 - i_14 * 40;
  let row_at5 = i_4 * 6 + 5;
  let i_15 = min(row_at5, 80 - 1);
  let i_16 = i32(u32(i_15) / u32(40));
  let m1_5 = i_15 - i_16 * 40;
  let batch_at0 = i_3;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_2_1 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_3_1 = 0.0f;
  var acc_4_0 = 0.0f;
  var acc_4_1 = 0.0f;
  var acc_5_0 = 0.0f;
  var acc_5_1 = 0.0f;
  let i_17 = 160 * i_6 + 4 * m1_0;
  let i_20 = 160 * i_8 + 4 * m1_1;
  let i_23 = 160 * i_10 + 4 * m1_2;
  let i_26 = 160 * i_12 + 4 * m1_3;
  let i_29 = 160 * i_14 + 4 * m1_4;
  let i_32 = 160 * i_16 + 4 * m1_5;
  let i_36 = 4 * i_1;
  let i_39 = 4 * i_2;
  for (var k0_first = 0; k0_first < 4; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 4 - 1);
    let i_18 = i_17 + k0_mine;
    let f_19 = arg0[i_18];
    let i_21 = i_20 + k0_mine;
    let f_22 = arg0[i_21];
    let i_24 = i_23 + k0_mine;
    let f_25 = arg0[i_24];
    let i_27 = i_26 + k0_mine;
    let f_28 = arg0[i_27];
    let i_30 = i_29 + k0_mine;
    let f_31 = arg0[i_30];
    let i_33 = i_32 + k0_mine;
    let f_34 = arg0[i_33];
    let i_35 = min(8, 4 - k0_first);
    for (var step = 0; step < i_35; step += 1) {
      let k0 = k0_first + step;
      let i_37 = i_36 + k0;
      let f_38 = arg1[i_37];
      let i_40 = i_39 + k0;
      let f_41 = arg1[i_40];
      let left0_0 = subgroupShuffle(f_19, u32(step));
      let left1_0 = subgroupShuffle(f_22, u32(step));
      let left2_0 = subgroupShuffle(f_25, u32(step));
      let left3_0 = subgroupShuffle(f_28, u32(step));
      let left4_0 = subgroupShuffle(f_31, u32(step));
      let left5_0 = subgroupShuffle(f_34, u32(step));
      acc_0_0 = fma(left0_0, f_38, acc_0_0);
      acc_0_1 = fma(left0_0, f_41, acc_0_1);
      acc_1_0 = fma(left1_0, f_38, acc_1_0);
      acc_1_1 = fma(left1_0, f_41, acc_1_1);
      acc_2_0 = fma(left2_0, f_38, acc_2_0);
      acc_2_1 = fma(left2_0, f_41, acc_2_1);
      acc_3_0 = fma(left3_0, f_38, acc_3_0);
      acc_3_1 = fma(left3_0, f_41, acc_3_1);
      acc_4_0 = fma(left4_0, f_38, acc_4_0);
      acc_4_1 = fma(left4_0, f_41, acc_4_1);
      acc_5_0 = fma(left5_0, f_38, acc_5_0);
      acc_5_1 = fma(left5_0, f_41, acc_5_1);
    }
  }
  let i_42 = 120 * i_6 + 3 * m1_0;
  let i_46 = 120 * i_8 + 3 * m1_1;
  let i_50 = 120 * i_10 + 3 * m1_2;
  let i_54 = 120 * i_12 + 3 * m1_3;
  let i_58 = 120 * i_14 + 3 * m1_4;
  let i_62 = 120 * i_16 + 3 * m1_5;
  let i_67 = 3 * i_1;
  let i_70 = 3 * i_2;
  {
    for (var k1_first = 0; k1_first < 3; k1_first += 8) {
      let k1_mine = min(k1_first + lane, 3 - 1);
      let i_43 = i_42 + k1_mine;
      let f_44 = arg2[i_43];
      let f_45 = 2.0f * f_44;
      let i_47 = i_46 + k1_mine;
      let f_48 = arg2[i_47];
      let f_49 = 2.0f * f_48;
      let i_51 = i_50 + k1_mine;
      let f_52 = arg2[i_51];
      let f_53 = 2.0f * f_52;
      let i_55 = i_54 + k1_mine;
      let f_56 = arg2[i_55];
      let f_57 = 2.0f * f_56;
      let i_59 = i_58 + k1_mine;
      let f_60 = arg2[i_59];
      let f_61 = 2.0f * f_60;
      let i_63 = i_62 + k1_mine;
      let f_64 = arg2[i_63];
      let f_65 = 2.0f * f_64;
      let i_66 = min(8, 3 - k1_first);
      for (var step = 0; step < i_66; step += 1) {
        let k1 = k1_first + step;
        let i_68 = i_67 + k1;
        let f_69 = arg3[i_68];
        let i_71 = i_70 + k1;
        let f_72 = arg3[i_71];
        let left0_0 = subgroupShuffle(f_45, u32(step));
        let left1_0 = subgroupShuffle(f_49, u32(step));
        let left2_0 = subgroupShuffle(f_53, u32(step));
        let left3_0 = subgroupShuffle(f_57, u32(step));
        let left4_0 = subgroupShuffle(f_61, u32(step));
        let left5_0 = subgroupShuffle(f_65, u32(step));
        acc_0_0 = fma(left0_0, f_69, acc_0_0);
        acc_0_1 = fma(left0_0, f_72, acc_0_1);
        acc_1_0 = fma(left1_0, f_69, acc_1_0);
        acc_1_1 = fma(left1_0, f_72, acc_1_1);
        acc_2_0 = fma(left2_0, f_69, acc_2_0);
        acc_2_1 = fma(left2_0, f_72, acc_2_1);
        acc_3_0 = fma(left3_0, f_69, acc_3_0);
        acc_3_1 = fma(left3_0, f_72, acc_3_1);
        acc_4_0 = fma(left4_0, f_69, acc_4_0);
        acc_4_1 = fma(left4_0, f_72, acc_4_1);
        acc_5_0 = fma(left5_0, f_69, acc_5_0);
        acc_5_1 = fma(left5_0, f_72, acc_5_1);
      }
    }
  }
  let i_73 = 360 * i_6 + 9 * m1_0 + i_1;
  let i_74 = 360 * i_6 + 9 * m1_0 + i_2;
  if (row_at0 < 80) {
    if (col_at0 < 9) {
      out[i_73] = acc_0_0;
    }
    if (col_at1 < 9) {
      out[i_74] = acc_0_1;
    }
  }
  let i_75 = 360 * i_8 + 9 * m1_1 + i_1;
  let i_76 = 360 * i_8 + 9 * m1_1 + i_2;
  if (row_at1 < 80) {
    if (col_at0 < 9) {
      out[i_75] = acc_1_0;
    }
    if (col_at1 < 9) {
      out[i_76] = acc_1_1;
    }
  }
  let i_77 = 360 * i_10 + 9 * m1_2 + i_1;
  let i_78 = 360 * i_10 + 9 * m1_2 + i_2;
  if (row_at2 < 80) {
    if (col_at0 < 9) {
      out[i_77] = acc_2_0;
    }
    if (col_at1 < 9) {
      out[i_78] = acc_2_1;
    }
  }
  let i_79 = 360 * i_12 + 9 * m1_3 + i_1;
  let i_80 = 360 * i_12 + 9 * m1_3 + i_2;
  if (row_at3 < 80) {
    if (col_at0 < 9) {
      out[i_79] = acc_3_0;
    }
    if (col_at1 < 9) {
      out[i_80] = acc_3_1;
    }
  }
  let i_81 = 360 * i_14 + 9 * m1_4 + i_1;
  let i_82 = 360 * i_14 + 9 * m1_4 + i_2;
  if (row_at4 < 80) {
    if (col_at0 < 9) {
      out[i_81] = acc_4_0;
    }
    if (col_at1 < 9) {
      out[i_82] = acc_4_1;
    }
  }
  let i_83 = 360 * i_16 + 9 * m1_5 + i_1;
  let i_84 = 360 * i_16 + 9 * m1_5 + i_2;
  if (row_at5 < 80) {
    if (col_at0 < 9) {
      out[i_83] = acc_5_0;
    }
    if (col_at1 < 9) {
      out[i_84] = acc_5_1;
    }
  }
}
