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
      var acc_0_0 = f32();
      var acc_0_1 = f32();
      var acc_0_2 = f32();
      var acc_1_0 = f32();
      var acc_1_1 = f32();
      var acc_1_2 = f32();
      var acc_2_0 = f32();
      var acc_2_1 = f32();
      var acc_2_2 = f32();
      var acc_3_0 = f32();
      var acc_3_1 = f32();
      var acc_3_2 = f32();
      var acc_4_0 = f32();
      var acc_4_1 = f32();
      var acc_4_2 = f32();
      var acc_5_0 = f32();
      var acc_5_1 = f32();
      var acc_5_2 = f32();
      var acc_6_0 = f32();
      var acc_6_1 = f32();
      var acc_6_2 = f32();
      var acc_7_0 = f32();
      var acc_7_1 = f32();
      var acc_7_2 = f32();
      var acc_8_0 = f32();
      var acc_8_1 = f32();
      var acc_8_2 = f32();
      var acc_9_0 = f32();
      var acc_9_1 = f32();
      var acc_9_2 = f32();
      var acc_10_0 = f32();
      var acc_10_1 = f32();
      var acc_10_2 = f32();
      var acc_11_0 = f32();
      var acc_11_1 = f32();
      var acc_11_2 = f32();
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
          let i_33 = u32(step);
          let v_34 = subgroupShuffle(loaded[0], i_33);
          acc_0_0 = fma(v_34, f_26, acc_0_0);
          acc_0_1 = fma(v_34, f_29, acc_0_1);
          acc_0_2 = fma(v_34, f_32, acc_0_2);
          let v_35 = subgroupShuffle(loaded[1], i_33);
          acc_1_0 = fma(v_35, f_26, acc_1_0);
          acc_1_1 = fma(v_35, f_29, acc_1_1);
          acc_1_2 = fma(v_35, f_32, acc_1_2);
          let v_36 = subgroupShuffle(loaded[2], i_33);
          acc_2_0 = fma(v_36, f_26, acc_2_0);
          acc_2_1 = fma(v_36, f_29, acc_2_1);
          acc_2_2 = fma(v_36, f_32, acc_2_2);
          let v_37 = subgroupShuffle(loaded[3], i_33);
          acc_3_0 = fma(v_37, f_26, acc_3_0);
          acc_3_1 = fma(v_37, f_29, acc_3_1);
          acc_3_2 = fma(v_37, f_32, acc_3_2);
          let v_38 = subgroupShuffle(loaded[4], i_33);
          acc_4_0 = fma(v_38, f_26, acc_4_0);
          acc_4_1 = fma(v_38, f_29, acc_4_1);
          acc_4_2 = fma(v_38, f_32, acc_4_2);
          let v_39 = subgroupShuffle(loaded[5], i_33);
          acc_5_0 = fma(v_39, f_26, acc_5_0);
          acc_5_1 = fma(v_39, f_29, acc_5_1);
          acc_5_2 = fma(v_39, f_32, acc_5_2);
          let v_40 = subgroupShuffle(loaded[6], i_33);
          acc_6_0 = fma(v_40, f_26, acc_6_0);
          acc_6_1 = fma(v_40, f_29, acc_6_1);
          acc_6_2 = fma(v_40, f_32, acc_6_2);
          let v_41 = subgroupShuffle(loaded[7], i_33);
          acc_7_0 = fma(v_41, f_26, acc_7_0);
          acc_7_1 = fma(v_41, f_29, acc_7_1);
          acc_7_2 = fma(v_41, f_32, acc_7_2);
          let v_42 = subgroupShuffle(loaded[8], i_33);
          acc_8_0 = fma(v_42, f_26, acc_8_0);
          acc_8_1 = fma(v_42, f_29, acc_8_1);
          acc_8_2 = fma(v_42, f_32, acc_8_2);
          let v_43 = subgroupShuffle(loaded[9], i_33);
          acc_9_0 = fma(v_43, f_26, acc_9_0);
          acc_9_1 = fma(v_43, f_29, acc_9_1);
          acc_9_2 = fma(v_43, f_32, acc_9_2);
          let v_44 = subgroupShuffle(loaded[10], i_33);
          acc_10_0 = fma(v_44, f_26, acc_10_0);
          acc_10_1 = fma(v_44, f_29, acc_10_1);
          acc_10_2 = fma(v_44, f_32, acc_10_2);
          let v_45 = subgroupShuffle(loaded[11], i_33);
          acc_11_0 = fma(v_45, f_26, acc_11_0);
          acc_11_1 = fma(v_45, f_29, acc_11_1);
          acc_11_2 = fma(v_45, f_32, acc_11_2);
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
          let i_46 = 20 * row_at;
          for (var j = 0; j < 3 + (group >> 31u); j += 1) {
            let col_at = col_at0 + j * 8;
            if (col_at < 20) {
              let result = results[i * 3 + j];
              let i_47 = i_46 + col_at;
              held0[i_47] = result;
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
      let i_48 = min(col_at0, 20 - 1);
      let col_at1 = i_0 + 8;
      let i_49 = min(col_at1, 20 - 1);
      let col_at2 = i_0 + 16;
      let i_50 = min(col_at2, 20 - 1);
      let i_51 = i32(u32(tile) / 2u);
      let i_52 = tile - i_51 * 2;
      let row_at0 = i_52 * 12;
      let i_53 = min(row_at0, 20 - 1);
      let row_at1 = i_52 * 12 + 1;
      let i_54 = min(row_at1, 20 - 1);
      let row_at2 = i_52 * 12 + 2;
      let i_55 = min(row_at2, 20 - 1);
      let row_at3 = i_52 * 12 + 3;
      let i_56 = min(row_at3, 20 - 1);
      let row_at4 = i_52 * 12 + 4;
      let i_57 = min(row_at4, 20 - 1);
      let row_at5 = i_52 * 12 + 5;
      let i_58 = min(row_at5, 20 - 1);
      let row_at6 = i_52 * 12 + 6;
      let i_59 = min(row_at6, 20 - 1);
      let row_at7 = i_52 * 12 + 7;
      let i_60 = min(row_at7, 20 - 1);
      let row_at8 = i_52 * 12 + 8;
      let i_61 = min(row_at8, 20 - 1);
      let row_at9 = i_52 * 12 + 9;
      let i_62 = min(row_at9, 20 - 1);
      let row_at10 = i_52 * 12 + 10;
      let i_63 = min(row_at10, 20 - 1);
      let row_at11 = i_52 * 12 + 11;
      let i_64 = min(row_at11, 20 - 1);
      let batch_at0 = i_51;
      var acc_0_0 = f32();
      var acc_0_1 = f32();
      var acc_0_2 = f32();
      var acc_1_0 = f32();
      var acc_1_1 = f32();
      var acc_1_2 = f32();
      var acc_2_0 = f32();
      var acc_2_1 = f32();
      var acc_2_2 = f32();
      var acc_3_0 = f32();
      var acc_3_1 = f32();
      var acc_3_2 = f32();
      var acc_4_0 = f32();
      var acc_4_1 = f32();
      var acc_4_2 = f32();
      var acc_5_0 = f32();
      var acc_5_1 = f32();
      var acc_5_2 = f32();
      var acc_6_0 = f32();
      var acc_6_1 = f32();
      var acc_6_2 = f32();
      var acc_7_0 = f32();
      var acc_7_1 = f32();
      var acc_7_2 = f32();
      var acc_8_0 = f32();
      var acc_8_1 = f32();
      var acc_8_2 = f32();
      var acc_9_0 = f32();
      var acc_9_1 = f32();
      var acc_9_2 = f32();
      var acc_10_0 = f32();
      var acc_10_1 = f32();
      var acc_10_2 = f32();
      var acc_11_0 = f32();
      var acc_11_1 = f32();
      var acc_11_2 = f32();
      let i_69 = i_19 + i_48;
      let i_72 = i_19 + i_49;
      let i_75 = i_19 + i_50;
      for (var k0_first = 0; k0_first < 20 + (group >> 31u); k0_first += 8) {
        let k0_mine = min(k0_first + lane, 20 - 1);
        var loaded: array<f32, 12>;
        for (var i = 0; i < 12 + (group >> 31u); i += 1) {
          let row_at = row_at0 + i;
          let i_65 = min(row_at, 20 - 1);
          let i_66 = k0_mine + 20 * i_65;
          let f_67 = held0[i_66];
          loaded[i] = f_67;
        }
        let i_68 = min(8, 20 - k0_first);
        for (var step = 0; step < i_68 + (group >> 31u); step += 1) {
          let k0 = k0_first + step;
          let i_70 = i_69 + 20 * k0;
          let f_71 = arg0[i_70];
          let i_73 = i_72 + 20 * k0;
          let f_74 = arg0[i_73];
          let i_76 = i_75 + 20 * k0;
          let f_77 = arg0[i_76];
          let i_78 = u32(step);
          let v_79 = subgroupShuffle(loaded[0], i_78);
          acc_0_0 = fma(v_79, f_71, acc_0_0);
          acc_0_1 = fma(v_79, f_74, acc_0_1);
          acc_0_2 = fma(v_79, f_77, acc_0_2);
          let v_80 = subgroupShuffle(loaded[1], i_78);
          acc_1_0 = fma(v_80, f_71, acc_1_0);
          acc_1_1 = fma(v_80, f_74, acc_1_1);
          acc_1_2 = fma(v_80, f_77, acc_1_2);
          let v_81 = subgroupShuffle(loaded[2], i_78);
          acc_2_0 = fma(v_81, f_71, acc_2_0);
          acc_2_1 = fma(v_81, f_74, acc_2_1);
          acc_2_2 = fma(v_81, f_77, acc_2_2);
          let v_82 = subgroupShuffle(loaded[3], i_78);
          acc_3_0 = fma(v_82, f_71, acc_3_0);
          acc_3_1 = fma(v_82, f_74, acc_3_1);
          acc_3_2 = fma(v_82, f_77, acc_3_2);
          let v_83 = subgroupShuffle(loaded[4], i_78);
          acc_4_0 = fma(v_83, f_71, acc_4_0);
          acc_4_1 = fma(v_83, f_74, acc_4_1);
          acc_4_2 = fma(v_83, f_77, acc_4_2);
          let v_84 = subgroupShuffle(loaded[5], i_78);
          acc_5_0 = fma(v_84, f_71, acc_5_0);
          acc_5_1 = fma(v_84, f_74, acc_5_1);
          acc_5_2 = fma(v_84, f_77, acc_5_2);
          let v_85 = subgroupShuffle(loaded[6], i_78);
          acc_6_0 = fma(v_85, f_71, acc_6_0);
          acc_6_1 = fma(v_85, f_74, acc_6_1);
          acc_6_2 = fma(v_85, f_77, acc_6_2);
          let v_86 = subgroupShuffle(loaded[7], i_78);
          acc_7_0 = fma(v_86, f_71, acc_7_0);
          acc_7_1 = fma(v_86, f_74, acc_7_1);
          acc_7_2 = fma(v_86, f_77, acc_7_2);
          let v_87 = subgroupShuffle(loaded[8], i_78);
          acc_8_0 = fma(v_87, f_71, acc_8_0);
          acc_8_1 = fma(v_87, f_74, acc_8_1);
          acc_8_2 = fma(v_87, f_77, acc_8_2);
          let v_88 = subgroupShuffle(loaded[9], i_78);
          acc_9_0 = fma(v_88, f_71, acc_9_0);
          acc_9_1 = fma(v_88, f_74, acc_9_1);
          acc_9_2 = fma(v_88, f_77, acc_9_2);
          let v_89 = subgroupShuffle(loaded[10], i_78);
          acc_10_0 = fma(v_89, f_71, acc_10_0);
          acc_10_1 = fma(v_89, f_74, acc_10_1);
          acc_10_2 = fma(v_89, f_77, acc_10_2);
          let v_90 = subgroupShuffle(loaded[11], i_78);
          acc_11_0 = fma(v_90, f_71, acc_11_0);
          acc_11_1 = fma(v_90, f_74, acc_11_1);
          acc_11_2 = fma(v_90, f_77, acc_11_2);
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
          let i_91 = 20 * row_at;
          for (var j = 0; j < 3 + (group >> 31u); j += 1) {
            let col_at = col_at0 + j * 8;
            if (col_at < 20) {
              let result = results[i * 3 + j];
              let i_92 = i_91 + col_at;
              held1[i_92] = result;
            }
          }
        }
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 400 + (group >> 31u); at += 8) {
      let f_93 = held1[at];
      let i_94 = i32(u32(at) / 20u);
      let i_95 = at - i_94 * 20;
      let i_96 = i_94 + 20 * i_95;
      let f_97 = held1[i_96];
      let f_98 = f_93 * f_97;
      let i_99 = i_19 + at;
      out0[i_99] = f_98;
    }
  }
}
