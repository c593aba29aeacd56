// last: 97200 operations, 9600 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 400>;
var<workgroup> held1: array<f32, 400>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_19 = 400 * group;
  {
    for (var tile = 0; tile < 2 + (group >> 31u); tile += 1) {
      let col_at0 = i_0;
      let i_1 = min(col_at0, 20 - 1);
      let col_at1 = i_0 + 8;
      let i_2 = min(col_at1, 20 - 1);
      let col_at2 = i_0 + 16;
      let i_3 = min(col_at2, 20 - 1);
      let i_4 = i32(u32(tile) / 2u);
      let i_5 = tile - i_4 * 2;
      let row_at0 = i_5 * 12;
      let i_6 = min(row_at0, 20 - 1);
      let row_at1 = i_5 * 12 + 1;
      let i_7 = min(row_at1, 20 - 1);
      let row_at2 = i_5 * 12 + 2;
      let i_8 = min(row_at2, 20 - 1);
      let row_at3 = i_5 * 12 + 3;
      let i_9 = min(row_at3, 20 - 1);
      let row_at4 = i_5 * 12 + 4;
      let i_10 = min(row_at4, 20 - 1);
      let row_at5 = i_5 * 12 + 5;
      let i_11 = min(row_at5, 20 - 1);
      let row_at6 = i_5 * 12 + 6;
      let i_12 = min(row_at6, 20 - 1);
      let row_at7 = i_5 * 12 + 7;
      let i_13 = min(row_at7, 20 - 1);
      let row_at8 = i_5 * 12 + 8;
      let i_14 = min(row_at8, 20 - 1);
      let row_at9 = i_5 * 12 + 9;
      let i_15 = min(row_at9, 20 - 1);
      let row_at10 = i_5 * 12 + 10;
      let i_16 = min(row_at10, 20 - 1);
      let row_at11 = i_5 * 12 + 11;
      let i_17 = min(row_at11, 20 - 1);
      let batch_at0 = i_4;
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
      let i_24 = i_19 + i_1;
      let i_27 = i_19 + i_2;
      let i_30 = i_19 + i_3;
      for (var k0_first = 0; k0_first < 20 + (group >> 31u); k0_first += 8) {
        let k0_mine = min(k0_first + lane, 20 - 1);
        var loaded: array<f32, 12>;
        let i_20 = i_19 + k0_mine;
        for (var i = 0; i < 12 + (group >> 31u); i += 1) {
          let row_at = row_at0 + i;
          let i_18 = min(row_at, 20 - 1);
          let i_21 = i_20 + 20 * i_18;
          let f_22 = arg0[i_21];
          loaded[i] = f_22;
        }
        let i_23 = min(8, 20 - k0_first);
        for (var step = 0; step < i_23 + (group >> 31u); step += 1) {
          let k0 = k0_first + step;
          let i_25 = i_24 + 20 * k0;
          let f_26 = arg0[i_25];
          let i_28 = i_27 + 20 * k0;
          let f_29 = arg0[i_28];
          let i_31 = i_30 + 20 * k0;
          let f_32 = arg0[i_31];
          let left0_0 = subgroupShuffle(loaded[0], u32(step));
          let left1_0 = subgroupShuffle(loaded[1], u32(step));
          let left2_0 = subgroupShuffle(loaded[2], u32(step));
          let left3_0 = subgroupShuffle(loaded[3], u32(step));
          let left4_0 = subgroupShuffle(loaded[4], u32(step));
          let left5_0 = subgroupShuffle(loaded[5], u32(step));
          let left6_0 = subgroupShuffle(loaded[6], u32(step));
          let left7_0 = subgroupShuffle(loaded[7], u32(step));
          let left8_0 = subgroupShuffle(loaded[8], u32(step));
          let left9_0 = subgroupShuffle(loaded[9], u32(step));
          let left10_0 = subgroupShuffle(loaded[10], u32(step));
          let left11_0 = subgroupShuffle(loaded[11], u32(step));
          acc_0_0 = fma(left0_0, f_26, acc_0_0);
          acc_0_1 = fma(left0_0, f_29, acc_0_1);
          acc_0_2 = fma(left0_0, f_32, acc_0_2);
          acc_1_0 = fma(left1_0, f_26, acc_1_0);
          acc_1_1 = fma(left1_0, f_29, acc_1_1);
          acc_1_2 = fma(left1_0, f_32, acc_1_2);
          acc_2_0 = fma(left2_0, f_26, acc_2_0);
          acc_2_1 = fma(left2_0, f_29, acc_2_1);
          acc_2_2 = fma(left2_0, f_32, acc_2_2);
          acc_3_0 = fma(left3_0, f_26, acc_3_0);
          acc_3_1 = fma(left3_0, f_29, acc_3_1);
          acc_3_2 = fma(left3_0, f_32, acc_3_2);
          acc_4_0 = fma(left4_0, f_26, acc_4_0);
          acc_4_1 = fma(left4_0, f_29, acc_4_1);
          acc_4_2 = fma(left4_0, f_32, acc_4_2);
          acc_5_0 = fma(left5_0, f_26, acc_5_0);
          acc_5_1 = fma(left5_0, f_29, acc_5_1);
          acc_5_2 = fma(left5_0, f_32, acc_5_2);
          acc_6_0 = fma(left6_0, f_26, acc_6_0);
          acc_6_1 = fma(left6_0, f_29, acc_6_1);
          acc_6_2 = fma(left6_0, f_32, acc_6_2);
          acc_7_0 = fma(left7_0, f_26, acc_7_0);
          acc_7_1 = fma(left7_0, f_29, acc_7_1);
          acc_7_2 = fma(left7_0, f_32, acc_7_2);
          acc_8_0 = fma(left8_0, f_26, acc_8_0);
          acc_8_1 = fma(left8_0, f_29, acc_8_1);
          acc_8_2 = fma(left8_0, f_32, acc_8_2);
          acc_9_0 = fma(left9_0, f_26, acc_9_0);
          acc_9_1 = fma(left9_0, f_29, acc_9_1);
          acc_9_2 = fma(left9_0, f_32, acc_9_2);
          acc_10_0 = fma(left10_0, f_26, acc_10_0);
          acc_10_1 = fma(left10_0, f_29, acc_10_1);
          acc_10_2 = fma(left10_0, f_32, acc_10_2);
          acc_11_0 = fma(left11_0, f_26, acc_11_0);
          acc_11_1 = fma(left11_0, f_29, acc_11_1);
          acc_11_2 = fma(left11_0, f_32, acc_11_2);
        }
      }
      var results: array<f32, 36>;
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
      for (var i = 0; i < 12 + (group >> 31u); i += 1) {
        let row_at = row_at0 + i;
        if (row_at < 20) {
          let i_33 = 20 * row_at;
          for (var j = 0; j < 3 + (group >> 31u); j += 1) {
            let col_at = col_at0 + j * 8;
            if (col_at < 20) {
              let result = results[i * 3 + j];
              let i_34 = i_33 + col_at;
              held0[i_34] = result;
            }
          }
        }
      }
    }
  }
  workgroupBarrier();
  {
    for (var tile = 0; tile < 2 + (group >> 31u); tile += 1) {
      let col_at0 = i_0;
      let i_35 = min(col_at0, 20 - 1);
      let col_at1 = i_0 + 8;
      let i_36 = min(col_at1, 20 - 1);
      let col_at2 = i_0 + 16;
      let i_37 = min(col_at2, 20 - 1);
      let i_38 = i32(u32(tile) / 2u);
      let i_39 = tile - i_38 * 2;
      let row_at0 = i_39 * 12;
      let i_40 = min(row_at0, 20 - 1);
      let row_at1 = i_39 * 12 + 1;
      let i_41 = min(row_at1, 20 - 1);
      let row_at2 = i_39 * 12 + 2;
      let i_42 = min(row_at2, 20 - 1);
      let row_at3 = i_39 * 12 + 3;
      let i_43 = min(row_at3, 20 - 1);
      let row_at4 = i_39 * 12 + 4;
      let i_44 = min(row_at4, 20 - 1);
      let row_at5 = i_39 * 12 + 5;
      let i_45 = min(row_at5, 20 - 1);
      let row_at6 = i_39 * 12 + 6;
      let i_46 = min(row_at6, 20 - 1);
      let row_at7 = i_39 * 12 + 7;
      let i_47 = min(row_at7, 20 - 1);
      let row_at8 = i_39 * 12 + 8;
      let i_48 = min(row_at8, 20 - 1);
      let row_at9 = i_39 * 12 + 9;
      let i_49 = min(row_at9, 20 - 1);
      let row_at10 = i_39 * 12 + 10;
      let i_50 = min(row_at10, 20 - 1);
      let row_at11 = i_39 * 12 + 11;
      let i_51 = min(row_at11, 20 - 1);
      let batch_at0 = i_38;
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
      let i_56 = i_19 + i_35;
      let i_59 = i_19 + i_36;
      let i_62 = i_19 + i_37;
      for (var k0_first = 0; k0_first < 20 + (group >> 31u); k0_first += 8) {
        let k0_mine = min(k0_first + lane, 20 - 1);
        var loaded: array<f32, 12>;
        for (var i = 0; i < 12 + (group >> 31u); i += 1) {
          let row_at = row_at0 + i;
          let i_52 = min(row_at, 20 - 1);
          let i_53 = k0_mine + 20 * i_52;
          let f_54 = held0[i_53];
          loaded[i] = f_54;
        }
        let i_55 = min(8, 20 - k0_first);
        for (var step = 0; step < i_55 + (group >> 31u); step += 1) {
          let k0 = k0_first + step;
          let i_57 = i_56 + 20 * k0;
          let f_58 = arg0[i_57];
          let i_60 = i_59 + 20 * k0;
          let f_61 = arg0[i_60];
          let i_63 = i_62 + 20 * k0;
          let f_64 = arg0[i_63];
          let left0_0 = subgroupShuffle(loaded[0], u32(step));
          let left1_0 = subgroupShuffle(loaded[1], u32(step));
          let left2_0 = subgroupShuffle(loaded[2], u32(step));
          let left3_0 = subgroupShuffle(loaded[3], u32(step));
          let left4_0 = subgroupShuffle(loaded[4], u32(step));
          let left5_0 = subgroupShuffle(loaded[5], u32(step));
          let left6_0 = subgroupShuffle(loaded[6], u32(step));
          let left7_0 = subgroupShuffle(loaded[7], u32(step));
          let left8_0 = subgroupShuffle(loaded[8], u32(step));
          let left9_0 = subgroupShuffle(loaded[9], u32(step));
          let left10_0 = subgroupShuffle(loaded[10], u32(step));
          let left11_0 = subgroupShuffle(loaded[11], u32(step));
          acc_0_0 = fma(left0_0, f_58, acc_0_0);
          acc_0_1 = fma(left0_0, f_61, acc_0_1);
          acc_0_2 = fma(left0_0, f_64, acc_0_2);
          acc_1_0 = fma(left1_0, f_58, acc_1_0);
          acc_1_1 = fma(left1_0, f_61, acc_1_1);
          acc_1_2 = fma(left1_0, f_64, acc_1_2);
          acc_2_0 = fma(left2_0, f_58, acc_2_0);
          acc_2_1 = fma(left2_0, f_61, acc_2_1);
          acc_2_2 = fma(left2_0, f_64, acc_2_2);
          acc_3_0 = fma(left3_0, f_58, acc_3_0);
          acc_3_1 = fma(left3_0, f_61, acc_3_1);
          acc_3_2 = fma(left3_0, f_64, acc_3_2);
          acc_4_0 = fma(left4_0, f_58, acc_4_0);
          acc_4_1 = fma(left4_0, f_61, acc_4_1);
          acc_4_2 = fma(left4_0, f_64, acc_4_2);
          acc_5_0 = fma(left5_0, f_58, acc_5_0);
          acc_5_1 = fma(left5_0, f_61, acc_5_1);
          acc_5_2 = fma(left5_0, f_64, acc_5_2);
          acc_6_0 = fma(left6_0, f_58, acc_6_0);
          acc_6_1 = fma(left6_0, f_61, acc_6_1);
          acc_6_2 = fma(left6_0, f_64, acc_6_2);
          acc_7_0 = fma(left7_0, f_58, acc_7_0);
          acc_7_1 = fma(left7_0, f_61, acc_7_1);
          acc_7_2 = fma(left7_0, f_64, acc_7_2);
          acc_8_0 = fma(left8_0, f_58, acc_8_0);
          acc_8_1 = fma(left8_0, f_61, acc_8_1);
          acc_8_2 = fma(left8_0, f_64, acc_8_2);
          acc_9_0 = fma(left9_0, f_58, acc_9_0);
          acc_9_1 = fma(left9_0, f_61, acc_9_1);
          acc_9_2 = fma(left9_0, f_64, acc_9_2);
          acc_10_0 = fma(left10_0, f_58, acc_10_0);
          acc_10_1 = fma(left10_0, f_61, acc_10_1);
          acc_10_2 = fma(left10_0, f_64, acc_10_2);
          acc_11_0 = fma(left11_0, f_58, acc_11_0);
          acc_11_1 = fma(left11_0, f_61, acc_11_1);
          acc_11_2 = fma(left11_0, f_64, acc_11_2);
        }
      }
      var results: array<f32, 36>;
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
      for (var i = 0; i < 12 + (group >> 31u); i += 1) {
        let row_at = row_at0 + i;
        if (row_at < 20) {
          let i_65 = 20 * row_at;
          for (var j = 0; j < 3 + (group >> 31u); j += 1) {
            let col_at = col_at0 + j * 8;
            if (col_at < 20) {
              let result = results[i * 3 + j];
              let i_66 = i_65 + col_at;
              held1[i_66] = result;
            }
          }
        }
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 400 + (group >> 31u); at += 8) {
      let f_67 = held1[at];
      let i_68 = i32(u32(at) / 20u);
      let i_69 = at - i_68 * 20;
      let i_70 = i_68 + 20 * i_69;
      let f_71 = held1[i_70];
      let f_72 = f_67 * f_71;
      let i_73 = i_19 + at;
      out0[i_73] = f_72;
    }
  }
}
