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
  var acc_0 = vec2<f32>();
  var acc_1 = vec2<f32>();
  var acc_2 = vec2<f32>();
  var acc_3 = vec2<f32>();
  var acc_4 = vec2<f32>();
  var acc_5 = vec2<f32>();
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
      let i_42 = u32(step);
      let v_43 = vec2<f32>(f_38, f_41);
      acc_0 = fma(vec2<f32>(subgroupShuffle(f_19, i_42)), v_43, acc_0);
      acc_1 = fma(vec2<f32>(subgroupShuffle(f_22, i_42)), v_43, acc_1);
      acc_2 = fma(vec2<f32>(subgroupShuffle(f_25, i_42)), v_43, acc_2);
      acc_3 = fma(vec2<f32>(subgroupShuffle(f_28, i_42)), v_43, acc_3);
      acc_4 = fma(vec2<f32>(subgroupShuffle(f_31, i_42)), v_43, acc_4);
      acc_5 = fma(vec2<f32>(subgroupShuffle(f_34, i_42)), v_43, acc_5);
    }
  }
  let i_44 = 120 * i_6 + 3 * m1_0;
  let i_48 = 120 * i_8 + 3 * m1_1;
  let i_52 = 120 * i_10 + 3 * m1_2;
  let i_56 = 120 * i_12 + 3 * m1_3;
  let i_60 = 120 * i_14 + 3 * m1_4;
  let i_64 = 120 * i_16 + 3 * m1_5;
  let i_69 = 3 * i_1;
  let i_72 = 3 * i_2;
  {
    for (var k1_first = 0; k1_first < 3; k1_first += 8) {
      let k1_mine = min(k1_first + lane, 3 - 1);
      let i_45 = i_44 + k1_mine;
      let f_46 = arg2[i_45];
      let f_47 = 2.0f * f_46;
      let i_49 = i_48 + k1_mine;
      let f_50 = arg2[i_49];
      let f_51 = 2.0f * f_50;
      let i_53 = i_52 + k1_mine;
      let f_54 = arg2[i_53];
      let f_55 = 2.0f * f_54;
      let i_57 = i_56 + k1_mine;
      let f_58 = arg2[i_57];
      let f_59 = 2.0f * f_58;
      let i_61 = i_60 + k1_mine;
      let f_62 = arg2[i_61];
      let f_63 = 2.0f * f_62;
      let i_65 = i_64 + k1_mine;
      let f_66 = arg2[i_65];
      let f_67 = 2.0f * f_66;
      let i_68 = min(8, 3 - k1_first);
      for (var step = 0; step < i_68; step += 1) {
        let k1 = k1_first + step;
        let i_70 = i_69 + k1;
        let f_71 = arg3[i_70];
        let i_73 = i_72 + k1;
        let f_74 = arg3[i_73];
        let i_75 = u32(step);
        let v_76 = vec2<f32>(f_71, f_74);
        acc_0 = fma(vec2<f32>(subgroupShuffle(f_47, i_75)), v_76, acc_0);
        acc_1 = fma(vec2<f32>(subgroupShuffle(f_51, i_75)), v_76, acc_1);
        acc_2 = fma(vec2<f32>(subgroupShuffle(f_55, i_75)), v_76, acc_2);
        acc_3 = fma(vec2<f32>(subgroupShuffle(f_59, i_75)), v_76, acc_3);
        acc_4 = fma(vec2<f32>(subgroupShuffle(f_63, i_75)), v_76, acc_4);
        acc_5 = fma(vec2<f32>(subgroupShuffle(f_67, i_75)), v_76, acc_5);
      }
    }
  }
  let i_77 = 360 * i_6 + 9 * m1_0 + i_1;
  let i_78 = 360 * i_6 + 9 * m1_0 + i_2;
  if (row_at0 < 80) {
    if (col_at0 < 9) {
      out[i_77] = acc_0.x;
    }
    if (col_at1 < 9) {
      out[i_78] = acc_0.y;
    }
  }
  let i_79 = 360 * i_8 + 9 * m1_1 + i_1;
  let i_80 = 360 * i_8 + 9 * m1_1 + i_2;
  if (row_at1 < 80) {
    if (col_at0 < 9) {
      out[i_79] = acc_1.x;
    }
    if (col_at1 < 9) {
      out[i_80] = acc_1.y;
    }
  }
  let i_81 = 360 * i_10 + 9 * m1_2 + i_1;
  let i_82 = 360 * i_10 + 9 * m1_2 + i_2;
  if (row_at2 < 80) {
    if (col_at0 < 9) {
      out[i_81] = acc_2.x;
    }
    if (col_at1 < 9) {
      out[i_82] = acc_2.y;
    }
  }
  let i_83 = 360 * i_12 + 9 * m1_3 + i_1;
  let i_84 = 360 * i_12 + 9 * m1_3 + i_2;
  if (row_at3 < 80) {
    if (col_at0 < 9) {
      out[i_83] = acc_3.x;
    }
    if (col_at1 < 9) {
      out[i_84] = acc_3.y;
    }
  }
  let i_85 = 360 * i_14 + 9 * m1_4 + i_1;
  let i_86 = 360 * i_14 + 9 * m1_4 + i_2;
  if (row_at4 < 80) {
    if (col_at0 < 9) {
      out[i_85] = acc_4.x;
    }
    if (col_at1 < 9) {
      out[i_86] = acc_4.y;
    }
  }
  let i_87 = 360 * i_16 + 9 * m1_5 + i_1;
  let i_88 = 360 * i_16 + 9 * m1_5 + i_2;
  if (row_at5 < 80) {
    if (col_at0 < 9) {
      out[i_87] = acc_5.x;
    }
    if (col_at1 < 9) {
      out[i_88] = acc_5.y;
    }
  }
}
