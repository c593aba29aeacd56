enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read> arg5: array<f32>;
@group(0) @binding(6) var<storage, read> arg6: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 7) / 8;
 if (group >= i_0 * 1) { return; }
 var key_0_0 = 0.0f;
 var key_1_0 = 0.0f;
 var key_2_0 = 0.0f;
 var key_3_0 = 0.0f;
 var key_4_0 = 0.0f;
 var key_5_0 = 0.0f;
 var key_6_0 = 0.0f;
 var key_7_0 = 0.0f;
 var value_0_0 = 0.0f;
 var value_1_0 = 0.0f;
 var value_2_0 = 0.0f;
 var value_3_0 = 0.0f;
 var value_4_0 = 0.0f;
 var value_5_0 = 0.0f;
 var value_6_0 = 0.0f;
 var value_7_0 = 0.0f;
 var key_0_1 = 0.0f;
 var key_1_1 = 0.0f;
 var key_2_1 = 0.0f;
 var key_3_1 = 0.0f;
 var key_4_1 = 0.0f;
 var key_5_1 = 0.0f;
 var key_6_1 = 0.0f;
 var key_7_1 = 0.0f;
 var value_0_1 = 0.0f;
 var value_1_1 = 0.0f;
 var value_2_1 = 0.0f;
 var value_3_1 = 0.0f;
 var value_4_1 = 0.0f;
 var value_5_1 = 0.0f;
 var value_6_1 = 0.0f;
 var value_7_1 = 0.0f;
 let i_11 = 8 * group;
 let i_23 = min(i_11, tokens - 1);
 let i_24 = 13 * i_23;
 let i_27 = min(i_11 + 1, tokens - 1);
 let i_28 = 13 * i_27;
 let i_31 = min(i_11 + 2, tokens - 1);
 let i_32 = 13 * i_31;
 let i_35 = min(i_11 + 3, tokens - 1);
 let i_36 = 13 * i_35;
 let i_39 = min(i_11 + 4, tokens - 1);
 let i_40 = 13 * i_39;
 let i_43 = min(i_11 + 5, tokens - 1);
 let i_44 = 13 * i_43;
 let i_47 = min(i_11 + 6, tokens - 1);
 let i_48 = 13 * i_47;
 let i_51 = min(i_11 + 7, tokens - 1);
 let i_52 = 13 * i_51;
 let i_90 = min(lane + 8, 12);
 for (var block = group; block < i_0; block += 1) {
  let i_1 = 8 * block;
  let i_2 = min(i_1, tokens - 1);
  let i_3 = min(i_1 + 1, tokens - 1);
  let i_4 = min(i_1 + 2, tokens - 1);
  let i_5 = min(i_1 + 3, tokens - 1);
  let i_6 = min(i_1 + 4, tokens - 1);
  let i_7 = min(i_1 + 5, tokens - 1);
  let i_10 = arg2[i_2];
  let i_12 = arg2[i_3];
  let i_13 = arg2[i_4];
  let i_14 = arg2[i_5];
  let i_15 = arg2[i_6];
  let i_16 = arg2[i_7];
  let i_17 = arg2[min(i_1 + 6, tokens - 1)];
  let i_18 = arg2[min(i_1 + 7, tokens - 1)];
  let i_19 = lane + 8 * block;
  let i_20 = min(i_19, tokens - 1);
  if ((((((((i_10 < (i_11 + 8)) || (i_12 < (i_11 + 8))) || (i_13 < (i_11 + 8))) || (i_14 < (i_11 + 8))) || (i_15 < (i_11 + 8))) || (i_16 < (i_11 + 8))) || (i_17 < (i_11 + 8))) || (i_18 < (i_11 + 8))) {
   for (var m = 0; m < 3 + (group >> 31); m += 1) {
    var s_0 = 0.0f;
    var s_1 = 0.0f;
    var s_2 = 0.0f;
    var s_3 = 0.0f;
    var s_4 = 0.0f;
    var s_5 = 0.0f;
    var s_6 = 0.0f;
    var s_7 = 0.0f;
    var z_0 = 0.0f;
    var z_1 = 0.0f;
    var z_2 = 0.0f;
    var z_3 = 0.0f;
    var z_4 = 0.0f;
    var z_5 = 0.0f;
    var z_6 = 0.0f;
    var z_7 = 0.0f;
    let i_67 = 13 * m + 39 * i_20;
    for (var c_block = 0; c_block < 2 + (group >> 31); c_block += 1) {
     let i_22 = min(lane + 8 * c_block, 12);
     let i_25 = i_24 + i_22;
     let f_26 = arg1[i_25];
     let i_29 = i_28 + i_22;
     let f_30 = arg1[i_29];
     let i_33 = i_32 + i_22;
     let f_34 = arg1[i_33];
     let i_37 = i_36 + i_22;
     let f_38 = arg1[i_37];
     let i_41 = i_40 + i_22;
     let f_42 = arg1[i_41];
     let i_45 = i_44 + i_22;
     let f_46 = arg1[i_45];
     let i_49 = i_48 + i_22;
     let f_50 = arg1[i_49];
     let i_53 = i_52 + i_22;
     let f_54 = arg1[i_53];
     let f_55 = arg3[i_25];
     let f_56 = arg3[i_29];
     let f_57 = arg3[i_33];
     let f_58 = arg3[i_37];
     let f_59 = arg3[i_41];
     let f_60 = arg3[i_45];
     let f_61 = arg3[i_49];
     let f_62 = arg3[i_53];
     let i_63 = -8 * c_block;
     let i_64 = min(i_63 + 13, 8);
     let i_65 = 8 * c_block;
     for (var c_lane = 0; c_lane < i_64; c_lane += 1) {
      let i_68 = i_67 + (i_65 + c_lane);
      let f_69 = arg0[i_68];
      let i_70 = u32(c_lane);
      s_0 = fma(f_69, subgroupShuffle(f_26, i_70), s_0);
      s_1 = fma(f_69, subgroupShuffle(f_30, i_70), s_1);
      s_2 = fma(f_69, subgroupShuffle(f_34, i_70), s_2);
      s_3 = fma(f_69, subgroupShuffle(f_38, i_70), s_3);
      s_4 = fma(f_69, subgroupShuffle(f_42, i_70), s_4);
      s_5 = fma(f_69, subgroupShuffle(f_46, i_70), s_5);
      s_6 = fma(f_69, subgroupShuffle(f_50, i_70), s_6);
      s_7 = fma(f_69, subgroupShuffle(f_54, i_70), s_7);
      let f_71 = arg5[i_68];
      z_0 = fma(f_71, subgroupShuffle(f_55, i_70), z_0);
      z_1 = fma(f_71, subgroupShuffle(f_56, i_70), z_1);
      z_2 = fma(f_71, subgroupShuffle(f_57, i_70), z_2);
      z_3 = fma(f_71, subgroupShuffle(f_58, i_70), z_3);
      z_4 = fma(f_71, subgroupShuffle(f_59, i_70), z_4);
      z_5 = fma(f_71, subgroupShuffle(f_60, i_70), z_5);
      z_6 = fma(f_71, subgroupShuffle(f_61, i_70), z_6);
      z_7 = fma(f_71, subgroupShuffle(f_62, i_70), z_7);
     }
    }
    let i_72 = arg2[i_20];
    let i_73 = m + 3 * i_20;
    let f_74 = arg4[i_73];
    let p_0 = select(0.0f, exp(((s_0 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_23 < i_72)) && (!(i_20 < i_23))));
    let p_1 = select(0.0f, exp(((s_1 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_27 < i_72)) && (!(i_20 < i_27))));
    let p_2 = select(0.0f, exp(((s_2 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_31 < i_72)) && (!(i_20 < i_31))));
    let p_3 = select(0.0f, exp(((s_3 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_35 < i_72)) && (!(i_20 < i_35))));
    let p_4 = select(0.0f, exp(((s_4 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_39 < i_72)) && (!(i_20 < i_39))));
    let p_5 = select(0.0f, exp(((s_5 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_43 < i_72)) && (!(i_20 < i_43))));
    let p_6 = select(0.0f, exp(((s_6 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_47 < i_72)) && (!(i_20 < i_47))));
    let p_7 = select(0.0f, exp(((s_7 * 0.25f) - f_74)), (i_19 < tokens) && ((!(i_51 < i_72)) && (!(i_20 < i_51))));
    let f_83 = arg6[i_73];
    let w_0 = select(0.0f, p_0 * (z_0 - f_83), (i_19 < tokens) && ((!(i_23 < i_72)) && (!(i_20 < i_23))));
    let w_1 = select(0.0f, p_1 * (z_1 - f_83), (i_19 < tokens) && ((!(i_27 < i_72)) && (!(i_20 < i_27))));
    let w_2 = select(0.0f, p_2 * (z_2 - f_83), (i_19 < tokens) && ((!(i_31 < i_72)) && (!(i_20 < i_31))));
    let w_3 = select(0.0f, p_3 * (z_3 - f_83), (i_19 < tokens) && ((!(i_35 < i_72)) && (!(i_20 < i_35))));
    let w_4 = select(0.0f, p_4 * (z_4 - f_83), (i_19 < tokens) && ((!(i_39 < i_72)) && (!(i_20 < i_39))));
    let w_5 = select(0.0f, p_5 * (z_5 - f_83), (i_19 < tokens) && ((!(i_43 < i_72)) && (!(i_20 < i_43))));
    let w_6 = select(0.0f, p_6 * (z_6 - f_83), (i_19 < tokens) && ((!(i_47 < i_72)) && (!(i_20 < i_47))));
    let w_7 = select(0.0f, p_7 * (z_7 - f_83), (i_19 < tokens) && ((!(i_51 < i_72)) && (!(i_20 < i_51))));
    let handed_p_0 = p_0;
    let handed_p_1 = p_1;
    let handed_p_2 = p_2;
    let handed_p_3 = p_3;
    let handed_p_4 = p_4;
    let handed_p_5 = p_5;
    let handed_p_6 = p_6;
    let handed_p_7 = p_7;
    let handed_w_0 = w_0;
    let handed_w_1 = w_1;
    let handed_w_2 = w_2;
    let handed_w_3 = w_3;
    let handed_w_4 = w_4;
    let handed_w_5 = w_5;
    let handed_w_6 = w_6;
    let handed_w_7 = w_7;
    let i_87 = lane + 13 * m;
    let i_91 = i_90 + 13 * m;
    for (var u = 0; u < 8 + (group >> 31); u += 1) {
     let i_85 = min(i_1 + u, tokens - 1);
     let i_86 = u32(u);
     let left_0 = subgroupShuffle(handed_w_0, i_86);
     let left_1 = subgroupShuffle(handed_w_1, i_86);
     let left_2 = subgroupShuffle(handed_w_2, i_86);
     let left_3 = subgroupShuffle(handed_w_3, i_86);
     let left_4 = subgroupShuffle(handed_w_4, i_86);
     let left_5 = subgroupShuffle(handed_w_5, i_86);
     let left_6 = subgroupShuffle(handed_w_6, i_86);
     let left_7 = subgroupShuffle(handed_w_7, i_86);
     let i_88 = i_87 + 39 * i_85;
     let f_89 = arg0[i_88];
     key_0_0 = fma(left_0, f_89, key_0_0);
     key_1_0 = fma(left_1, f_89, key_1_0);
     key_2_0 = fma(left_2, f_89, key_2_0);
     key_3_0 = fma(left_3, f_89, key_3_0);
     key_4_0 = fma(left_4, f_89, key_4_0);
     key_5_0 = fma(left_5, f_89, key_5_0);
     key_6_0 = fma(left_6, f_89, key_6_0);
     key_7_0 = fma(left_7, f_89, key_7_0);
     let i_92 = i_91 + 39 * i_85;
     let f_93 = arg0[i_92];
     key_0_1 = fma(left_0, f_93, key_0_1);
     key_1_1 = fma(left_1, f_93, key_1_1);
     key_2_1 = fma(left_2, f_93, key_2_1);
     key_3_1 = fma(left_3, f_93, key_3_1);
     key_4_1 = fma(left_4, f_93, key_4_1);
     key_5_1 = fma(left_5, f_93, key_5_1);
     key_6_1 = fma(left_6, f_93, key_6_1);
     key_7_1 = fma(left_7, f_93, key_7_1);
     let left1_0 = subgroupShuffle(handed_p_0, i_86);
     let left1_1 = subgroupShuffle(handed_p_1, i_86);
     let left1_2 = subgroupShuffle(handed_p_2, i_86);
     let left1_3 = subgroupShuffle(handed_p_3, i_86);
     let left1_4 = subgroupShuffle(handed_p_4, i_86);
     let left1_5 = subgroupShuffle(handed_p_5, i_86);
     let left1_6 = subgroupShuffle(handed_p_6, i_86);
     let left1_7 = subgroupShuffle(handed_p_7, i_86);
     let f_94 = arg5[i_88];
     value_0_0 = fma(left1_0, f_94, value_0_0);
     value_1_0 = fma(left1_1, f_94, value_1_0);
     value_2_0 = fma(left1_2, f_94, value_2_0);
     value_3_0 = fma(left1_3, f_94, value_3_0);
     value_4_0 = fma(left1_4, f_94, value_4_0);
     value_5_0 = fma(left1_5, f_94, value_5_0);
     value_6_0 = fma(left1_6, f_94, value_6_0);
     value_7_0 = fma(left1_7, f_94, value_7_0);
     let f_95 = arg5[i_92];
     value_0_1 = fma(left1_0, f_95, value_0_1);
     value_1_1 = fma(left1_1, f_95, value_1_1);
     value_2_1 = fma(left1_2, f_95, value_2_1);
     value_3_1 = fma(left1_3, f_95, value_3_1);
     value_4_1 = fma(left1_4, f_95, value_4_1);
     value_5_1 = fma(left1_5, f_95, value_5_1);
     value_6_1 = fma(left1_6, f_95, value_6_1);
     value_7_1 = fma(left1_7, f_95, value_7_1);
    }
   }
  }
 }
 let i_96 = lane + 26 * i_23;
 let i_97 = i_90 + 26 * i_23;
 if (i_11 < tokens) {
  out[i_96] = key_0_0 * 0.25f;
  out[i_96 + 13] = value_0_0;
  if ((lane + 8) < 13) {
   out[i_97] = key_0_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_97 + 13] = value_0_1;
  }
 }
 let i_98 = lane + 26 * i_27;
 let i_99 = i_90 + 26 * i_27;
 if ((i_11 + 1) < tokens) {
  out[i_98] = key_1_0 * 0.25f;
  out[i_98 + 13] = value_1_0;
  if ((lane + 8) < 13) {
   out[i_99] = key_1_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_99 + 13] = value_1_1;
  }
 }
 let i_100 = lane + 26 * i_31;
 let i_101 = i_90 + 26 * i_31;
 if ((i_11 + 2) < tokens) {
  out[i_100] = key_2_0 * 0.25f;
  out[i_100 + 13] = value_2_0;
  if ((lane + 8) < 13) {
   out[i_101] = key_2_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_101 + 13] = value_2_1;
  }
 }
 let i_102 = lane + 26 * i_35;
 let i_103 = i_90 + 26 * i_35;
 if ((i_11 + 3) < tokens) {
  out[i_102] = key_3_0 * 0.25f;
  out[i_102 + 13] = value_3_0;
  if ((lane + 8) < 13) {
   out[i_103] = key_3_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_103 + 13] = value_3_1;
  }
 }
 let i_104 = lane + 26 * i_39;
 let i_105 = i_90 + 26 * i_39;
 if ((i_11 + 4) < tokens) {
  out[i_104] = key_4_0 * 0.25f;
  out[i_104 + 13] = value_4_0;
  if ((lane + 8) < 13) {
   out[i_105] = key_4_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_105 + 13] = value_4_1;
  }
 }
 let i_106 = lane + 26 * i_43;
 let i_107 = i_90 + 26 * i_43;
 if ((i_11 + 5) < tokens) {
  out[i_106] = key_5_0 * 0.25f;
  out[i_106 + 13] = value_5_0;
  if ((lane + 8) < 13) {
   out[i_107] = key_5_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_107 + 13] = value_5_1;
  }
 }
 let i_108 = lane + 26 * i_47;
 let i_109 = i_90 + 26 * i_47;
 if ((i_11 + 6) < tokens) {
  out[i_108] = key_6_0 * 0.25f;
  out[i_108 + 13] = value_6_0;
  if ((lane + 8) < 13) {
   out[i_109] = key_6_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_109 + 13] = value_6_1;
  }
 }
 let i_110 = lane + 26 * i_51;
 let i_111 = i_90 + 26 * i_51;
 if ((i_11 + 7) < tokens) {
  out[i_110] = key_7_0 * 0.25f;
  out[i_110 + 13] = value_7_0;
  if ((lane + 8) < 13) {
   out[i_111] = key_7_1 * 0.25f;
  }
  if ((lane + 8) < 13) {
   out[i_111 + 13] = value_7_1;
  }
 }
}
