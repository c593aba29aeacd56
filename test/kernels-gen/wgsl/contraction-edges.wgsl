@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 15) / 16;
  if (group >= 3 * i_0) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / 3u);
  let i_3 = group - i_2 * 3;
  let col_at0 = i_3 * 16 + i_1;
  let i_4 = min(col_at0, 33 - 1);
  let col_at1 = i_3 * 16 + i_1 + 8;
  let i_5 = min(col_at1, 33 - 1);
  let i_6 = (lane >> 3u) & 7;
  let i_7 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_8 = i_2 - i_7 * i_0;
  let row_at0 = i_8 * 16 + i_6;
  let i_9 = min(row_at0, tokens - 1);
  let row_at1 = i_8 * 16 + i_6 + 8;
  let i_10 = min(row_at1, tokens - 1);
  let batch_at0 = i_7;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  let i_11 = 6 * i_9;
  let i_14 = 6 * i_10;
  let i_17 = 6 * i_4;
  let i_20 = 6 * i_5;
  for (var k0 = 0; k0 < 6; k0 += 2) {
    let i_12 = i_11 + k0;
    let f_13 = arg0[i_12];
    let i_15 = i_14 + k0;
    let f_16 = arg0[i_15];
    let i_18 = i_17 + k0;
    let f_19 = arg1[i_18];
    let i_21 = i_20 + k0;
    let f_22 = arg1[i_21];
    acc_0_0 += f_13 * f_19;
    acc_0_1 += f_13 * f_22;
    acc_1_0 += f_16 * f_19;
    acc_1_1 += f_16 * f_22;
    let f_23 = arg0[i_12 + 1];
    let f_24 = arg0[i_15 + 1];
    let f_25 = arg1[i_18 + 1];
    let f_26 = arg1[i_21 + 1];
    acc_0_0 += f_23 * f_25;
    acc_0_1 += f_23 * f_26;
    acc_1_0 += f_24 * f_25;
    acc_1_1 += f_24 * f_26;
  }
  let i_27 = 33 * i_9 + i_4;
  let f_28 = arg2[i_4];
  let i_29 = 33 * i_9 + i_5;
  let f_30 = arg2[i_5];
  if (row_at0 < tokens) {
    if (col_at0 < 33) {
      out[i_27] = (acc_0_0 * 0.5f) + f_28;
    }
    if (col_at1 < 33) {
      out[i_29] = (acc_0_1 * 0.5f) + f_30;
    }
  }
  let i_31 = 33 * i_10 + i_4;
  let i_32 = 33 * i_10 + i_5;
  if (row_at1 < tokens) {
    if (col_at0 < 33) {
      out[i_31] = (acc_1_0 * 0.5f) + f_28;
    }
    if (col_at1 < 33) {
      out[i_32] = (acc_1_1 * 0.5f) + f_30;
    }
  }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 31) / 32;
  if (group >= i_0 * 3) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / u32(max(i_0, 1)));
  let i_3 = group - i_2 * i_0;
  let col_at0 = i_3 * 32 + i_1;
  let i_4 = min(col_at0, tokens - 1);
  let col_at1 = i_3 * 32 + i_1 + 8;
  let i_5 = min(col_at1, tokens - 1);
  let col_at2 = i_3 * 32 + i_1 + 16;
  let i_6 = min(col_at2, tokens - 1);
  let col_at3 = i_3 * 32 + i_1 + 24;
  let i_7 = min(col_at3, tokens - 1);
  let i_8 = i32(u32(i_2) / 3u);
  let i_9 = i_2 - i_8 * 3;
  let row_at0 = i_9 * 12;
  let i_10 = min(row_at0, 33 - 1);
  let row_at1 = i_9 * 12 + 1;
  let i_11 = min(row_at1, 33 - 1);
  let row_at2 = i_9 * 12 + 2;
  let i_12 = min(row_at2, 33 - 1);
  let row_at3 = i_9 * 12 + 3;
  let i_13 = min(row_at3, 33 - 1);
  let row_at4 = i_9 * 12 + 4;
  let i_14 = min(row_at4, 33 - 1);
  let row_at5 = i_9 * 12 + 5;
  let i_15 = min(row_at5, 33 - 1);
  let row_at6 = i_9 * 12 + 6;
  let i_16 = min(row_at6, 33 - 1);
  let row_at7 = i_9 * 12 + 7;
  let i_17 = min(row_at7, 33 - 1);
  let row_at8 = i_9 * 12 + 8;
  let i_18 = min(row_at8, 33 - 1);
  let row_at9 = i_9 * 12 + 9;
  let i_19 = min(row_at9, 33 - 1);
  let row_at10 = i_9 * 12 + 10;
  let i_20 = min(row_at10, 33 - 1);
  let row_at11 = i_9 * 12 + 11;
  let i_21 = min(row_at11, 33 - 1);
  let batch_at0 = i_8;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_0_2 = 0.0f;
  var acc_0_3 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  var acc_1_2 = 0.0f;
  var acc_1_3 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_2_1 = 0.0f;
  var acc_2_2 = 0.0f;
  var acc_2_3 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_3_1 = 0.0f;
  var acc_3_2 = 0.0f;
  var acc_3_3 = 0.0f;
  var acc_4_0 = 0.0f;
  var acc_4_1 = 0.0f;
  var acc_4_2 = 0.0f;
  var acc_4_3 = 0.0f;
  var acc_5_0 = 0.0f;
  var acc_5_1 = 0.0f;
  var acc_5_2 = 0.0f;
  var acc_5_3 = 0.0f;
  var acc_6_0 = 0.0f;
  var acc_6_1 = 0.0f;
  var acc_6_2 = 0.0f;
  var acc_6_3 = 0.0f;
  var acc_7_0 = 0.0f;
  var acc_7_1 = 0.0f;
  var acc_7_2 = 0.0f;
  var acc_7_3 = 0.0f;
  var acc_8_0 = 0.0f;
  var acc_8_1 = 0.0f;
  var acc_8_2 = 0.0f;
  var acc_8_3 = 0.0f;
  var acc_9_0 = 0.0f;
  var acc_9_1 = 0.0f;
  var acc_9_2 = 0.0f;
  var acc_9_3 = 0.0f;
  var acc_10_0 = 0.0f;
  var acc_10_1 = 0.0f;
  var acc_10_2 = 0.0f;
  var acc_10_3 = 0.0f;
  var acc_11_0 = 0.0f;
  var acc_11_1 = 0.0f;
  var acc_11_2 = 0.0f;
  var acc_11_3 = 0.0f;
  let i_22 = 6 * i_10;
  let i_25 = 6 * i_11;
  let i_28 = 6 * i_12;
  let i_31 = 6 * i_13;
  let i_34 = 6 * i_14;
  let i_37 = 6 * i_15;
  let i_40 = 6 * i_16;
  let i_43 = 6 * i_17;
  let i_46 = 6 * i_18;
  let i_49 = 6 * i_19;
  let i_52 = 6 * i_20;
  let i_55 = 6 * i_21;
  let i_59 = 6 * i_4;
  let i_62 = 6 * i_5;
  let i_65 = 6 * i_6;
  let i_68 = 6 * i_7;
  for (var k0_first = 0; k0_first < 6; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 6 - 1);
    let i_23 = i_22 + k0_mine;
    let f_24 = arg1[i_23];
    let i_26 = i_25 + k0_mine;
    let f_27 = arg1[i_26];
    let i_29 = i_28 + k0_mine;
    let f_30 = arg1[i_29];
    let i_32 = i_31 + k0_mine;
    let f_33 = arg1[i_32];
    let i_35 = i_34 + k0_mine;
    let f_36 = arg1[i_35];
    let i_38 = i_37 + k0_mine;
    let f_39 = arg1[i_38];
    let i_41 = i_40 + k0_mine;
    let f_42 = arg1[i_41];
    let i_44 = i_43 + k0_mine;
    let f_45 = arg1[i_44];
    let i_47 = i_46 + k0_mine;
    let f_48 = arg1[i_47];
    let i_50 = i_49 + k0_mine;
    let f_51 = arg1[i_50];
    let i_53 = i_52 + k0_mine;
    let f_54 = arg1[i_53];
    let i_56 = i_55 + k0_mine;
    let f_57 = arg1[i_56];
    let i_58 = min(8, 6 - k0_first);
    for (var step = 0; step < i_58; step += 2) {
      let k0 = k0_first + step;
      let i_60 = i_59 + k0;
      let f_61 = arg0[i_60];
      let i_63 = i_62 + k0;
      let f_64 = arg0[i_63];
      let i_66 = i_65 + k0;
      let f_67 = arg0[i_66];
      let i_69 = i_68 + k0;
      let f_70 = arg0[i_69];
      let left0_0 = subgroupShuffle(f_24, u32(step));
      let left1_0 = subgroupShuffle(f_27, u32(step));
      let left2_0 = subgroupShuffle(f_30, u32(step));
      let left3_0 = subgroupShuffle(f_33, u32(step));
      let left4_0 = subgroupShuffle(f_36, u32(step));
      let left5_0 = subgroupShuffle(f_39, u32(step));
      let left6_0 = subgroupShuffle(f_42, u32(step));
      let left7_0 = subgroupShuffle(f_45, u32(step));
      let left8_0 = subgroupShuffle(f_48, u32(step));
      let left9_0 = subgroupShuffle(f_51, u32(step));
      let left10_0 = subgroupShuffle(f_54, u32(step));
      let left11_0 = subgroupShuffle(f_57, u32(step));
      acc_0_0 = fma(left0_0, f_61, acc_0_0);
      acc_0_1 = fma(left0_0, f_64, acc_0_1);
      acc_0_2 = fma(left0_0, f_67, acc_0_2);
      acc_0_3 = fma(left0_0, f_70, acc_0_3);
      acc_1_0 = fma(left1_0, f_61, acc_1_0);
      acc_1_1 = fma(left1_0, f_64, acc_1_1);
      acc_1_2 = fma(left1_0, f_67, acc_1_2);
      acc_1_3 = fma(left1_0, f_70, acc_1_3);
      acc_2_0 = fma(left2_0, f_61, acc_2_0);
      acc_2_1 = fma(left2_0, f_64, acc_2_1);
      acc_2_2 = fma(left2_0, f_67, acc_2_2);
      acc_2_3 = fma(left2_0, f_70, acc_2_3);
      acc_3_0 = fma(left3_0, f_61, acc_3_0);
      acc_3_1 = fma(left3_0, f_64, acc_3_1);
      acc_3_2 = fma(left3_0, f_67, acc_3_2);
      acc_3_3 = fma(left3_0, f_70, acc_3_3);
      acc_4_0 = fma(left4_0, f_61, acc_4_0);
      acc_4_1 = fma(left4_0, f_64, acc_4_1);
      acc_4_2 = fma(left4_0, f_67, acc_4_2);
      acc_4_3 = fma(left4_0, f_70, acc_4_3);
      acc_5_0 = fma(left5_0, f_61, acc_5_0);
      acc_5_1 = fma(left5_0, f_64, acc_5_1);
      acc_5_2 = fma(left5_0, f_67, acc_5_2);
      acc_5_3 = fma(left5_0, f_70, acc_5_3);
      acc_6_0 = fma(left6_0, f_61, acc_6_0);
      acc_6_1 = fma(left6_0, f_64, acc_6_1);
      acc_6_2 = fma(left6_0, f_67, acc_6_2);
      acc_6_3 = fma(left6_0, f_70, acc_6_3);
      acc_7_0 = fma(left7_0, f_61, acc_7_0);
      acc_7_1 = fma(left7_0, f_64, acc_7_1);
      acc_7_2 = fma(left7_0, f_67, acc_7_2);
      acc_7_3 = fma(left7_0, f_70, acc_7_3);
      acc_8_0 = fma(left8_0, f_61, acc_8_0);
      acc_8_1 = fma(left8_0, f_64, acc_8_1);
      acc_8_2 = fma(left8_0, f_67, acc_8_2);
      acc_8_3 = fma(left8_0, f_70, acc_8_3);
      acc_9_0 = fma(left9_0, f_61, acc_9_0);
      acc_9_1 = fma(left9_0, f_64, acc_9_1);
      acc_9_2 = fma(left9_0, f_67, acc_9_2);
      acc_9_3 = fma(left9_0, f_70, acc_9_3);
      acc_10_0 = fma(left10_0, f_61, acc_10_0);
      acc_10_1 = fma(left10_0, f_64, acc_10_1);
      acc_10_2 = fma(left10_0, f_67, acc_10_2);
      acc_10_3 = fma(left10_0, f_70, acc_10_3);
      acc_11_0 = fma(left11_0, f_61, acc_11_0);
      acc_11_1 = fma(left11_0, f_64, acc_11_1);
      acc_11_2 = fma(left11_0, f_67, acc_11_2);
      acc_11_3 = fma(left11_0, f_70, acc_11_3);
      let f_71 = arg0[i_60 + 1];
      let f_72 = arg0[i_63 + 1];
      let f_73 = arg0[i_66 + 1];
      let f_74 = arg0[i_69 + 1];
      let left0_1 = subgroupShuffle(f_24, u32(step + 1));
      let left1_1 = subgroupShuffle(f_27, u32(step + 1));
      let left2_1 = subgroupShuffle(f_30, u32(step + 1));
      let left3_1 = subgroupShuffle(f_33, u32(step + 1));
      let left4_1 = subgroupShuffle(f_36, u32(step + 1));
      let left5_1 = subgroupShuffle(f_39, u32(step + 1));
      let left6_1 = subgroupShuffle(f_42, u32(step + 1));
      let left7_1 = subgroupShuffle(f_45, u32(step + 1));
      let left8_1 = subgroupShuffle(f_48, u32(step + 1));
      let left9_1 = subgroupShuffle(f_51, u32(step + 1));
      let left10_1 = subgroupShuffle(f_54, u32(step + 1));
      let left11_1 = subgroupShuffle(f_57, u32(step + 1));
      acc_0_0 = fma(left0_1, f_71, acc_0_0);
      acc_0_1 = fma(left0_1, f_72, acc_0_1);
      acc_0_2 = fma(left0_1, f_73, acc_0_2);
      acc_0_3 = fma(left0_1, f_74, acc_0_3);
      acc_1_0 = fma(left1_1, f_71, acc_1_0);
      acc_1_1 = fma(left1_1, f_72, acc_1_1);
      acc_1_2 = fma(left1_1, f_73, acc_1_2);
      acc_1_3 = fma(left1_1, f_74, acc_1_3);
      acc_2_0 = fma(left2_1, f_71, acc_2_0);
      acc_2_1 = fma(left2_1, f_72, acc_2_1);
      acc_2_2 = fma(left2_1, f_73, acc_2_2);
      acc_2_3 = fma(left2_1, f_74, acc_2_3);
      acc_3_0 = fma(left3_1, f_71, acc_3_0);
      acc_3_1 = fma(left3_1, f_72, acc_3_1);
      acc_3_2 = fma(left3_1, f_73, acc_3_2);
      acc_3_3 = fma(left3_1, f_74, acc_3_3);
      acc_4_0 = fma(left4_1, f_71, acc_4_0);
      acc_4_1 = fma(left4_1, f_72, acc_4_1);
      acc_4_2 = fma(left4_1, f_73, acc_4_2);
      acc_4_3 = fma(left4_1, f_74, acc_4_3);
      acc_5_0 = fma(left5_1, f_71, acc_5_0);
      acc_5_1 = fma(left5_1, f_72, acc_5_1);
      acc_5_2 = fma(left5_1, f_73, acc_5_2);
      acc_5_3 = fma(left5_1, f_74, acc_5_3);
      acc_6_0 = fma(left6_1, f_71, acc_6_0);
      acc_6_1 = fma(left6_1, f_72, acc_6_1);
      acc_6_2 = fma(left6_1, f_73, acc_6_2);
      acc_6_3 = fma(left6_1, f_74, acc_6_3);
      acc_7_0 = fma(left7_1, f_71, acc_7_0);
      acc_7_1 = fma(left7_1, f_72, acc_7_1);
      acc_7_2 = fma(left7_1, f_73, acc_7_2);
      acc_7_3 = fma(left7_1, f_74, acc_7_3);
      acc_8_0 = fma(left8_1, f_71, acc_8_0);
      acc_8_1 = fma(left8_1, f_72, acc_8_1);
      acc_8_2 = fma(left8_1, f_73, acc_8_2);
      acc_8_3 = fma(left8_1, f_74, acc_8_3);
      acc_9_0 = fma(left9_1, f_71, acc_9_0);
      acc_9_1 = fma(left9_1, f_72, acc_9_1);
      acc_9_2 = fma(left9_1, f_73, acc_9_2);
      acc_9_3 = fma(left9_1, f_74, acc_9_3);
      acc_10_0 = fma(left10_1, f_71, acc_10_0);
      acc_10_1 = fma(left10_1, f_72, acc_10_1);
      acc_10_2 = fma(left10_1, f_73, acc_10_2);
      acc_10_3 = fma(left10_1, f_74, acc_10_3);
      acc_11_0 = fma(left11_1, f_71, acc_11_0);
      acc_11_1 = fma(left11_1, f_72, acc_11_1);
      acc_11_2 = fma(left11_1, f_73, acc_11_2);
      acc_11_3 = fma(left11_1, f_74, acc_11_3);
    }
  }
  let i_75 = i_10 + 33 * i_4;
  let f_76 = arg2[i_10];
  let i_77 = i_10 + 33 * i_5;
  let i_78 = i_10 + 33 * i_6;
  let i_79 = i_10 + 33 * i_7;
  if (row_at0 < 33) {
    if (col_at0 < tokens) {
      out[i_75] = (acc_0_0 * 0.5f) + f_76;
    }
    if (col_at1 < tokens) {
      out[i_77] = (acc_0_1 * 0.5f) + f_76;
    }
    if (col_at2 < tokens) {
      out[i_78] = (acc_0_2 * 0.5f) + f_76;
    }
    if (col_at3 < tokens) {
      out[i_79] = (acc_0_3 * 0.5f) + f_76;
    }
  }
  let i_80 = i_11 + 33 * i_4;
  let f_81 = arg2[i_11];
  let i_82 = i_11 + 33 * i_5;
  let i_83 = i_11 + 33 * i_6;
  let i_84 = i_11 + 33 * i_7;
  if (row_at1 < 33) {
    if (col_at0 < tokens) {
      out[i_80] = (acc_1_0 * 0.5f) + f_81;
    }
    if (col_at1 < tokens) {
      out[i_82] = (acc_1_1 * 0.5f) + f_81;
    }
    if (col_at2 < tokens) {
      out[i_83] = (acc_1_2 * 0.5f) + f_81;
    }
    if (col_at3 < tokens) {
      out[i_84] = (acc_1_3 * 0.5f) + f_81;
    }
  }
  let i_85 = i_12 + 33 * i_4;
  let f_86 = arg2[i_12];
  let i_87 = i_12 + 33 * i_5;
  let i_88 = i_12 + 33 * i_6;
  let i_89 = i_12 + 33 * i_7;
  if (row_at2 < 33) {
    if (col_at0 < tokens) {
      out[i_85] = (acc_2_0 * 0.5f) + f_86;
    }
    if (col_at1 < tokens) {
      out[i_87] = (acc_2_1 * 0.5f) + f_86;
    }
    if (col_at2 < tokens) {
      out[i_88] = (acc_2_2 * 0.5f) + f_86;
    }
    if (col_at3 < tokens) {
      out[i_89] = (acc_2_3 * 0.5f) + f_86;
    }
  }
  let i_90 = i_13 + 33 * i_4;
  let f_91 = arg2[i_13];
  let i_92 = i_13 + 33 * i_5;
  let i_93 = i_13 + 33 * i_6;
  let i_94 = i_13 + 33 * i_7;
  if (row_at3 < 33) {
    if (col_at0 < tokens) {
      out[i_90] = (acc_3_0 * 0.5f) + f_91;
    }
    if (col_at1 < tokens) {
      out[i_92] = (acc_3_1 * 0.5f) + f_91;
    }
    if (col_at2 < tokens) {
      out[i_93] = (acc_3_2 * 0.5f) + f_91;
    }
    if (col_at3 < tokens) {
      out[i_94] = (acc_3_3 * 0.5f) + f_91;
    }
  }
  let i_95 = i_14 + 33 * i_4;
  let f_96 = arg2[i_14];
  let i_97 = i_14 + 33 * i_5;
  let i_98 = i_14 + 33 * i_6;
  let i_99 = i_14 + 33 * i_7;
  if (row_at4 < 33) {
    if (col_at0 < tokens) {
      out[i_95] = (acc_4_0 * 0.5f) + f_96;
    }
    if (col_at1 < tokens) {
      out[i_97] = (acc_4_1 * 0.5f) + f_96;
    }
    if (col_at2 < tokens) {
      out[i_98] = (acc_4_2 * 0.5f) + f_96;
    }
    if (col_at3 < tokens) {
      out[i_99] = (acc_4_3 * 0.5f) + f_96;
    }
  }
  let i_100 = i_15 + 33 * i_4;
  let f_101 = arg2[i_15];
  let i_102 = i_15 + 33 * i_5;
  let i_103 = i_15 + 33 * i_6;
  let i_104 = i_15 + 33 * i_7;
  if (row_at5 < 33) {
    if (col_at0 < tokens) {
      out[i_100] = (acc_5_0 * 0.5f) + f_101;
    }
    if (col_at1 < tokens) {
      out[i_102] = (acc_5_1 * 0.5f) + f_101;
    }
    if (col_at2 < tokens) {
      out[i_103] = (acc_5_2 * 0.5f) + f_101;
    }
    if (col_at3 < tokens) {
      out[i_104] = (acc_5_3 * 0.5f) + f_101;
    }
  }
  let i_105 = i_16 + 33 * i_4;
  let f_106 = arg2[i_16];
  let i_107 = i_16 + 33 * i_5;
  let i_108 = i_16 + 33 * i_6;
  let i_109 = i_16 + 33 * i_7;
  if (row_at6 < 33) {
    if (col_at0 < tokens) {
      out[i_105] = (acc_6_0 * 0.5f) + f_106;
    }
    if (col_at1 < tokens) {
      out[i_107] = (acc_6_1 * 0.5f) + f_106;
    }
    if (col_at2 < tokens) {
      out[i_108] = (acc_6_2 * 0.5f) + f_106;
    }
    if (col_at3 < tokens) {
      out[i_109] = (acc_6_3 * 0.5f) + f_106;
    }
  }
  let i_110 = i_17 + 33 * i_4;
  let f_111 = arg2[i_17];
  let i_112 = i_17 + 33 * i_5;
  let i_113 = i_17 + 33 * i_6;
  let i_114 = i_17 + 33 * i_7;
  if (row_at7 < 33) {
    if (col_at0 < tokens) {
      out[i_110] = (acc_7_0 * 0.5f) + f_111;
    }
    if (col_at1 < tokens) {
      out[i_112] = (acc_7_1 * 0.5f) + f_111;
    }
    if (col_at2 < tokens) {
      out[i_113] = (acc_7_2 * 0.5f) + f_111;
    }
    if (col_at3 < tokens) {
      out[i_114] = (acc_7_3 * 0.5f) + f_111;
    }
  }
  let i_115 = i_18 + 33 * i_4;
  let f_116 = arg2[i_18];
  let i_117 = i_18 + 33 * i_5;
  let i_118 = i_18 + 33 * i_6;
  let i_119 = i_18 + 33 * i_7;
  if (row_at8 < 33) {
    if (col_at0 < tokens) {
      out[i_115] = (acc_8_0 * 0.5f) + f_116;
    }
    if (col_at1 < tokens) {
      out[i_117] = (acc_8_1 * 0.5f) + f_116;
    }
    if (col_at2 < tokens) {
      out[i_118] = (acc_8_2 * 0.5f) + f_116;
    }
    if (col_at3 < tokens) {
      out[i_119] = (acc_8_3 * 0.5f) + f_116;
    }
  }
  let i_120 = i_19 + 33 * i_4;
  let f_121 = arg2[i_19];
  let i_122 = i_19 + 33 * i_5;
  let i_123 = i_19 + 33 * i_6;
  let i_124 = i_19 + 33 * i_7;
  if (row_at9 < 33) {
    if (col_at0 < tokens) {
      out[i_120] = (acc_9_0 * 0.5f) + f_121;
    }
    if (col_at1 < tokens) {
      out[i_122] = (acc_9_1 * 0.5f) + f_121;
    }
    if (col_at2 < tokens) {
      out[i_123] = (acc_9_2 * 0.5f) + f_121;
    }
    if (col_at3 < tokens) {
      out[i_124] = (acc_9_3 * 0.5f) + f_121;
    }
  }
  let i_125 = i_20 + 33 * i_4;
  let f_126 = arg2[i_20];
  let i_127 = i_20 + 33 * i_5;
  let i_128 = i_20 + 33 * i_6;
  let i_129 = i_20 + 33 * i_7;
  if (row_at10 < 33) {
    if (col_at0 < tokens) {
      out[i_125] = (acc_10_0 * 0.5f) + f_126;
    }
    if (col_at1 < tokens) {
      out[i_127] = (acc_10_1 * 0.5f) + f_126;
    }
    if (col_at2 < tokens) {
      out[i_128] = (acc_10_2 * 0.5f) + f_126;
    }
    if (col_at3 < tokens) {
      out[i_129] = (acc_10_3 * 0.5f) + f_126;
    }
  }
  let i_130 = i_21 + 33 * i_4;
  let f_131 = arg2[i_21];
  let i_132 = i_21 + 33 * i_5;
  let i_133 = i_21 + 33 * i_6;
  let i_134 = i_21 + 33 * i_7;
  if (row_at11 < 33) {
    if (col_at0 < tokens) {
      out[i_130] = (acc_11_0 * 0.5f) + f_131;
    }
    if (col_at1 < tokens) {
      out[i_132] = (acc_11_1 * 0.5f) + f_131;
    }
    if (col_at2 < tokens) {
      out[i_133] = (acc_11_2 * 0.5f) + f_131;
    }
    if (col_at3 < tokens) {
      out[i_134] = (acc_11_3 * 0.5f) + f_131;
    }
  }
}
