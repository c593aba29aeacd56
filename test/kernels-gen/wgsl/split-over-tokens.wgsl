@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 3 * 2 * 4) { return; }
  let i_0 = i32(u32(group) / 4u);
  let i_1 = group - i_0 * 4;
  let i_2 = lane & 3;
  let i_3 = i32(u32(i_0) / 3u);
  let i_4 = i_0 - i_3 * 3;
  let col_at0 = i_4 * 16 + i_2;
  let i_5 = min(col_at0, 33 - 1);
  let col_at1 = i_4 * 16 + i_2 + 4;
  let i_6 = min(col_at1, 33 - 1);
  let col_at2 = i_4 * 16 + i_2 + 8;
  let i_7 = min(col_at2, 33 - 1);
  let col_at3 = i_4 * 16 + i_2 + 12;
  let i_8 = min(col_at3, 33 - 1);
  let i_9 = (lane >> 2u) & 3;
  let i_10 = i32(u32(i_3) / 2u);
  let i_11 = i_3 - i_10 * 2;
  let row_at0 = i_11 * 16 + i_9;
  let i_12 = min(row_at0, 20 - 1);
  let row_at1 = i_11 * 16 + i_9 + 4;
  let i_13 = min(row_at1, 20 - 1);
  let row_at2 = i_11 * 16 + i_9 + 8;
  let i_14 = min(row_at2, 20 - 1);
  let row_at3 = i_11 * 16 + i_9 + 12;
  let i_15 = min(row_at3, 20 - 1);
  let batch_at0 = i_10;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_16 = lane + 0;
  let i_17 = i_16 & 3;
  let i_18 = i_17 * 4;
  let i_19 = (i_16 >> 2u) & 15;
  let i_20 = min(i_11 * 16 + i_18, 20 - 4);
  let i_21 = lane + 16;
  let i_22 = i_21 & 3;
  let i_23 = i_22 * 4;
  let i_24 = (i_21 >> 2u) & 15;
  let i_25 = min(i_11 * 16 + i_23, 20 - 4);
  let i_26 = lane + 32;
  let i_27 = i_26 & 3;
  let i_28 = i_27 * 4;
  let i_29 = (i_26 >> 2u) & 15;
  let i_30 = min(i_11 * 16 + i_28, 20 - 4);
  let i_31 = lane + 48;
  let i_32 = i_31 & 3;
  let i_33 = i_32 * 4;
  let i_34 = (i_31 >> 2u) & 15;
  let i_35 = min(i_11 * 16 + i_33, 20 - 4);
  let i_36 = i_16 & 15;
  let i_37 = (i_16 >> 4u) & 15;
  let i_38 = min(i_4 * 16 + i_36, 33 - 1);
  let i_39 = i_21 & 15;
  let i_40 = (i_21 >> 4u) & 15;
  let i_41 = min(i_4 * 16 + i_39, 33 - 1);
  let i_42 = i_26 & 15;
  let i_43 = (i_26 >> 4u) & 15;
  let i_44 = min(i_4 * 16 + i_42, 33 - 1);
  let i_45 = i_31 & 15;
  let i_46 = (i_31 >> 4u) & 15;
  let i_47 = min(i_4 * 16 + i_45, 33 - 1);
  let i_48 = lane + 64;
  let i_49 = i_48 & 15;
  let i_50 = (i_48 >> 4u) & 15;
  let i_51 = min(i_4 * 16 + i_49, 33 - 1);
  let i_52 = lane + 80;
  let i_53 = i_52 & 15;
  let i_54 = (i_52 >> 4u) & 15;
  let i_55 = min(i_4 * 16 + i_53, 33 - 1);
  let i_56 = lane + 96;
  let i_57 = i_56 & 15;
  let i_58 = (i_56 >> 4u) & 15;
  let i_59 = min(i_4 * 16 + i_57, 33 - 1);
  let i_60 = lane + 112;
  let i_61 = i_60 & 15;
  let i_62 = (i_60 >> 4u) & 15;
  let i_63 = min(i_4 * 16 + i_61, 33 - 1);
  let i_64 = lane + 128;
  let i_65 = i_64 & 15;
  let i_66 = (i_64 >> 4u) & 15;
  let i_67 = min(i_4 * 16 + i_65, 33 - 1);
  let i_68 = lane + 144;
  let i_69 = i_68 & 15;
  let i_70 = (i_68 >> 4u) & 15;
  let i_71 = min(i_4 * 16 + i_69, 33 - 1);
  let i_72 = lane + 160;
  let i_73 = i_72 & 15;
  let i_74 = (i_72 >> 4u) & 15;
  let i_75 = min(i_4 * 16 + i_73, 33 - 1);
  let i_76 = lane + 176;
  let i_77 = i_76 & 15;
  let i_78 = (i_76 >> 4u) & 15;
  let i_79 = min(i_4 * 16 + i_77, 33 - 1);
  let i_80 = lane + 192;
  let i_81 = i_80 & 15;
  let i_82 = (i_80 >> 4u) & 15;
  let i_83 = min(i_4 * 16 + i_81, 33 - 1);
  let i_84 = lane + 208;
  let i_85 = i_84 & 15;
  let i_86 = (i_84 >> 4u) & 15;
  let i_87 = min(i_4 * 16 + i_85, 33 - 1);
  let i_88 = lane + 224;
  let i_89 = i_88 & 15;
  let i_90 = (i_88 >> 4u) & 15;
  let i_91 = min(i_4 * 16 + i_89, 33 - 1);
  let i_92 = lane + 240;
  let i_93 = i_92 & 15;
  let i_94 = (i_92 >> 4u) & 15;
  let i_95 = min(i_4 * 16 + i_93, 33 - 1);
  let i_96 = (tokens + 63) / 64 * 16;
  let i_97 = i_1 * i_96;
  let i_98 = min(i_97 + i_96, tokens);
  for (var k0_first = i_97; k0_first < i_98; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_19;
    let k0_a0 = min(k0_a0_at, tokens - 1);
    let i_99 = i_20 + 20 * k0_a0;
    let v_100 = arg0[(i_99) >> 2u];
    let v_101 = select(vec4<f32>(), v_100, k0_a0_at < tokens);
    staged[i_19 * 16 + i_18] = v_101.x;
    staged[i_19 * 16 + i_18 + 1] = v_101.y;
    staged[i_19 * 16 + i_18 + 2] = v_101.z;
    staged[i_19 * 16 + i_18 + 3] = v_101.w;
    let k0_a1_at = k0_first + i_24;
    let k0_a1 = min(k0_a1_at, tokens - 1);
    let i_102 = i_25 + 20 * k0_a1;
    let v_103 = arg0[(i_102) >> 2u];
    let v_104 = select(vec4<f32>(), v_103, k0_a1_at < tokens);
    staged[i_24 * 16 + i_23] = v_104.x;
    staged[i_24 * 16 + i_23 + 1] = v_104.y;
    staged[i_24 * 16 + i_23 + 2] = v_104.z;
    staged[i_24 * 16 + i_23 + 3] = v_104.w;
    let k0_a2_at = k0_first + i_29;
    let k0_a2 = min(k0_a2_at, tokens - 1);
    let i_105 = i_30 + 20 * k0_a2;
    let v_106 = arg0[(i_105) >> 2u];
    let v_107 = select(vec4<f32>(), v_106, k0_a2_at < tokens);
    staged[i_29 * 16 + i_28] = v_107.x;
    staged[i_29 * 16 + i_28 + 1] = v_107.y;
    staged[i_29 * 16 + i_28 + 2] = v_107.z;
    staged[i_29 * 16 + i_28 + 3] = v_107.w;
    let k0_a3_at = k0_first + i_34;
    let k0_a3 = min(k0_a3_at, tokens - 1);
    let i_108 = i_35 + 20 * k0_a3;
    let v_109 = arg0[(i_108) >> 2u];
    let v_110 = select(vec4<f32>(), v_109, k0_a3_at < tokens);
    staged[i_34 * 16 + i_33] = v_110.x;
    staged[i_34 * 16 + i_33 + 1] = v_110.y;
    staged[i_34 * 16 + i_33 + 2] = v_110.z;
    staged[i_34 * 16 + i_33 + 3] = v_110.w;
    let k0_b0_at = k0_first + i_37;
    let k0_b0 = min(k0_b0_at, tokens - 1);
    let i_111 = i_38 + 33 * k0_b0;
    let f_112 = arg1[i_111];
    staged[i_37 * 16 + i_36 + 256] = select(0.0f, f_112, k0_b0_at < tokens);
    let k0_b1_at = k0_first + i_40;
    let k0_b1 = min(k0_b1_at, tokens - 1);
    let i_113 = i_41 + 33 * k0_b1;
    let f_114 = arg1[i_113];
    staged[i_40 * 16 + i_39 + 256] = select(0.0f, f_114, k0_b1_at < tokens);
    let k0_b2_at = k0_first + i_43;
    let k0_b2 = min(k0_b2_at, tokens - 1);
    let i_115 = i_44 + 33 * k0_b2;
    let f_116 = arg1[i_115];
    staged[i_43 * 16 + i_42 + 256] = select(0.0f, f_116, k0_b2_at < tokens);
    let k0_b3_at = k0_first + i_46;
    let k0_b3 = min(k0_b3_at, tokens - 1);
    let i_117 = i_47 + 33 * k0_b3;
    let f_118 = arg1[i_117];
    staged[i_46 * 16 + i_45 + 256] = select(0.0f, f_118, k0_b3_at < tokens);
    let k0_b4_at = k0_first + i_50;
    let k0_b4 = min(k0_b4_at, tokens - 1);
    let i_119 = i_51 + 33 * k0_b4;
    let f_120 = arg1[i_119];
    staged[i_50 * 16 + i_49 + 256] = select(0.0f, f_120, k0_b4_at < tokens);
    let k0_b5_at = k0_first + i_54;
    let k0_b5 = min(k0_b5_at, tokens - 1);
    let i_121 = i_55 + 33 * k0_b5;
    let f_122 = arg1[i_121];
    staged[i_54 * 16 + i_53 + 256] = select(0.0f, f_122, k0_b5_at < tokens);
    let k0_b6_at = k0_first + i_58;
    let k0_b6 = min(k0_b6_at, tokens - 1);
    let i_123 = i_59 + 33 * k0_b6;
    let f_124 = arg1[i_123];
    staged[i_58 * 16 + i_57 + 256] = select(0.0f, f_124, k0_b6_at < tokens);
    let k0_b7_at = k0_first + i_62;
    let k0_b7 = min(k0_b7_at, tokens - 1);
    let i_125 = i_63 + 33 * k0_b7;
    let f_126 = arg1[i_125];
    staged[i_62 * 16 + i_61 + 256] = select(0.0f, f_126, k0_b7_at < tokens);
    let k0_b8_at = k0_first + i_66;
    let k0_b8 = min(k0_b8_at, tokens - 1);
    let i_127 = i_67 + 33 * k0_b8;
    let f_128 = arg1[i_127];
    staged[i_66 * 16 + i_65 + 256] = select(0.0f, f_128, k0_b8_at < tokens);
    let k0_b9_at = k0_first + i_70;
    let k0_b9 = min(k0_b9_at, tokens - 1);
    let i_129 = i_71 + 33 * k0_b9;
    let f_130 = arg1[i_129];
    staged[i_70 * 16 + i_69 + 256] = select(0.0f, f_130, k0_b9_at < tokens);
    let k0_b10_at = k0_first + i_74;
    let k0_b10 = min(k0_b10_at, tokens - 1);
    let i_131 = i_75 + 33 * k0_b10;
    let f_132 = arg1[i_131];
    staged[i_74 * 16 + i_73 + 256] = select(0.0f, f_132, k0_b10_at < tokens);
    let k0_b11_at = k0_first + i_78;
    let k0_b11 = min(k0_b11_at, tokens - 1);
    let i_133 = i_79 + 33 * k0_b11;
    let f_134 = arg1[i_133];
    staged[i_78 * 16 + i_77 + 256] = select(0.0f, f_134, k0_b11_at < tokens);
    let k0_b12_at = k0_first + i_82;
    let k0_b12 = min(k0_b12_at, tokens - 1);
    let i_135 = i_83 + 33 * k0_b12;
    let f_136 = arg1[i_135];
    staged[i_82 * 16 + i_81 + 256] = select(0.0f, f_136, k0_b12_at < tokens);
    let k0_b13_at = k0_first + i_86;
    let k0_b13 = min(k0_b13_at, tokens - 1);
    let i_137 = i_87 + 33 * k0_b13;
    let f_138 = arg1[i_137];
    staged[i_86 * 16 + i_85 + 256] = select(0.0f, f_138, k0_b13_at < tokens);
    let k0_b14_at = k0_first + i_90;
    let k0_b14 = min(k0_b14_at, tokens - 1);
    let i_139 = i_91 + 33 * k0_b14;
    let f_140 = arg1[i_139];
    staged[i_90 * 16 + i_89 + 256] = select(0.0f, f_140, k0_b14_at < tokens);
    let k0_b15_at = k0_first + i_94;
    let k0_b15 = min(k0_b15_at, tokens - 1);
    let i_141 = i_95 + 33 * k0_b15;
    let f_142 = arg1[i_141];
    staged[i_94 * 16 + i_93 + 256] = select(0.0f, f_142, k0_b15_at < tokens);
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 16 + i_9 + 0];
      let a1_0 = staged[step * 16 + i_9 + 4];
      let a2_0 = staged[step * 16 + i_9 + 8];
      let a3_0 = staged[step * 16 + i_9 + 12];
      let b0_0 = staged[step * 16 + i_2 + 256];
      let b1_0 = staged[step * 16 + i_2 + 260];
      let b2_0 = staged[step * 16 + i_2 + 264];
      let b3_0 = staged[step * 16 + i_2 + 268];
      let v_143 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_143, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_143, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_143, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_143, acc_3);
      let a0_1 = staged[step * 16 + i_9 + 16];
      let a1_1 = staged[step * 16 + i_9 + 20];
      let a2_1 = staged[step * 16 + i_9 + 24];
      let a3_1 = staged[step * 16 + i_9 + 28];
      let b0_1 = staged[step * 16 + i_2 + 272];
      let b1_1 = staged[step * 16 + i_2 + 276];
      let b2_1 = staged[step * 16 + i_2 + 280];
      let b3_1 = staged[step * 16 + i_2 + 284];
      let v_144 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_144, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_144, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_144, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_144, acc_3);
      let a0_2 = staged[step * 16 + i_9 + 32];
      let a1_2 = staged[step * 16 + i_9 + 36];
      let a2_2 = staged[step * 16 + i_9 + 40];
      let a3_2 = staged[step * 16 + i_9 + 44];
      let b0_2 = staged[step * 16 + i_2 + 288];
      let b1_2 = staged[step * 16 + i_2 + 292];
      let b2_2 = staged[step * 16 + i_2 + 296];
      let b3_2 = staged[step * 16 + i_2 + 300];
      let v_145 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_145, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_145, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_145, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_145, acc_3);
      let a0_3 = staged[step * 16 + i_9 + 48];
      let a1_3 = staged[step * 16 + i_9 + 52];
      let a2_3 = staged[step * 16 + i_9 + 56];
      let a3_3 = staged[step * 16 + i_9 + 60];
      let b0_3 = staged[step * 16 + i_2 + 304];
      let b1_3 = staged[step * 16 + i_2 + 308];
      let b2_3 = staged[step * 16 + i_2 + 312];
      let b3_3 = staged[step * 16 + i_2 + 316];
      let v_146 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_146, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_146, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_146, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_146, acc_3);
    }
  }
  let i_147 = 33 * i_12 + i_5;
  let i_148 = 33 * i_12 + i_6;
  let i_149 = 33 * i_12 + i_7;
  let i_150 = 33 * i_12 + i_8;
  if (row_at0 < 20) {
    if (col_at0 < 33) {
      out[i_1 * 660 + i_147] = acc_0.x;
    }
    if (col_at1 < 33) {
      out[i_1 * 660 + i_148] = acc_0.y;
    }
    if (col_at2 < 33) {
      out[i_1 * 660 + i_149] = acc_0.z;
    }
    if (col_at3 < 33) {
      out[i_1 * 660 + i_150] = acc_0.w;
    }
  }
  let i_151 = 33 * i_13 + i_5;
  let i_152 = 33 * i_13 + i_6;
  let i_153 = 33 * i_13 + i_7;
  let i_154 = 33 * i_13 + i_8;
  if (row_at1 < 20) {
    if (col_at0 < 33) {
      out[i_1 * 660 + i_151] = acc_1.x;
    }
    if (col_at1 < 33) {
      out[i_1 * 660 + i_152] = acc_1.y;
    }
    if (col_at2 < 33) {
      out[i_1 * 660 + i_153] = acc_1.z;
    }
    if (col_at3 < 33) {
      out[i_1 * 660 + i_154] = acc_1.w;
    }
  }
  let i_155 = 33 * i_14 + i_5;
  let i_156 = 33 * i_14 + i_6;
  let i_157 = 33 * i_14 + i_7;
  let i_158 = 33 * i_14 + i_8;
  if (row_at2 < 20) {
    if (col_at0 < 33) {
      out[i_1 * 660 + i_155] = acc_2.x;
    }
    if (col_at1 < 33) {
      out[i_1 * 660 + i_156] = acc_2.y;
    }
    if (col_at2 < 33) {
      out[i_1 * 660 + i_157] = acc_2.z;
    }
    if (col_at3 < 33) {
      out[i_1 * 660 + i_158] = acc_2.w;
    }
  }
  let i_159 = 33 * i_15 + i_5;
  let i_160 = 33 * i_15 + i_6;
  let i_161 = 33 * i_15 + i_7;
  let i_162 = 33 * i_15 + i_8;
  if (row_at3 < 20) {
    if (col_at0 < 33) {
      out[i_1 * 660 + i_159] = acc_3.x;
    }
    if (col_at1 < 33) {
      out[i_1 * 660 + i_160] = acc_3.y;
    }
    if (col_at2 < 33) {
      out[i_1 * 660 + i_161] = acc_3.z;
    }
    if (col_at3 < 33) {
      out[i_1 * 660 + i_162] = acc_3.w;
    }
  }
}

@group(0) @binding(0) var<storage, read> arg2: array<f32>;
@group(0) @binding(1) var<storage, read> arg3: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (660 + 63) / 64) { return; }
  let at = group * 64 + (lane & 63);
  let i_0 = min(at, 660 - 1);
  let i_1 = i32(u32(i_0) / u32(33));
  let n0 = i_0 - i_1 * 33;
  var acc = 0.0f;
  let i_2 = 33 * i_1 + n0;
  for (var part = 0; part < 4; part += 1) {
    let i_3 = i_2 + 660 * part;
    let f_4 = arg3[i_3];
    acc = acc + f_4;
  }
  let f_5 = arg2[n0];
  if (lane < 64 && at < 660) {
    out[i_2] = (acc * 0.5f) + f_5;
  }
}
