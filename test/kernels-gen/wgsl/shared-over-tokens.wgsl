@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let col_at0 = i_0;
  let i_1 = min(col_at0, 31 - 1);
  let col_at1 = i_0 + 8;
  let i_2 = min(col_at1, 31 - 1);
  let col_at2 = i_0 + 16;
  let i_3 = min(col_at2, 31 - 1);
  let col_at3 = i_0 + 24;
  let i_4 = min(col_at3, 31 - 1);
  let i_5 = (lane >> 3u) & 7;
  let row_at0 = i_5;
  let i_6 = min(row_at0, 31 - 1);
  let row_at1 = i_5 + 8;
  let i_7 = min(row_at1, 31 - 1);
  let row_at2 = i_5 + 16;
  let i_8 = min(row_at2, 31 - 1);
  let row_at3 = i_5 + 24;
  let i_9 = min(row_at3, 31 - 1);
  let batch_at0 = group;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_10 = lane + 0;
  let i_11 = i_10 & 31;
  let i_12 = (i_10 >> 5u) & 15;
  let i_13 = min(0 + i_11, 31 - 1);
  let i_14 = lane + 64;
  let i_15 = i_14 & 31;
  let i_16 = (i_14 >> 5u) & 15;
  let i_17 = min(0 + i_15, 31 - 1);
  let i_18 = lane + 128;
  let i_19 = i_18 & 31;
  let i_20 = (i_18 >> 5u) & 15;
  let i_21 = min(0 + i_19, 31 - 1);
  let i_22 = lane + 192;
  let i_23 = i_22 & 31;
  let i_24 = (i_22 >> 5u) & 15;
  let i_25 = min(0 + i_23, 31 - 1);
  let i_26 = lane + 256;
  let i_27 = i_26 & 31;
  let i_28 = (i_26 >> 5u) & 15;
  let i_29 = min(0 + i_27, 31 - 1);
  let i_30 = lane + 320;
  let i_31 = i_30 & 31;
  let i_32 = (i_30 >> 5u) & 15;
  let i_33 = min(0 + i_31, 31 - 1);
  let i_34 = lane + 384;
  let i_35 = i_34 & 31;
  let i_36 = (i_34 >> 5u) & 15;
  let i_37 = min(0 + i_35, 31 - 1);
  let i_38 = lane + 448;
  let i_39 = i_38 & 31;
  let i_40 = (i_38 >> 5u) & 15;
  let i_41 = min(0 + i_39, 31 - 1);
  let i_42 = 31 * batch_at0 + i_13;
  let i_45 = 31 * batch_at0 + i_17;
  let i_48 = 31 * batch_at0 + i_21;
  let i_51 = 31 * batch_at0 + i_25;
  let i_54 = 31 * batch_at0 + i_29;
  let i_57 = 31 * batch_at0 + i_33;
  let i_60 = 31 * batch_at0 + i_37;
  let i_63 = 31 * batch_at0 + i_41;
  for (var k0_first = 0; k0_first < tokens; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_12;
    let k0_a0 = min(k0_a0_at, tokens - 1);
    let i_43 = i_42 + 3968 * k0_a0;
    let f_44 = arg0[i_43];
    staged[i_12 * 32 + i_11] = select(0.0f, f_44, k0_a0_at < tokens);
    let k0_a1_at = k0_first + i_16;
    let k0_a1 = min(k0_a1_at, tokens - 1);
    let i_46 = i_45 + 3968 * k0_a1;
    let f_47 = arg0[i_46];
    staged[i_16 * 32 + i_15] = select(0.0f, f_47, k0_a1_at < tokens);
    let k0_a2_at = k0_first + i_20;
    let k0_a2 = min(k0_a2_at, tokens - 1);
    let i_49 = i_48 + 3968 * k0_a2;
    let f_50 = arg0[i_49];
    staged[i_20 * 32 + i_19] = select(0.0f, f_50, k0_a2_at < tokens);
    let k0_a3_at = k0_first + i_24;
    let k0_a3 = min(k0_a3_at, tokens - 1);
    let i_52 = i_51 + 3968 * k0_a3;
    let f_53 = arg0[i_52];
    staged[i_24 * 32 + i_23] = select(0.0f, f_53, k0_a3_at < tokens);
    let k0_a4_at = k0_first + i_28;
    let k0_a4 = min(k0_a4_at, tokens - 1);
    let i_55 = i_54 + 3968 * k0_a4;
    let f_56 = arg0[i_55];
    staged[i_28 * 32 + i_27] = select(0.0f, f_56, k0_a4_at < tokens);
    let k0_a5_at = k0_first + i_32;
    let k0_a5 = min(k0_a5_at, tokens - 1);
    let i_58 = i_57 + 3968 * k0_a5;
    let f_59 = arg0[i_58];
    staged[i_32 * 32 + i_31] = select(0.0f, f_59, k0_a5_at < tokens);
    let k0_a6_at = k0_first + i_36;
    let k0_a6 = min(k0_a6_at, tokens - 1);
    let i_61 = i_60 + 3968 * k0_a6;
    let f_62 = arg0[i_61];
    staged[i_36 * 32 + i_35] = select(0.0f, f_62, k0_a6_at < tokens);
    let k0_a7_at = k0_first + i_40;
    let k0_a7 = min(k0_a7_at, tokens - 1);
    let i_64 = i_63 + 3968 * k0_a7;
    let f_65 = arg0[i_64];
    staged[i_40 * 32 + i_39] = select(0.0f, f_65, k0_a7_at < tokens);
    let k0_b0_at = k0_first + i_12;
    let k0_b0 = min(k0_b0_at, tokens - 1);
    let i_66 = i_42 + 3968 * k0_b0;
    let f_67 = arg1[i_66];
    staged[i_12 * 32 + i_11 + 512] = select(0.0f, f_67, k0_b0_at < tokens);
    let k0_b1_at = k0_first + i_16;
    let k0_b1 = min(k0_b1_at, tokens - 1);
    let i_68 = i_45 + 3968 * k0_b1;
    let f_69 = arg1[i_68];
    staged[i_16 * 32 + i_15 + 512] = select(0.0f, f_69, k0_b1_at < tokens);
    let k0_b2_at = k0_first + i_20;
    let k0_b2 = min(k0_b2_at, tokens - 1);
    let i_70 = i_48 + 3968 * k0_b2;
    let f_71 = arg1[i_70];
    staged[i_20 * 32 + i_19 + 512] = select(0.0f, f_71, k0_b2_at < tokens);
    let k0_b3_at = k0_first + i_24;
    let k0_b3 = min(k0_b3_at, tokens - 1);
    let i_72 = i_51 + 3968 * k0_b3;
    let f_73 = arg1[i_72];
    staged[i_24 * 32 + i_23 + 512] = select(0.0f, f_73, k0_b3_at < tokens);
    let k0_b4_at = k0_first + i_28;
    let k0_b4 = min(k0_b4_at, tokens - 1);
    let i_74 = i_54 + 3968 * k0_b4;
    let f_75 = arg1[i_74];
    staged[i_28 * 32 + i_27 + 512] = select(0.0f, f_75, k0_b4_at < tokens);
    let k0_b5_at = k0_first + i_32;
    let k0_b5 = min(k0_b5_at, tokens - 1);
    let i_76 = i_57 + 3968 * k0_b5;
    let f_77 = arg1[i_76];
    staged[i_32 * 32 + i_31 + 512] = select(0.0f, f_77, k0_b5_at < tokens);
    let k0_b6_at = k0_first + i_36;
    let k0_b6 = min(k0_b6_at, tokens - 1);
    let i_78 = i_60 + 3968 * k0_b6;
    let f_79 = arg1[i_78];
    staged[i_36 * 32 + i_35 + 512] = select(0.0f, f_79, k0_b6_at < tokens);
    let k0_b7_at = k0_first + i_40;
    let k0_b7 = min(k0_b7_at, tokens - 1);
    let i_80 = i_63 + 3968 * k0_b7;
    let f_81 = arg1[i_80];
    staged[i_40 * 32 + i_39 + 512] = select(0.0f, f_81, k0_b7_at < tokens);
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 32 + i_5 + 0];
      let a1_0 = staged[step * 32 + i_5 + 8];
      let a2_0 = staged[step * 32 + i_5 + 16];
      let a3_0 = staged[step * 32 + i_5 + 24];
      let b0_0 = staged[step * 32 + i_0 + 512];
      let b1_0 = staged[step * 32 + i_0 + 520];
      let b2_0 = staged[step * 32 + i_0 + 528];
      let b3_0 = staged[step * 32 + i_0 + 536];
      let v_82 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_82, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_82, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_82, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_82, acc_3);
      let a0_1 = staged[step * 32 + i_5 + 32];
      let a1_1 = staged[step * 32 + i_5 + 40];
      let a2_1 = staged[step * 32 + i_5 + 48];
      let a3_1 = staged[step * 32 + i_5 + 56];
      let b0_1 = staged[step * 32 + i_0 + 544];
      let b1_1 = staged[step * 32 + i_0 + 552];
      let b2_1 = staged[step * 32 + i_0 + 560];
      let b3_1 = staged[step * 32 + i_0 + 568];
      let v_83 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_83, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_83, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_83, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_83, acc_3);
      let a0_2 = staged[step * 32 + i_5 + 64];
      let a1_2 = staged[step * 32 + i_5 + 72];
      let a2_2 = staged[step * 32 + i_5 + 80];
      let a3_2 = staged[step * 32 + i_5 + 88];
      let b0_2 = staged[step * 32 + i_0 + 576];
      let b1_2 = staged[step * 32 + i_0 + 584];
      let b2_2 = staged[step * 32 + i_0 + 592];
      let b3_2 = staged[step * 32 + i_0 + 600];
      let v_84 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_84, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_84, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_84, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_84, acc_3);
      let a0_3 = staged[step * 32 + i_5 + 96];
      let a1_3 = staged[step * 32 + i_5 + 104];
      let a2_3 = staged[step * 32 + i_5 + 112];
      let a3_3 = staged[step * 32 + i_5 + 120];
      let b0_3 = staged[step * 32 + i_0 + 608];
      let b1_3 = staged[step * 32 + i_0 + 616];
      let b2_3 = staged[step * 32 + i_0 + 624];
      let b3_3 = staged[step * 32 + i_0 + 632];
      let v_85 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_85, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_85, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_85, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_85, acc_3);
    }
  }
  let i_86 = 961 * batch_at0 + 31 * i_6 + i_1;
  let i_87 = 961 * batch_at0 + 31 * i_6 + i_2;
  let i_88 = 961 * batch_at0 + 31 * i_6 + i_3;
  let i_89 = 961 * batch_at0 + 31 * i_6 + i_4;
  if (row_at0 < 31) {
    if (col_at0 < 31) {
      out[i_86] = acc_0.x;
    }
    if (col_at1 < 31) {
      out[i_87] = acc_0.y;
    }
    if (col_at2 < 31) {
      out[i_88] = acc_0.z;
    }
    if (col_at3 < 31) {
      out[i_89] = acc_0.w;
    }
  }
  let i_90 = 961 * batch_at0 + 31 * i_7 + i_1;
  let i_91 = 961 * batch_at0 + 31 * i_7 + i_2;
  let i_92 = 961 * batch_at0 + 31 * i_7 + i_3;
  let i_93 = 961 * batch_at0 + 31 * i_7 + i_4;
  if (row_at1 < 31) {
    if (col_at0 < 31) {
      out[i_90] = acc_1.x;
    }
    if (col_at1 < 31) {
      out[i_91] = acc_1.y;
    }
    if (col_at2 < 31) {
      out[i_92] = acc_1.z;
    }
    if (col_at3 < 31) {
      out[i_93] = acc_1.w;
    }
  }
  let i_94 = 961 * batch_at0 + 31 * i_8 + i_1;
  let i_95 = 961 * batch_at0 + 31 * i_8 + i_2;
  let i_96 = 961 * batch_at0 + 31 * i_8 + i_3;
  let i_97 = 961 * batch_at0 + 31 * i_8 + i_4;
  if (row_at2 < 31) {
    if (col_at0 < 31) {
      out[i_94] = acc_2.x;
    }
    if (col_at1 < 31) {
      out[i_95] = acc_2.y;
    }
    if (col_at2 < 31) {
      out[i_96] = acc_2.z;
    }
    if (col_at3 < 31) {
      out[i_97] = acc_2.w;
    }
  }
  let i_98 = 961 * batch_at0 + 31 * i_9 + i_1;
  let i_99 = 961 * batch_at0 + 31 * i_9 + i_2;
  let i_100 = 961 * batch_at0 + 31 * i_9 + i_3;
  let i_101 = 961 * batch_at0 + 31 * i_9 + i_4;
  if (row_at3 < 31) {
    if (col_at0 < 31) {
      out[i_98] = acc_3.x;
    }
    if (col_at1 < 31) {
      out[i_99] = acc_3.y;
    }
    if (col_at2 < 31) {
      out[i_100] = acc_3.z;
    }
    if (col_at3 < 31) {
      out[i_101] = acc_3.w;
    }
  }
}
