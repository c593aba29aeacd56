@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<i32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 2) { return; }
  let i_0 = lane & 3;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 16 + i_0;
  let i_3 = min(col_at0, 18 - 1);
  let col_at1 = i_2 * 16 + i_0 + 4;
  let i_4 = min(col_at1, 18 - 1);
  let col_at2 = i_2 * 16 + i_0 + 8;
  let i_5 = min(col_at2, 18 - 1);
  let col_at3 = i_2 * 16 + i_0 + 12;
  let i_6 = min(col_at3, 18 - 1);
  let i_7 = (lane >> 2u) & 3;
  let i_8 = i32(u32(i_1) / 2u);
  let i_9 = i_1 - i_8 * 2;
  let row_at0 = i_9 * 16 + i_7;
  let i_10 = min(row_at0, 17 - 1);
  let row_at1 = i_9 * 16 + i_7 + 4;
  let i_11 = min(row_at1, 17 - 1);
  let row_at2 = i_9 * 16 + i_7 + 8;
  let i_12 = min(row_at2, 17 - 1);
  let row_at3 = i_9 * 16 + i_7 + 12;
  let i_13 = min(row_at3, 17 - 1);
  let batch_at0 = i_8;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_14 = lane + 0;
  let i_15 = i_14 & 3;
  let i_16 = i_15 * 4;
  let i_17 = (i_14 >> 2u) & 15;
  let i_18 = min(i_9 * 16 + i_17, 17 - 1);
  let i_19 = lane + 16;
  let i_20 = i_19 & 3;
  let i_21 = i_20 * 4;
  let i_22 = (i_19 >> 2u) & 15;
  let i_23 = min(i_9 * 16 + i_22, 17 - 1);
  let i_24 = lane + 32;
  let i_25 = i_24 & 3;
  let i_26 = i_25 * 4;
  let i_27 = (i_24 >> 2u) & 15;
  let i_28 = min(i_9 * 16 + i_27, 17 - 1);
  let i_29 = lane + 48;
  let i_30 = i_29 & 3;
  let i_31 = i_30 * 4;
  let i_32 = (i_29 >> 2u) & 15;
  let i_33 = min(i_9 * 16 + i_32, 17 - 1);
  let i_34 = i_14 & 15;
  let i_35 = (i_14 >> 4u) & 15;
  let i_36 = min(i_2 * 16 + i_34, 18 - 1);
  let i_37 = i_19 & 15;
  let i_38 = (i_19 >> 4u) & 15;
  let i_39 = min(i_2 * 16 + i_37, 18 - 1);
  let i_40 = i_24 & 15;
  let i_41 = (i_24 >> 4u) & 15;
  let i_42 = min(i_2 * 16 + i_40, 18 - 1);
  let i_43 = i_29 & 15;
  let i_44 = (i_29 >> 4u) & 15;
  let i_45 = min(i_2 * 16 + i_43, 18 - 1);
  let i_46 = lane + 64;
  let i_47 = i_46 & 15;
  let i_48 = (i_46 >> 4u) & 15;
  let i_49 = min(i_2 * 16 + i_47, 18 - 1);
  let i_50 = lane + 80;
  let i_51 = i_50 & 15;
  let i_52 = (i_50 >> 4u) & 15;
  let i_53 = min(i_2 * 16 + i_51, 18 - 1);
  let i_54 = lane + 96;
  let i_55 = i_54 & 15;
  let i_56 = (i_54 >> 4u) & 15;
  let i_57 = min(i_2 * 16 + i_55, 18 - 1);
  let i_58 = lane + 112;
  let i_59 = i_58 & 15;
  let i_60 = (i_58 >> 4u) & 15;
  let i_61 = min(i_2 * 16 + i_59, 18 - 1);
  let i_62 = lane + 128;
  let i_63 = i_62 & 15;
  let i_64 = (i_62 >> 4u) & 15;
  let i_65 = min(i_2 * 16 + i_63, 18 - 1);
  let i_66 = lane + 144;
  let i_67 = i_66 & 15;
  let i_68 = (i_66 >> 4u) & 15;
  let i_69 = min(i_2 * 16 + i_67, 18 - 1);
  let i_70 = lane + 160;
  let i_71 = i_70 & 15;
  let i_72 = (i_70 >> 4u) & 15;
  let i_73 = min(i_2 * 16 + i_71, 18 - 1);
  let i_74 = lane + 176;
  let i_75 = i_74 & 15;
  let i_76 = (i_74 >> 4u) & 15;
  let i_77 = min(i_2 * 16 + i_75, 18 - 1);
  let i_78 = lane + 192;
  let i_79 = i_78 & 15;
  let i_80 = (i_78 >> 4u) & 15;
  let i_81 = min(i_2 * 16 + i_79, 18 - 1);
  let i_82 = lane + 208;
  let i_83 = i_82 & 15;
  let i_84 = (i_82 >> 4u) & 15;
  let i_85 = min(i_2 * 16 + i_83, 18 - 1);
  let i_86 = lane + 224;
  let i_87 = i_86 & 15;
  let i_88 = (i_86 >> 4u) & 15;
  let i_89 = min(i_2 * 16 + i_87, 18 - 1);
  let i_90 = lane + 240;
  let i_91 = i_90 & 15;
  let i_92 = (i_90 >> 4u) & 15;
  let i_93 = min(i_2 * 16 + i_91, 18 - 1);
  let i_94 = arg1[i_18];
  let i_95 = i_94 * i_94;
  let b_96 = u32(i_95) < u32(9);
  let i_97 = select(0, i_95, b_96);
  let i_98 = 20 * i_97;
  let i_102 = arg1[i_23];
  let i_103 = i_102 * i_102;
  let b_104 = u32(i_103) < u32(9);
  let i_105 = select(0, i_103, b_104);
  let i_106 = 20 * i_105;
  let i_110 = arg1[i_28];
  let i_111 = i_110 * i_110;
  let b_112 = u32(i_111) < u32(9);
  let i_113 = select(0, i_111, b_112);
  let i_114 = 20 * i_113;
  let i_118 = arg1[i_33];
  let i_119 = i_118 * i_118;
  let b_120 = u32(i_119) < u32(9);
  let i_121 = select(0, i_119, b_120);
  let i_122 = 20 * i_121;
  for (var k0_first = 0; k0_first < 20; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_16;
    let k0_a0 = min(k0_a0_at, 20 - 4);
    let i_99 = i_98 + k0_a0;
    let v_100 = arg0[(i_99) >> 2u];
    let v_101 = select(vec4<f32>(), v_100, k0_a0_at < 20 && b_96);
    staged[i_16 * 16 + i_17] = v_101.x;
    staged[i_16 * 16 + i_17 + 16] = v_101.y;
    staged[i_16 * 16 + i_17 + 32] = v_101.z;
    staged[i_16 * 16 + i_17 + 48] = v_101.w;
    let k0_a1_at = k0_first + i_21;
    let k0_a1 = min(k0_a1_at, 20 - 4);
    let i_107 = i_106 + k0_a1;
    let v_108 = arg0[(i_107) >> 2u];
    let v_109 = select(vec4<f32>(), v_108, k0_a1_at < 20 && b_104);
    staged[i_21 * 16 + i_22] = v_109.x;
    staged[i_21 * 16 + i_22 + 16] = v_109.y;
    staged[i_21 * 16 + i_22 + 32] = v_109.z;
    staged[i_21 * 16 + i_22 + 48] = v_109.w;
    let k0_a2_at = k0_first + i_26;
    let k0_a2 = min(k0_a2_at, 20 - 4);
    let i_115 = i_114 + k0_a2;
    let v_116 = arg0[(i_115) >> 2u];
    let v_117 = select(vec4<f32>(), v_116, k0_a2_at < 20 && b_112);
    staged[i_26 * 16 + i_27] = v_117.x;
    staged[i_26 * 16 + i_27 + 16] = v_117.y;
    staged[i_26 * 16 + i_27 + 32] = v_117.z;
    staged[i_26 * 16 + i_27 + 48] = v_117.w;
    let k0_a3_at = k0_first + i_31;
    let k0_a3 = min(k0_a3_at, 20 - 4);
    let i_123 = i_122 + k0_a3;
    let v_124 = arg0[(i_123) >> 2u];
    let v_125 = select(vec4<f32>(), v_124, k0_a3_at < 20 && b_120);
    staged[i_31 * 16 + i_32] = v_125.x;
    staged[i_31 * 16 + i_32 + 16] = v_125.y;
    staged[i_31 * 16 + i_32 + 32] = v_125.z;
    staged[i_31 * 16 + i_32 + 48] = v_125.w;
    let k0_b0_at = k0_first + i_35;
    let k0_b0 = min(k0_b0_at, 20 - 1);
    let i_126 = i_36 + 18 * k0_b0;
    let f_127 = arg2[i_126];
    staged[i_35 * 16 + i_34 + 256] = select(0.0f, f_127, k0_b0_at < 20);
    let k0_b1_at = k0_first + i_38;
    let k0_b1 = min(k0_b1_at, 20 - 1);
    let i_128 = i_39 + 18 * k0_b1;
    let f_129 = arg2[i_128];
    staged[i_38 * 16 + i_37 + 256] = select(0.0f, f_129, k0_b1_at < 20);
    let k0_b2_at = k0_first + i_41;
    let k0_b2 = min(k0_b2_at, 20 - 1);
    let i_130 = i_42 + 18 * k0_b2;
    let f_131 = arg2[i_130];
    staged[i_41 * 16 + i_40 + 256] = select(0.0f, f_131, k0_b2_at < 20);
    let k0_b3_at = k0_first + i_44;
    let k0_b3 = min(k0_b3_at, 20 - 1);
    let i_132 = i_45 + 18 * k0_b3;
    let f_133 = arg2[i_132];
    staged[i_44 * 16 + i_43 + 256] = select(0.0f, f_133, k0_b3_at < 20);
    let k0_b4_at = k0_first + i_48;
    let k0_b4 = min(k0_b4_at, 20 - 1);
    let i_134 = i_49 + 18 * k0_b4;
    let f_135 = arg2[i_134];
    staged[i_48 * 16 + i_47 + 256] = select(0.0f, f_135, k0_b4_at < 20);
    let k0_b5_at = k0_first + i_52;
    let k0_b5 = min(k0_b5_at, 20 - 1);
    let i_136 = i_53 + 18 * k0_b5;
    let f_137 = arg2[i_136];
    staged[i_52 * 16 + i_51 + 256] = select(0.0f, f_137, k0_b5_at < 20);
    let k0_b6_at = k0_first + i_56;
    let k0_b6 = min(k0_b6_at, 20 - 1);
    let i_138 = i_57 + 18 * k0_b6;
    let f_139 = arg2[i_138];
    staged[i_56 * 16 + i_55 + 256] = select(0.0f, f_139, k0_b6_at < 20);
    let k0_b7_at = k0_first + i_60;
    let k0_b7 = min(k0_b7_at, 20 - 1);
    let i_140 = i_61 + 18 * k0_b7;
    let f_141 = arg2[i_140];
    staged[i_60 * 16 + i_59 + 256] = select(0.0f, f_141, k0_b7_at < 20);
    let k0_b8_at = k0_first + i_64;
    let k0_b8 = min(k0_b8_at, 20 - 1);
    let i_142 = i_65 + 18 * k0_b8;
    let f_143 = arg2[i_142];
    staged[i_64 * 16 + i_63 + 256] = select(0.0f, f_143, k0_b8_at < 20);
    let k0_b9_at = k0_first + i_68;
    let k0_b9 = min(k0_b9_at, 20 - 1);
    let i_144 = i_69 + 18 * k0_b9;
    let f_145 = arg2[i_144];
    staged[i_68 * 16 + i_67 + 256] = select(0.0f, f_145, k0_b9_at < 20);
    let k0_b10_at = k0_first + i_72;
    let k0_b10 = min(k0_b10_at, 20 - 1);
    let i_146 = i_73 + 18 * k0_b10;
    let f_147 = arg2[i_146];
    staged[i_72 * 16 + i_71 + 256] = select(0.0f, f_147, k0_b10_at < 20);
    let k0_b11_at = k0_first + i_76;
    let k0_b11 = min(k0_b11_at, 20 - 1);
    let i_148 = i_77 + 18 * k0_b11;
    let f_149 = arg2[i_148];
    staged[i_76 * 16 + i_75 + 256] = select(0.0f, f_149, k0_b11_at < 20);
    let k0_b12_at = k0_first + i_80;
    let k0_b12 = min(k0_b12_at, 20 - 1);
    let i_150 = i_81 + 18 * k0_b12;
    let f_151 = arg2[i_150];
    staged[i_80 * 16 + i_79 + 256] = select(0.0f, f_151, k0_b12_at < 20);
    let k0_b13_at = k0_first + i_84;
    let k0_b13 = min(k0_b13_at, 20 - 1);
    let i_152 = i_85 + 18 * k0_b13;
    let f_153 = arg2[i_152];
    staged[i_84 * 16 + i_83 + 256] = select(0.0f, f_153, k0_b13_at < 20);
    let k0_b14_at = k0_first + i_88;
    let k0_b14 = min(k0_b14_at, 20 - 1);
    let i_154 = i_89 + 18 * k0_b14;
    let f_155 = arg2[i_154];
    staged[i_88 * 16 + i_87 + 256] = select(0.0f, f_155, k0_b14_at < 20);
    let k0_b15_at = k0_first + i_92;
    let k0_b15 = min(k0_b15_at, 20 - 1);
    let i_156 = i_93 + 18 * k0_b15;
    let f_157 = arg2[i_156];
    staged[i_92 * 16 + i_91 + 256] = select(0.0f, f_157, k0_b15_at < 20);
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 16 + i_7 + 0];
      let a1_0 = staged[step * 16 + i_7 + 4];
      let a2_0 = staged[step * 16 + i_7 + 8];
      let a3_0 = staged[step * 16 + i_7 + 12];
      let b0_0 = staged[step * 16 + i_0 + 256];
      let b1_0 = staged[step * 16 + i_0 + 260];
      let b2_0 = staged[step * 16 + i_0 + 264];
      let b3_0 = staged[step * 16 + i_0 + 268];
      let v_158 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_158, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_158, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_158, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_158, acc_3);
      let a0_1 = staged[step * 16 + i_7 + 16];
      let a1_1 = staged[step * 16 + i_7 + 20];
      let a2_1 = staged[step * 16 + i_7 + 24];
      let a3_1 = staged[step * 16 + i_7 + 28];
      let b0_1 = staged[step * 16 + i_0 + 272];
      let b1_1 = staged[step * 16 + i_0 + 276];
      let b2_1 = staged[step * 16 + i_0 + 280];
      let b3_1 = staged[step * 16 + i_0 + 284];
      let v_159 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_159, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_159, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_159, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_159, acc_3);
      let a0_2 = staged[step * 16 + i_7 + 32];
      let a1_2 = staged[step * 16 + i_7 + 36];
      let a2_2 = staged[step * 16 + i_7 + 40];
      let a3_2 = staged[step * 16 + i_7 + 44];
      let b0_2 = staged[step * 16 + i_0 + 288];
      let b1_2 = staged[step * 16 + i_0 + 292];
      let b2_2 = staged[step * 16 + i_0 + 296];
      let b3_2 = staged[step * 16 + i_0 + 300];
      let v_160 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_160, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_160, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_160, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_160, acc_3);
      let a0_3 = staged[step * 16 + i_7 + 48];
      let a1_3 = staged[step * 16 + i_7 + 52];
      let a2_3 = staged[step * 16 + i_7 + 56];
      let a3_3 = staged[step * 16 + i_7 + 60];
      let b0_3 = staged[step * 16 + i_0 + 304];
      let b1_3 = staged[step * 16 + i_0 + 308];
      let b2_3 = staged[step * 16 + i_0 + 312];
      let b3_3 = staged[step * 16 + i_0 + 316];
      let v_161 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_161, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_161, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_161, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_161, acc_3);
    }
  }
  let i_162 = 18 * i_10 + i_3;
  let i_163 = 18 * i_10 + i_4;
  let i_164 = 18 * i_10 + i_5;
  let i_165 = 18 * i_10 + i_6;
  if (row_at0 < 17) {
    if (col_at0 < 18) {
      out[i_162] = acc_0.x;
    }
    if (col_at1 < 18) {
      out[i_163] = acc_0.y;
    }
    if (col_at2 < 18) {
      out[i_164] = acc_0.z;
    }
    if (col_at3 < 18) {
      out[i_165] = acc_0.w;
    }
  }
  let i_166 = 18 * i_11 + i_3;
  let i_167 = 18 * i_11 + i_4;
  let i_168 = 18 * i_11 + i_5;
  let i_169 = 18 * i_11 + i_6;
  if (row_at1 < 17) {
    if (col_at0 < 18) {
      out[i_166] = acc_1.x;
    }
    if (col_at1 < 18) {
      out[i_167] = acc_1.y;
    }
    if (col_at2 < 18) {
      out[i_168] = acc_1.z;
    }
    if (col_at3 < 18) {
      out[i_169] = acc_1.w;
    }
  }
  let i_170 = 18 * i_12 + i_3;
  let i_171 = 18 * i_12 + i_4;
  let i_172 = 18 * i_12 + i_5;
  let i_173 = 18 * i_12 + i_6;
  if (row_at2 < 17) {
    if (col_at0 < 18) {
      out[i_170] = acc_2.x;
    }
    if (col_at1 < 18) {
      out[i_171] = acc_2.y;
    }
    if (col_at2 < 18) {
      out[i_172] = acc_2.z;
    }
    if (col_at3 < 18) {
      out[i_173] = acc_2.w;
    }
  }
  let i_174 = 18 * i_13 + i_3;
  let i_175 = 18 * i_13 + i_4;
  let i_176 = 18 * i_13 + i_5;
  let i_177 = 18 * i_13 + i_6;
  if (row_at3 < 17) {
    if (col_at0 < 18) {
      out[i_174] = acc_3.x;
    }
    if (col_at1 < 18) {
      out[i_175] = acc_3.y;
    }
    if (col_at2 < 18) {
      out[i_176] = acc_3.z;
    }
    if (col_at3 < 18) {
      out[i_177] = acc_3.w;
    }
  }
}
