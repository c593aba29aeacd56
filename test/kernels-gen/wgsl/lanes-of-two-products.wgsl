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
  if (group >= 2 * 7) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 9 - 1);
  let i_4 = i32(u32(i_1) / 7u);
  let i_5 = i_1 - i_4 * 7;
  let row_at0 = i_5 * 6;
  let i_6 = min(row_at0, 40 - 1);
  let row_at1 = i_5 * 6 + 1;
  let i_7 = min(row_at1, 40 - 1);
  let row_at2 = i_5 * 6 + 2;
  let i_8 = min(row_at2, 40 - 1);
  let row_at3 = i_5 * 6 + 3;
  let i_9 = min(row_at3, 40 - 1);
  let row_at4 = i_5 * 6 + 4;
  let i_10 = min(row_at4, 40 - 1);
  let row_at5 = i_5 * 6 + 5;
  let i_11 = min(row_at5, 40 - 1);
  let batch_at0 = i_4;
  var acc_0_0 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_4_0 = 0.0f;
  var acc_5_0 = 0.0f;
  let i_12 = 4 * i_6;
  let i_15 = 4 * i_7;
  let i_18 = 4 * i_8;
  let i_21 = 4 * i_9;
  let i_24 = 4 * i_10;
  let i_27 = 4 * i_11;
  let i_31 = 4 * i_3;
  for (var k0_first = 0; k0_first < 4; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 4 - 1);
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
    let i_28 = i_27 + k0_mine;
    let f_29 = arg0[i_28];
    let i_30 = min(8, 4 - k0_first);
    for (var step = 0; step < i_30; step += 2) {
      let k0 = k0_first + step;
      let i_32 = i_31 + k0;
      let f_33 = arg1[i_32];
      let f_34 = arg1[i_32 + 1];
      let left0_0 = subgroupShuffle(f_14, u32(step));
      let left1_0 = subgroupShuffle(f_17, u32(step));
      let left2_0 = subgroupShuffle(f_20, u32(step));
      let left3_0 = subgroupShuffle(f_23, u32(step));
      let left4_0 = subgroupShuffle(f_26, u32(step));
      let left5_0 = subgroupShuffle(f_29, u32(step));
      acc_0_0 = fma(left0_0, f_33, acc_0_0);
      acc_1_0 = fma(left1_0, f_33, acc_1_0);
      acc_2_0 = fma(left2_0, f_33, acc_2_0);
      acc_3_0 = fma(left3_0, f_33, acc_3_0);
      acc_4_0 = fma(left4_0, f_33, acc_4_0);
      acc_5_0 = fma(left5_0, f_33, acc_5_0);
      let left0_1 = subgroupShuffle(f_14, u32(step + 1));
      let left1_1 = subgroupShuffle(f_17, u32(step + 1));
      let left2_1 = subgroupShuffle(f_20, u32(step + 1));
      let left3_1 = subgroupShuffle(f_23, u32(step + 1));
      let left4_1 = subgroupShuffle(f_26, u32(step + 1));
      let left5_1 = subgroupShuffle(f_29, u32(step + 1));
      acc_0_0 = fma(left0_1, f_34, acc_0_0);
      acc_1_0 = fma(left1_1, f_34, acc_1_0);
      acc_2_0 = fma(left2_1, f_34, acc_2_0);
      acc_3_0 = fma(left3_1, f_34, acc_3_0);
      acc_4_0 = fma(left4_1, f_34, acc_4_0);
      acc_5_0 = fma(left5_1, f_34, acc_5_0);
    }
  }
  let i_35 = 3 * i_6;
  let i_39 = 3 * i_7;
  let i_43 = 3 * i_8;
  let i_47 = 3 * i_9;
  let i_51 = 3 * i_10;
  let i_55 = 3 * i_11;
  let i_60 = 3 * i_3;
  for (var k1_first = 0; k1_first < 3; k1_first += 8) {
    let k1_mine = min(k1_first + lane, 3 - 1);
    let i_36 = i_35 + k1_mine;
    let f_37 = arg2[i_36];
    let f_38 = 2.0f * f_37;
    let i_40 = i_39 + k1_mine;
    let f_41 = arg2[i_40];
    let f_42 = 2.0f * f_41;
    let i_44 = i_43 + k1_mine;
    let f_45 = arg2[i_44];
    let f_46 = 2.0f * f_45;
    let i_48 = i_47 + k1_mine;
    let f_49 = arg2[i_48];
    let f_50 = 2.0f * f_49;
    let i_52 = i_51 + k1_mine;
    let f_53 = arg2[i_52];
    let f_54 = 2.0f * f_53;
    let i_56 = i_55 + k1_mine;
    let f_57 = arg2[i_56];
    let f_58 = 2.0f * f_57;
    let i_59 = min(8, 3 - k1_first);
    for (var step = 0; step < i_59; step += 1) {
      let k1 = k1_first + step;
      let i_61 = i_60 + k1;
      let f_62 = arg3[i_61];
      let left0_0 = subgroupShuffle(f_38, u32(step));
      let left1_0 = subgroupShuffle(f_42, u32(step));
      let left2_0 = subgroupShuffle(f_46, u32(step));
      let left3_0 = subgroupShuffle(f_50, u32(step));
      let left4_0 = subgroupShuffle(f_54, u32(step));
      let left5_0 = subgroupShuffle(f_58, u32(step));
      acc_0_0 = fma(left0_0, f_62, acc_0_0);
      acc_1_0 = fma(left1_0, f_62, acc_1_0);
      acc_2_0 = fma(left2_0, f_62, acc_2_0);
      acc_3_0 = fma(left3_0, f_62, acc_3_0);
      acc_4_0 = fma(left4_0, f_62, acc_4_0);
      acc_5_0 = fma(left5_0, f_62, acc_5_0);
    }
  }
  let i_63 = 9 * i_6 + i_3;
  if (row_at0 < 40) {
    if (col_at0 < 9) {
      out[i_63] = acc_0_0;
    }
  }
  let i_64 = 9 * i_7 + i_3;
  if (row_at1 < 40) {
    if (col_at0 < 9) {
      out[i_64] = acc_1_0;
    }
  }
  let i_65 = 9 * i_8 + i_3;
  if (row_at2 < 40) {
    if (col_at0 < 9) {
      out[i_65] = acc_2_0;
    }
  }
  let i_66 = 9 * i_9 + i_3;
  if (row_at3 < 40) {
    if (col_at0 < 9) {
      out[i_66] = acc_3_0;
    }
  }
  let i_67 = 9 * i_10 + i_3;
  if (row_at4 < 40) {
    if (col_at0 < 9) {
      out[i_67] = acc_4_0;
    }
  }
  let i_68 = 9 * i_11 + i_3;
  if (row_at5 < 40) {
    if (col_at0 < 9) {
      out[i_68] = acc_5_0;
    }
  }
}
