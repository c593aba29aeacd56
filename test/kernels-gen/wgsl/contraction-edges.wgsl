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
  let f_27 = arg2[i_4];
  let i_28 = 33 * i_9 + i_4;
  let f_29 = arg2[i_5];
  let i_30 = 33 * i_9 + i_5;
  if (row_at0 < tokens) {
    if (col_at0 < 33) {
      out[i_28] = (acc_0_0 * 0.5f) + f_27;
    }
    if (col_at1 < 33) {
      out[i_30] = (acc_0_1 * 0.5f) + f_29;
    }
  }
  let i_31 = 33 * i_10 + i_4;
  let i_32 = 33 * i_10 + i_5;
  if (row_at1 < tokens) {
    if (col_at0 < 33) {
      out[i_31] = (acc_1_0 * 0.5f) + f_27;
    }
    if (col_at1 < 33) {
      out[i_32] = (acc_1_1 * 0.5f) + f_29;
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
  let i_0 = (tokens + 15) / 16;
  if (group >= 2 * i_0) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / 2u);
  let i_3 = group - i_2 * 2;
  let col_at0 = i_3 * 24 + i_1;
  let i_4 = min(col_at0, 33 - 1);
  let col_at1 = i_3 * 24 + i_1 + 8;
  let i_5 = min(col_at1, 33 - 1);
  let col_at2 = i_3 * 24 + i_1 + 16;
  let i_6 = min(col_at2, 33 - 1);
  let i_7 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_8 = i_2 - i_7 * i_0;
  let row_at0 = i_8 * 16;
  let i_9 = min(row_at0, tokens - 1);
  let row_at1 = i_8 * 16 + 1;
  let i_10 = min(row_at1, tokens - 1);
  let row_at2 = i_8 * 16 + 2;
  let i_11 = min(row_at2, tokens - 1);
  let row_at3 = i_8 * 16 + 3;
  let i_12 = min(row_at3, tokens - 1);
  let row_at4 = i_8 * 16 + 4;
  let i_13 = min(row_at4, tokens - 1);
  let row_at5 = i_8 * 16 + 5;
  let i_14 = min(row_at5, tokens - 1);
  let row_at6 = i_8 * 16 + 6;
  let i_15 = min(row_at6, tokens - 1);
  let row_at7 = i_8 * 16 + 7;
  let i_16 = min(row_at7, tokens - 1);
  let row_at8 = i_8 * 16 + 8;
  let i_17 = min(row_at8, tokens - 1);
  let row_at9 = i_8 * 16 + 9;
  let i_18 = min(row_at9, tokens - 1);
  let row_at10 = i_8 * 16 + 10;
  let i_19 = min(row_at10, tokens - 1);
  let row_at11 = i_8 * 16 + 11;
  let i_20 = min(row_at11, tokens - 1);
  let row_at12 = i_8 * 16 + 12;
  let i_21 = min(row_at12, tokens - 1);
  let row_at13 = i_8 * 16 + 13;
  let i_22 = min(row_at13, tokens - 1);
  let row_at14 = i_8 * 16 + 14;
  let i_23 = min(row_at14, tokens - 1);
  let row_at15 = i_8 * 16 + 15;
  let i_24 = min(row_at15, tokens - 1);
  let batch_at0 = i_7;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_0_2 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  var acc_1_2 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_2_1 = 0.0f;
  var acc_2_2 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_3_1 = 0.0f;
  var acc_3_2 = 0.0f;
  var acc_4_0 = 0.0f;
  var acc_4_1 = 0.0f;
  var acc_4_2 = 0.0f;
  var acc_5_0 = 0.0f;
  var acc_5_1 = 0.0f;
  var acc_5_2 = 0.0f;
  var acc_6_0 = 0.0f;
  var acc_6_1 = 0.0f;
  var acc_6_2 = 0.0f;
  var acc_7_0 = 0.0f;
  var acc_7_1 = 0.0f;
  var acc_7_2 = 0.0f;
  var acc_8_0 = 0.0f;
  var acc_8_1 = 0.0f;
  var acc_8_2 = 0.0f;
  var acc_9_0 = 0.0f;
  var acc_9_1 = 0.0f;
  var acc_9_2 = 0.0f;
  var acc_10_0 = 0.0f;
  var acc_10_1 = 0.0f;
  var acc_10_2 = 0.0f;
  var acc_11_0 = 0.0f;
  var acc_11_1 = 0.0f;
  var acc_11_2 = 0.0f;
  var acc_12_0 = 0.0f;
  var acc_12_1 = 0.0f;
  var acc_12_2 = 0.0f;
  var acc_13_0 = 0.0f;
  var acc_13_1 = 0.0f;
  var acc_13_2 = 0.0f;
  var acc_14_0 = 0.0f;
  var acc_14_1 = 0.0f;
  var acc_14_2 = 0.0f;
  var acc_15_0 = 0.0f;
  var acc_15_1 = 0.0f;
  var acc_15_2 = 0.0f;
  let i_25 = 6 * i_9;
  let i_28 = 6 * i_10;
  let i_31 = 6 * i_11;
  let i_34 = 6 * i_12;
  let i_37 = 6 * i_13;
  let i_40 = 6 * i_14;
  let i_43 = 6 * i_15;
  let i_46 = 6 * i_16;
  let i_49 = 6 * i_17;
  let i_52 = 6 * i_18;
  let i_55 = 6 * i_19;
  let i_58 = 6 * i_20;
  let i_61 = 6 * i_21;
  let i_64 = 6 * i_22;
  let i_67 = 6 * i_23;
  let i_70 = 6 * i_24;
  let i_74 = 6 * i_4;
  let i_77 = 6 * i_5;
  let i_80 = 6 * i_6;
  for (var k0_first = 0; k0_first < 6; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 6 - 1);
    let i_26 = i_25 + k0_mine;
    let f_27 = arg0[i_26];
    let i_29 = i_28 + k0_mine;
    let f_30 = arg0[i_29];
    let i_32 = i_31 + k0_mine;
    let f_33 = arg0[i_32];
    let i_35 = i_34 + k0_mine;
    let f_36 = arg0[i_35];
    let i_38 = i_37 + k0_mine;
    let f_39 = arg0[i_38];
    let i_41 = i_40 + k0_mine;
    let f_42 = arg0[i_41];
    let i_44 = i_43 + k0_mine;
    let f_45 = arg0[i_44];
    let i_47 = i_46 + k0_mine;
    let f_48 = arg0[i_47];
    let i_50 = i_49 + k0_mine;
    let f_51 = arg0[i_50];
    let i_53 = i_52 + k0_mine;
    let f_54 = arg0[i_53];
    let i_56 = i_55 + k0_mine;
    let f_57 = arg0[i_56];
    let i_59 = i_58 + k0_mine;
    let f_60 = arg0[i_59];
    let i_62 = i_61 + k0_mine;
    let f_63 = arg0[i_62];
    let i_65 = i_64 + k0_mine;
    let f_66 = arg0[i_65];
    let i_68 = i_67 + k0_mine;
    let f_69 = arg0[i_68];
    let i_71 = i_70 + k0_mine;
    let f_72 = arg0[i_71];
    let i_73 = min(8, 6 - k0_first);
    for (var step = 0; step < i_73; step += 1) {
      let k0 = k0_first + step;
      let i_75 = i_74 + k0;
      let f_76 = arg1[i_75];
      let i_78 = i_77 + k0;
      let f_79 = arg1[i_78];
      let i_81 = i_80 + k0;
      let f_82 = arg1[i_81];
      let left0_0 = subgroupShuffle(f_27, u32(step));
      let left1_0 = subgroupShuffle(f_30, u32(step));
      let left2_0 = subgroupShuffle(f_33, u32(step));
      let left3_0 = subgroupShuffle(f_36, u32(step));
      let left4_0 = subgroupShuffle(f_39, u32(step));
      let left5_0 = subgroupShuffle(f_42, u32(step));
      let left6_0 = subgroupShuffle(f_45, u32(step));
      let left7_0 = subgroupShuffle(f_48, u32(step));
      let left8_0 = subgroupShuffle(f_51, u32(step));
      let left9_0 = subgroupShuffle(f_54, u32(step));
      let left10_0 = subgroupShuffle(f_57, u32(step));
      let left11_0 = subgroupShuffle(f_60, u32(step));
      let left12_0 = subgroupShuffle(f_63, u32(step));
      let left13_0 = subgroupShuffle(f_66, u32(step));
      let left14_0 = subgroupShuffle(f_69, u32(step));
      let left15_0 = subgroupShuffle(f_72, u32(step));
      acc_0_0 = fma(left0_0, f_76, acc_0_0);
      acc_0_1 = fma(left0_0, f_79, acc_0_1);
      acc_0_2 = fma(left0_0, f_82, acc_0_2);
      acc_1_0 = fma(left1_0, f_76, acc_1_0);
      acc_1_1 = fma(left1_0, f_79, acc_1_1);
      acc_1_2 = fma(left1_0, f_82, acc_1_2);
      acc_2_0 = fma(left2_0, f_76, acc_2_0);
      acc_2_1 = fma(left2_0, f_79, acc_2_1);
      acc_2_2 = fma(left2_0, f_82, acc_2_2);
      acc_3_0 = fma(left3_0, f_76, acc_3_0);
      acc_3_1 = fma(left3_0, f_79, acc_3_1);
      acc_3_2 = fma(left3_0, f_82, acc_3_2);
      acc_4_0 = fma(left4_0, f_76, acc_4_0);
      acc_4_1 = fma(left4_0, f_79, acc_4_1);
      acc_4_2 = fma(left4_0, f_82, acc_4_2);
      acc_5_0 = fma(left5_0, f_76, acc_5_0);
      acc_5_1 = fma(left5_0, f_79, acc_5_1);
      acc_5_2 = fma(left5_0, f_82, acc_5_2);
      acc_6_0 = fma(left6_0, f_76, acc_6_0);
      acc_6_1 = fma(left6_0, f_79, acc_6_1);
      acc_6_2 = fma(left6_0, f_82, acc_6_2);
      acc_7_0 = fma(left7_0, f_76, acc_7_0);
      acc_7_1 = fma(left7_0, f_79, acc_7_1);
      acc_7_2 = fma(left7_0, f_82, acc_7_2);
      acc_8_0 = fma(left8_0, f_76, acc_8_0);
      acc_8_1 = fma(left8_0, f_79, acc_8_1);
      acc_8_2 = fma(left8_0, f_82, acc_8_2);
      acc_9_0 = fma(left9_0, f_76, acc_9_0);
      acc_9_1 = fma(left9_0, f_79, acc_9_1);
      acc_9_2 = fma(left9_0, f_82, acc_9_2);
      acc_10_0 = fma(left10_0, f_76, acc_10_0);
      acc_10_1 = fma(left10_0, f_79, acc_10_1);
      acc_10_2 = fma(left10_0, f_82, acc_10_2);
      acc_11_0 = fma(left11_0, f_76, acc_11_0);
      acc_11_1 = fma(left11_0, f_79, acc_11_1);
      acc_11_2 = fma(left11_0, f_82, acc_11_2);
      acc_12_0 = fma(left12_0, f_76, acc_12_0);
      acc_12_1 = fma(left12_0, f_79, acc_12_1);
      acc_12_2 = fma(left12_0, f_82, acc_12_2);
      acc_13_0 = fma(left13_0, f_76, acc_13_0);
      acc_13_1 = fma(left13_0, f_79, acc_13_1);
      acc_13_2 = fma(left13_0, f_82, acc_13_2);
      acc_14_0 = fma(left14_0, f_76, acc_14_0);
      acc_14_1 = fma(left14_0, f_79, acc_14_1);
      acc_14_2 = fma(left14_0, f_82, acc_14_2);
      acc_15_0 = fma(left15_0, f_76, acc_15_0);
      acc_15_1 = fma(left15_0, f_79, acc_15_1);
      acc_15_2 = fma(left15_0, f_82, acc_15_2);
    }
  }
  var results: array<f32, 48>;
  results[0] = acc_0_0;
  results[1] = acc_0_1;
  results[2] = acc_0_2;
  results[3] = acc_1_0;
  results[4] = acc_1_1;
  results[5] = acc_1_2;
  results[6] = acc_2_0;
  results[7] = acc_2_1;
  results[8] = acc_2_2;
  results[9] = acc_3_0;
  results[10] = acc_3_1;
  results[11] = acc_3_2;
  results[12] = acc_4_0;
  results[13] = acc_4_1;
  results[14] = acc_4_2;
  results[15] = acc_5_0;
  results[16] = acc_5_1;
  results[17] = acc_5_2;
  results[18] = acc_6_0;
  results[19] = acc_6_1;
  results[20] = acc_6_2;
  results[21] = acc_7_0;
  results[22] = acc_7_1;
  results[23] = acc_7_2;
  results[24] = acc_8_0;
  results[25] = acc_8_1;
  results[26] = acc_8_2;
  results[27] = acc_9_0;
  results[28] = acc_9_1;
  results[29] = acc_9_2;
  results[30] = acc_10_0;
  results[31] = acc_10_1;
  results[32] = acc_10_2;
  results[33] = acc_11_0;
  results[34] = acc_11_1;
  results[35] = acc_11_2;
  results[36] = acc_12_0;
  results[37] = acc_12_1;
  results[38] = acc_12_2;
  results[39] = acc_13_0;
  results[40] = acc_13_1;
  results[41] = acc_13_2;
  results[42] = acc_14_0;
  results[43] = acc_14_1;
  results[44] = acc_14_2;
  results[45] = acc_15_0;
  results[46] = acc_15_1;
  results[47] = acc_15_2;
  for (var i = 0; i < 16 + (group >> 31u); i += 1) {
    let row_at = row_at0 + i;
    if (row_at < tokens) {
      let i_84 = 33 * row_at;
      for (var j = 0; j < 3 + (group >> 31u); j += 1) {
        let col_at = col_at0 + j * 8;
        if (col_at < 33) {
          let result = results[i * 3 + j];
          let f_83 = arg2[col_at];
          let i_85 = i_84 + col_at;
          out[i_85] = (result * 0.5f) + f_83;
        }
      }
    }
  }
}
