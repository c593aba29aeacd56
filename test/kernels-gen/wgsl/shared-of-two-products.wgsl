@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1280>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = ((2 * tokens) + 15) / 16;
  if (group >= 2 * i_0) { return; }
  let i_1 = lane & 15;
  let i_2 = i32(u32(group) / 2u);
  let i_3 = group - i_2 * 2;
  let col_at0 = i_3 * 64 + i_1;
  let i_4 = min(col_at0, 70 - 1);
  let col_at1 = i_3 * 64 + i_1 + 16;
  let i_5 = min(col_at1, 70 - 1);
  let col_at2 = i_3 * 64 + i_1 + 32;
  let i_6 = min(col_at2, 70 - 1);
  let col_at3 = i_3 * 64 + i_1 + 48;
  let i_7 = min(col_at3, 70 - 1);
  let i_8 = (lane >> 4u) & 3;
  let i_9 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_10 = i_2 - i_9 * i_0;
  let row_at0 = i_10 * 16 + i_8;
  let i_11 = min(row_at0, (2 * tokens) - 1);
  let i_12 = i32(u32(i_11) / u32(tokens));
  let m1_0 = i_11 - i_12 * tokens;
  let row_at1 = i_10 * 16 + i_8 + 4;
  let i_13 = min(row_at1, (2 * tokens) - 1);
  let i_14 = i32(u32(i_13) / u32(tokens));
  let m1_1 = i_13 - i_14 * tokens;
  let row_at2 = i_10 * 16 + i_8 + 8;
  let i_15 = min(row_at2, (2 * tokens) - 1);
  let i_16 = i32(u32(i_15) / u32(tokens));
  let m1_2 = i_15 - i_16 * tokens;
  let row_at3 = i_10 * 16 + i_8 + 12;
  let i_17 = min(row_at3, (2 * tokens) - 1);
  let i_18 = i32(u32(i_17) / u32(tokens));
  let m1_3 = i_17 - i_18 * tokens;
  let batch_at0 = i_9;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_19 = lane + 0;
  let i_20 = i_19 & 3;
  let i_21 = i_20 * 4;
  let i_22 = (i_19 >> 2u) & 15;
  let i_23 = min(i_10 * 16 + i_22, (2 * tokens) - 1);
  let i_24 = i32(u32(i_23) / u32(tokens));
  let m1_a0 = i_23 - i_24 * tokens;
  let i_25 = (i_19 >> 2u) & 63;
  let i_26 = min(i_3 * 64 + i_25, 70 - 1);
  let i_27 = lane + 64;
  let i_28 = i_27 & 3;
  let i_29 = i_28 * 4;
  let i_30 = (i_27 >> 2u) & 63;
  let i_31 = min(i_3 * 64 + i_30, 70 - 1);
  let i_32 = lane + 128;
  let i_33 = i_32 & 3;
  let i_34 = i_33 * 4;
  let i_35 = (i_32 >> 2u) & 63;
  let i_36 = min(i_3 * 64 + i_35, 70 - 1);
  let i_37 = lane + 192;
  let i_38 = i_37 & 3;
  let i_39 = i_38 * 4;
  let i_40 = (i_37 >> 2u) & 63;
  let i_41 = min(i_3 * 64 + i_40, 70 - 1);
  let i_42 = 40 * tokens * i_24 + 40 * m1_a0;
  let i_46 = 40 * i_26;
  let i_50 = 40 * i_31;
  let i_54 = 40 * i_36;
  let i_58 = 40 * i_41;
  for (var k0_first = 0; k0_first < 40; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_21;
    let k0_a0 = min(k0_a0_at, 40 - 4);
    let i_43 = i_42 + k0_a0;
    let v_44 = arg0[(i_43) >> 2u];
    let v_45 = select(vec4<f32>(), v_44, k0_a0_at < 40);
    staged[i_21 * 16 + i_22] = v_45.x;
    staged[i_21 * 16 + i_22 + 16] = v_45.y;
    staged[i_21 * 16 + i_22 + 32] = v_45.z;
    staged[i_21 * 16 + i_22 + 48] = v_45.w;
    let k0_b0_at = k0_first + i_21;
    let k0_b0 = min(k0_b0_at, 40 - 4);
    let i_47 = i_46 + k0_b0;
    let v_48 = arg1[(i_47) >> 2u];
    let v_49 = select(vec4<f32>(), v_48, k0_b0_at < 40);
    staged[i_21 * 64 + i_25 + 256] = v_49.x;
    staged[i_21 * 64 + i_25 + 256 + 64] = v_49.y;
    staged[i_21 * 64 + i_25 + 256 + 128] = v_49.z;
    staged[i_21 * 64 + i_25 + 256 + 192] = v_49.w;
    let k0_b1_at = k0_first + i_29;
    let k0_b1 = min(k0_b1_at, 40 - 4);
    let i_51 = i_50 + k0_b1;
    let v_52 = arg1[(i_51) >> 2u];
    let v_53 = select(vec4<f32>(), v_52, k0_b1_at < 40);
    staged[i_29 * 64 + i_30 + 256] = v_53.x;
    staged[i_29 * 64 + i_30 + 256 + 64] = v_53.y;
    staged[i_29 * 64 + i_30 + 256 + 128] = v_53.z;
    staged[i_29 * 64 + i_30 + 256 + 192] = v_53.w;
    let k0_b2_at = k0_first + i_34;
    let k0_b2 = min(k0_b2_at, 40 - 4);
    let i_55 = i_54 + k0_b2;
    let v_56 = arg1[(i_55) >> 2u];
    let v_57 = select(vec4<f32>(), v_56, k0_b2_at < 40);
    staged[i_34 * 64 + i_35 + 256] = v_57.x;
    staged[i_34 * 64 + i_35 + 256 + 64] = v_57.y;
    staged[i_34 * 64 + i_35 + 256 + 128] = v_57.z;
    staged[i_34 * 64 + i_35 + 256 + 192] = v_57.w;
    let k0_b3_at = k0_first + i_39;
    let k0_b3 = min(k0_b3_at, 40 - 4);
    let i_59 = i_58 + k0_b3;
    let v_60 = arg1[(i_59) >> 2u];
    let v_61 = select(vec4<f32>(), v_60, k0_b3_at < 40);
    staged[i_39 * 64 + i_40 + 256] = v_61.x;
    staged[i_39 * 64 + i_40 + 256 + 64] = v_61.y;
    staged[i_39 * 64 + i_40 + 256 + 128] = v_61.z;
    staged[i_39 * 64 + i_40 + 256 + 192] = v_61.w;
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 16 + i_8 + 0];
      let a1_0 = staged[step * 16 + i_8 + 4];
      let a2_0 = staged[step * 16 + i_8 + 8];
      let a3_0 = staged[step * 16 + i_8 + 12];
      let b0_0 = staged[step * 64 + i_1 + 256];
      let b1_0 = staged[step * 64 + i_1 + 272];
      let b2_0 = staged[step * 64 + i_1 + 288];
      let b3_0 = staged[step * 64 + i_1 + 304];
      let v_62 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_62, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_62, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_62, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_62, acc_3);
      let a0_1 = staged[step * 16 + i_8 + 16];
      let a1_1 = staged[step * 16 + i_8 + 20];
      let a2_1 = staged[step * 16 + i_8 + 24];
      let a3_1 = staged[step * 16 + i_8 + 28];
      let b0_1 = staged[step * 64 + i_1 + 320];
      let b1_1 = staged[step * 64 + i_1 + 336];
      let b2_1 = staged[step * 64 + i_1 + 352];
      let b3_1 = staged[step * 64 + i_1 + 368];
      let v_63 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_63, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_63, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_63, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_63, acc_3);
      let a0_2 = staged[step * 16 + i_8 + 32];
      let a1_2 = staged[step * 16 + i_8 + 36];
      let a2_2 = staged[step * 16 + i_8 + 40];
      let a3_2 = staged[step * 16 + i_8 + 44];
      let b0_2 = staged[step * 64 + i_1 + 384];
      let b1_2 = staged[step * 64 + i_1 + 400];
      let b2_2 = staged[step * 64 + i_1 + 416];
      let b3_2 = staged[step * 64 + i_1 + 432];
      let v_64 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_64, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_64, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_64, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_64, acc_3);
      let a0_3 = staged[step * 16 + i_8 + 48];
      let a1_3 = staged[step * 16 + i_8 + 52];
      let a2_3 = staged[step * 16 + i_8 + 56];
      let a3_3 = staged[step * 16 + i_8 + 60];
      let b0_3 = staged[step * 64 + i_1 + 448];
      let b1_3 = staged[step * 64 + i_1 + 464];
      let b2_3 = staged[step * 64 + i_1 + 480];
      let b3_3 = staged[step * 64 + i_1 + 496];
      let v_65 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_65, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_65, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_65, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_65, acc_3);
    }
  }
  let i_66 = i_19 & 15;
  let i_67 = (i_19 >> 4u) & 15;
  let i_68 = min(i_10 * 16 + i_67, (2 * tokens) - 1);
  let i_70 = i_27 & 15;
  let i_71 = (i_27 >> 4u) & 15;
  let i_72 = min(i_10 * 16 + i_71, (2 * tokens) - 1);
  let i_74 = i_32 & 15;
  let i_75 = (i_32 >> 4u) & 15;
  let i_76 = min(i_10 * 16 + i_75, (2 * tokens) - 1);
  let i_78 = i_37 & 15;
  let i_79 = (i_37 >> 4u) & 15;
  let i_80 = min(i_10 * 16 + i_79, (2 * tokens) - 1);
  let i_82 = (i_19 >> 4u) & 63;
  let i_83 = min(i_3 * 64 + i_82, 70 - 1);
  let i_84 = (i_27 >> 4u) & 63;
  let i_85 = min(i_3 * 64 + i_84, 70 - 1);
  let i_86 = (i_32 >> 4u) & 63;
  let i_87 = min(i_3 * 64 + i_86, 70 - 1);
  let i_88 = (i_37 >> 4u) & 63;
  let i_89 = min(i_3 * 64 + i_88, 70 - 1);
  let i_90 = lane + 256;
  let i_91 = i_90 & 15;
  let i_92 = (i_90 >> 4u) & 63;
  let i_93 = min(i_3 * 64 + i_92, 70 - 1);
  let i_94 = lane + 320;
  let i_95 = i_94 & 15;
  let i_96 = (i_94 >> 4u) & 63;
  let i_97 = min(i_3 * 64 + i_96, 70 - 1);
  let i_98 = lane + 384;
  let i_99 = i_98 & 15;
  let i_100 = (i_98 >> 4u) & 63;
  let i_101 = min(i_3 * 64 + i_100, 70 - 1);
  let i_102 = lane + 448;
  let i_103 = i_102 & 15;
  let i_104 = (i_102 >> 4u) & 63;
  let i_105 = min(i_3 * 64 + i_104, 70 - 1);
  let i_106 = lane + 512;
  let i_107 = i_106 & 15;
  let i_108 = (i_106 >> 4u) & 63;
  let i_109 = min(i_3 * 64 + i_108, 70 - 1);
  let i_110 = lane + 576;
  let i_111 = i_110 & 15;
  let i_112 = (i_110 >> 4u) & 63;
  let i_113 = min(i_3 * 64 + i_112, 70 - 1);
  let i_114 = lane + 640;
  let i_115 = i_114 & 15;
  let i_116 = (i_114 >> 4u) & 63;
  let i_117 = min(i_3 * 64 + i_116, 70 - 1);
  let i_118 = lane + 704;
  let i_119 = i_118 & 15;
  let i_120 = (i_118 >> 4u) & 63;
  let i_121 = min(i_3 * 64 + i_120, 70 - 1);
  let i_122 = lane + 768;
  let i_123 = i_122 & 15;
  let i_124 = (i_122 >> 4u) & 63;
  let i_125 = min(i_3 * 64 + i_124, 70 - 1);
  let i_126 = lane + 832;
  let i_127 = i_126 & 15;
  let i_128 = (i_126 >> 4u) & 63;
  let i_129 = min(i_3 * 64 + i_128, 70 - 1);
  let i_130 = lane + 896;
  let i_131 = i_130 & 15;
  let i_132 = (i_130 >> 4u) & 63;
  let i_133 = min(i_3 * 64 + i_132, 70 - 1);
  let i_134 = lane + 960;
  let i_135 = i_134 & 15;
  let i_136 = (i_134 >> 4u) & 63;
  let i_137 = min(i_3 * 64 + i_136, 70 - 1);
  {
    let i_69 = i32(u32(i_68) / u32(tokens));
    let m1_a0 = i_68 - i_69 * tokens;
    let i_73 = i32(u32(i_72) / u32(tokens));
    let m1_a1 = i_72 - i_73 * tokens;
    let i_77 = i32(u32(i_76) / u32(tokens));
    let m1_a2 = i_76 - i_77 * tokens;
    let i_81 = i32(u32(i_80) / u32(tokens));
    let m1_a3 = i_80 - i_81 * tokens;
    let i_138 = 3 * tokens * i_69 + 3 * m1_a0;
    let i_142 = 3 * tokens * i_73 + 3 * m1_a1;
    let i_146 = 3 * tokens * i_77 + 3 * m1_a2;
    let i_150 = 3 * tokens * i_81 + 3 * m1_a3;
    let i_154 = 3 * i_83;
    let i_157 = 3 * i_85;
    let i_160 = 3 * i_87;
    let i_163 = 3 * i_89;
    let i_166 = 3 * i_93;
    let i_169 = 3 * i_97;
    let i_172 = 3 * i_101;
    let i_175 = 3 * i_105;
    let i_178 = 3 * i_109;
    let i_181 = 3 * i_113;
    let i_184 = 3 * i_117;
    let i_187 = 3 * i_121;
    let i_190 = 3 * i_125;
    let i_193 = 3 * i_129;
    let i_196 = 3 * i_133;
    let i_199 = 3 * i_137;
    for (var k1_first = 0; k1_first < 3; k1_first += 16) {
      workgroupBarrier();
      let k1_a0_at = k1_first + i_66;
      let k1_a0 = min(k1_a0_at, 3 - 1);
      let i_139 = i_138 + k1_a0;
      let f_140 = arg2[i_139];
      let f_141 = 2.0f * f_140;
      staged[i_66 * 16 + i_67] = select(0.0f, f_141, k1_a0_at < 3);
      let k1_a1_at = k1_first + i_70;
      let k1_a1 = min(k1_a1_at, 3 - 1);
      let i_143 = i_142 + k1_a1;
      let f_144 = arg2[i_143];
      let f_145 = 2.0f * f_144;
      staged[i_70 * 16 + i_71] = select(0.0f, f_145, k1_a1_at < 3);
      let k1_a2_at = k1_first + i_74;
      let k1_a2 = min(k1_a2_at, 3 - 1);
      let i_147 = i_146 + k1_a2;
      let f_148 = arg2[i_147];
      let f_149 = 2.0f * f_148;
      staged[i_74 * 16 + i_75] = select(0.0f, f_149, k1_a2_at < 3);
      let k1_a3_at = k1_first + i_78;
      let k1_a3 = min(k1_a3_at, 3 - 1);
      let i_151 = i_150 + k1_a3;
      let f_152 = arg2[i_151];
      let f_153 = 2.0f * f_152;
      staged[i_78 * 16 + i_79] = select(0.0f, f_153, k1_a3_at < 3);
      let k1_b0_at = k1_first + i_66;
      let k1_b0 = min(k1_b0_at, 3 - 1);
      let i_155 = i_154 + k1_b0;
      let f_156 = arg3[i_155];
      staged[i_66 * 64 + i_82 + 256] = select(0.0f, f_156, k1_b0_at < 3);
      let k1_b1_at = k1_first + i_70;
      let k1_b1 = min(k1_b1_at, 3 - 1);
      let i_158 = i_157 + k1_b1;
      let f_159 = arg3[i_158];
      staged[i_70 * 64 + i_84 + 256] = select(0.0f, f_159, k1_b1_at < 3);
      let k1_b2_at = k1_first + i_74;
      let k1_b2 = min(k1_b2_at, 3 - 1);
      let i_161 = i_160 + k1_b2;
      let f_162 = arg3[i_161];
      staged[i_74 * 64 + i_86 + 256] = select(0.0f, f_162, k1_b2_at < 3);
      let k1_b3_at = k1_first + i_78;
      let k1_b3 = min(k1_b3_at, 3 - 1);
      let i_164 = i_163 + k1_b3;
      let f_165 = arg3[i_164];
      staged[i_78 * 64 + i_88 + 256] = select(0.0f, f_165, k1_b3_at < 3);
      let k1_b4_at = k1_first + i_91;
      let k1_b4 = min(k1_b4_at, 3 - 1);
      let i_167 = i_166 + k1_b4;
      let f_168 = arg3[i_167];
      staged[i_91 * 64 + i_92 + 256] = select(0.0f, f_168, k1_b4_at < 3);
      let k1_b5_at = k1_first + i_95;
      let k1_b5 = min(k1_b5_at, 3 - 1);
      let i_170 = i_169 + k1_b5;
      let f_171 = arg3[i_170];
      staged[i_95 * 64 + i_96 + 256] = select(0.0f, f_171, k1_b5_at < 3);
      let k1_b6_at = k1_first + i_99;
      let k1_b6 = min(k1_b6_at, 3 - 1);
      let i_173 = i_172 + k1_b6;
      let f_174 = arg3[i_173];
      staged[i_99 * 64 + i_100 + 256] = select(0.0f, f_174, k1_b6_at < 3);
      let k1_b7_at = k1_first + i_103;
      let k1_b7 = min(k1_b7_at, 3 - 1);
      let i_176 = i_175 + k1_b7;
      let f_177 = arg3[i_176];
      staged[i_103 * 64 + i_104 + 256] = select(0.0f, f_177, k1_b7_at < 3);
      let k1_b8_at = k1_first + i_107;
      let k1_b8 = min(k1_b8_at, 3 - 1);
      let i_179 = i_178 + k1_b8;
      let f_180 = arg3[i_179];
      staged[i_107 * 64 + i_108 + 256] = select(0.0f, f_180, k1_b8_at < 3);
      let k1_b9_at = k1_first + i_111;
      let k1_b9 = min(k1_b9_at, 3 - 1);
      let i_182 = i_181 + k1_b9;
      let f_183 = arg3[i_182];
      staged[i_111 * 64 + i_112 + 256] = select(0.0f, f_183, k1_b9_at < 3);
      let k1_b10_at = k1_first + i_115;
      let k1_b10 = min(k1_b10_at, 3 - 1);
      let i_185 = i_184 + k1_b10;
      let f_186 = arg3[i_185];
      staged[i_115 * 64 + i_116 + 256] = select(0.0f, f_186, k1_b10_at < 3);
      let k1_b11_at = k1_first + i_119;
      let k1_b11 = min(k1_b11_at, 3 - 1);
      let i_188 = i_187 + k1_b11;
      let f_189 = arg3[i_188];
      staged[i_119 * 64 + i_120 + 256] = select(0.0f, f_189, k1_b11_at < 3);
      let k1_b12_at = k1_first + i_123;
      let k1_b12 = min(k1_b12_at, 3 - 1);
      let i_191 = i_190 + k1_b12;
      let f_192 = arg3[i_191];
      staged[i_123 * 64 + i_124 + 256] = select(0.0f, f_192, k1_b12_at < 3);
      let k1_b13_at = k1_first + i_127;
      let k1_b13 = min(k1_b13_at, 3 - 1);
      let i_194 = i_193 + k1_b13;
      let f_195 = arg3[i_194];
      staged[i_127 * 64 + i_128 + 256] = select(0.0f, f_195, k1_b13_at < 3);
      let k1_b14_at = k1_first + i_131;
      let k1_b14 = min(k1_b14_at, 3 - 1);
      let i_197 = i_196 + k1_b14;
      let f_198 = arg3[i_197];
      staged[i_131 * 64 + i_132 + 256] = select(0.0f, f_198, k1_b14_at < 3);
      let k1_b15_at = k1_first + i_135;
      let k1_b15 = min(k1_b15_at, 3 - 1);
      let i_200 = i_199 + k1_b15;
      let f_201 = arg3[i_200];
      staged[i_135 * 64 + i_136 + 256] = select(0.0f, f_201, k1_b15_at < 3);
      workgroupBarrier();
      for (var step = 0; step < 16; step += 4) {
        let a0_0 = staged[step * 16 + i_8 + 0];
        let a1_0 = staged[step * 16 + i_8 + 4];
        let a2_0 = staged[step * 16 + i_8 + 8];
        let a3_0 = staged[step * 16 + i_8 + 12];
        let b0_0 = staged[step * 64 + i_1 + 256];
        let b1_0 = staged[step * 64 + i_1 + 272];
        let b2_0 = staged[step * 64 + i_1 + 288];
        let b3_0 = staged[step * 64 + i_1 + 304];
        let v_202 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
        acc_0 = fma(vec4<f32>(a0_0), v_202, acc_0);
        acc_1 = fma(vec4<f32>(a1_0), v_202, acc_1);
        acc_2 = fma(vec4<f32>(a2_0), v_202, acc_2);
        acc_3 = fma(vec4<f32>(a3_0), v_202, acc_3);
        let a0_1 = staged[step * 16 + i_8 + 16];
        let a1_1 = staged[step * 16 + i_8 + 20];
        let a2_1 = staged[step * 16 + i_8 + 24];
        let a3_1 = staged[step * 16 + i_8 + 28];
        let b0_1 = staged[step * 64 + i_1 + 320];
        let b1_1 = staged[step * 64 + i_1 + 336];
        let b2_1 = staged[step * 64 + i_1 + 352];
        let b3_1 = staged[step * 64 + i_1 + 368];
        let v_203 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
        acc_0 = fma(vec4<f32>(a0_1), v_203, acc_0);
        acc_1 = fma(vec4<f32>(a1_1), v_203, acc_1);
        acc_2 = fma(vec4<f32>(a2_1), v_203, acc_2);
        acc_3 = fma(vec4<f32>(a3_1), v_203, acc_3);
        let a0_2 = staged[step * 16 + i_8 + 32];
        let a1_2 = staged[step * 16 + i_8 + 36];
        let a2_2 = staged[step * 16 + i_8 + 40];
        let a3_2 = staged[step * 16 + i_8 + 44];
        let b0_2 = staged[step * 64 + i_1 + 384];
        let b1_2 = staged[step * 64 + i_1 + 400];
        let b2_2 = staged[step * 64 + i_1 + 416];
        let b3_2 = staged[step * 64 + i_1 + 432];
        let v_204 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
        acc_0 = fma(vec4<f32>(a0_2), v_204, acc_0);
        acc_1 = fma(vec4<f32>(a1_2), v_204, acc_1);
        acc_2 = fma(vec4<f32>(a2_2), v_204, acc_2);
        acc_3 = fma(vec4<f32>(a3_2), v_204, acc_3);
        let a0_3 = staged[step * 16 + i_8 + 48];
        let a1_3 = staged[step * 16 + i_8 + 52];
        let a2_3 = staged[step * 16 + i_8 + 56];
        let a3_3 = staged[step * 16 + i_8 + 60];
        let b0_3 = staged[step * 64 + i_1 + 448];
        let b1_3 = staged[step * 64 + i_1 + 464];
        let b2_3 = staged[step * 64 + i_1 + 480];
        let b3_3 = staged[step * 64 + i_1 + 496];
        let v_205 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
        acc_0 = fma(vec4<f32>(a0_3), v_205, acc_0);
        acc_1 = fma(vec4<f32>(a1_3), v_205, acc_1);
        acc_2 = fma(vec4<f32>(a2_3), v_205, acc_2);
        acc_3 = fma(vec4<f32>(a3_3), v_205, acc_3);
      }
    }
  }
  let i_206 = 70 * tokens * i_12 + 70 * m1_0 + i_4;
  let i_207 = 70 * tokens * i_12 + 70 * m1_0 + i_5;
  let i_208 = 70 * tokens * i_12 + 70 * m1_0 + i_6;
  let i_209 = 70 * tokens * i_12 + 70 * m1_0 + i_7;
  if (row_at0 < (2 * tokens)) {
    if (col_at0 < 70) {
      out[i_206] = acc_0.x;
    }
    if (col_at1 < 70) {
      out[i_207] = acc_0.y;
    }
    if (col_at2 < 70) {
      out[i_208] = acc_0.z;
    }
    if (col_at3 < 70) {
      out[i_209] = acc_0.w;
    }
  }
  let i_210 = 70 * tokens * i_14 + 70 * m1_1 + i_4;
  let i_211 = 70 * tokens * i_14 + 70 * m1_1 + i_5;
  let i_212 = 70 * tokens * i_14 + 70 * m1_1 + i_6;
  let i_213 = 70 * tokens * i_14 + 70 * m1_1 + i_7;
  if (row_at1 < (2 * tokens)) {
    if (col_at0 < 70) {
      out[i_210] = acc_1.x;
    }
    if (col_at1 < 70) {
      out[i_211] = acc_1.y;
    }
    if (col_at2 < 70) {
      out[i_212] = acc_1.z;
    }
    if (col_at3 < 70) {
      out[i_213] = acc_1.w;
    }
  }
  let i_214 = 70 * tokens * i_16 + 70 * m1_2 + i_4;
  let i_215 = 70 * tokens * i_16 + 70 * m1_2 + i_5;
  let i_216 = 70 * tokens * i_16 + 70 * m1_2 + i_6;
  let i_217 = 70 * tokens * i_16 + 70 * m1_2 + i_7;
  if (row_at2 < (2 * tokens)) {
    if (col_at0 < 70) {
      out[i_214] = acc_2.x;
    }
    if (col_at1 < 70) {
      out[i_215] = acc_2.y;
    }
    if (col_at2 < 70) {
      out[i_216] = acc_2.z;
    }
    if (col_at3 < 70) {
      out[i_217] = acc_2.w;
    }
  }
  let i_218 = 70 * tokens * i_18 + 70 * m1_3 + i_4;
  let i_219 = 70 * tokens * i_18 + 70 * m1_3 + i_5;
  let i_220 = 70 * tokens * i_18 + 70 * m1_3 + i_6;
  let i_221 = 70 * tokens * i_18 + 70 * m1_3 + i_7;
  if (row_at3 < (2 * tokens)) {
    if (col_at0 < 70) {
      out[i_218] = acc_3.x;
    }
    if (col_at1 < 70) {
      out[i_219] = acc_3.y;
    }
    if (col_at2 < 70) {
      out[i_220] = acc_3.z;
    }
    if (col_at3 < 70) {
      out[i_221] = acc_3.w;
    }
  }
}
