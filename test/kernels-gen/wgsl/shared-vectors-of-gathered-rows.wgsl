@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<i32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 2) { return; }
 let i_0 = lane & 3;
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = i_2 * 16 + i_0;
 let i_4 = min(i_3, 18 - 1);
 let i_5 = i_2 * 16 + i_0 + 4;
 let i_6 = min(i_5, 18 - 1);
 let i_7 = i_2 * 16 + i_0 + 8;
 let i_8 = min(i_7, 18 - 1);
 let i_9 = i_2 * 16 + i_0 + 12;
 let i_10 = min(i_9, 18 - 1);
 let i_11 = (lane >> 2) & 3;
 let i_13 = i_1 - i32(u32(i_1) / 2u) * 2;
 let i_14 = i_13 * 16 + i_11;
 let i_15 = min(i_14, 17 - 1);
 let i_16 = i_13 * 16 + i_11 + 4;
 let i_17 = min(i_16, 17 - 1);
 let i_18 = i_13 * 16 + i_11 + 8;
 let i_19 = min(i_18, 17 - 1);
 let i_20 = i_13 * 16 + i_11 + 12;
 let i_21 = min(i_20, 17 - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_22 = i_0 * 4;
 let i_23 = (lane >> 2) & 15;
 let i_25 = i_22 * 16 + i_23;
 let i_26 = lane + 16;
 let i_28 = (i_26 & 3) * 4;
 let i_29 = (i_26 >> 2) & 15;
 let i_31 = i_28 * 16 + i_29;
 let i_32 = lane + 32;
 let i_34 = (i_32 & 3) * 4;
 let i_35 = (i_32 >> 2) & 15;
 let i_37 = i_34 * 16 + i_35;
 let i_38 = lane + 48;
 let i_40 = (i_38 & 3) * 4;
 let i_41 = (i_38 >> 2) & 15;
 let i_43 = i_40 * 16 + i_41;
 let i_44 = lane & 15;
 let i_45 = (lane >> 4) & 15;
 let i_46 = min(i_2 * 16 + i_44, 18 - 1);
 let i_47 = i_45 * 16 + i_44;
 let i_48 = i_26 & 15;
 let i_49 = (i_26 >> 4) & 15;
 let i_50 = min(i_2 * 16 + i_48, 18 - 1);
 let i_51 = i_49 * 16 + i_48;
 let i_52 = i_32 & 15;
 let i_53 = (i_32 >> 4) & 15;
 let i_54 = min(i_2 * 16 + i_52, 18 - 1);
 let i_55 = i_53 * 16 + i_52;
 let i_56 = i_38 & 15;
 let i_57 = (i_38 >> 4) & 15;
 let i_58 = min(i_2 * 16 + i_56, 18 - 1);
 let i_59 = i_57 * 16 + i_56;
 let i_60 = lane + 64;
 let i_61 = i_60 & 15;
 let i_62 = (i_60 >> 4) & 15;
 let i_63 = min(i_2 * 16 + i_61, 18 - 1);
 let i_64 = i_62 * 16 + i_61;
 let i_65 = lane + 80;
 let i_66 = i_65 & 15;
 let i_67 = (i_65 >> 4) & 15;
 let i_68 = min(i_2 * 16 + i_66, 18 - 1);
 let i_69 = i_67 * 16 + i_66;
 let i_70 = lane + 96;
 let i_71 = i_70 & 15;
 let i_72 = (i_70 >> 4) & 15;
 let i_73 = min(i_2 * 16 + i_71, 18 - 1);
 let i_74 = i_72 * 16 + i_71;
 let i_75 = lane + 112;
 let i_76 = i_75 & 15;
 let i_77 = (i_75 >> 4) & 15;
 let i_78 = min(i_2 * 16 + i_76, 18 - 1);
 let i_79 = i_77 * 16 + i_76;
 let i_80 = lane + 128;
 let i_81 = i_80 & 15;
 let i_82 = (i_80 >> 4) & 15;
 let i_83 = min(i_2 * 16 + i_81, 18 - 1);
 let i_84 = i_82 * 16 + i_81;
 let i_85 = lane + 144;
 let i_86 = i_85 & 15;
 let i_87 = (i_85 >> 4) & 15;
 let i_88 = min(i_2 * 16 + i_86, 18 - 1);
 let i_89 = i_87 * 16 + i_86;
 let i_90 = lane + 160;
 let i_91 = i_90 & 15;
 let i_92 = (i_90 >> 4) & 15;
 let i_93 = min(i_2 * 16 + i_91, 18 - 1);
 let i_94 = i_92 * 16 + i_91;
 let i_95 = lane + 176;
 let i_96 = i_95 & 15;
 let i_97 = (i_95 >> 4) & 15;
 let i_98 = min(i_2 * 16 + i_96, 18 - 1);
 let i_99 = i_97 * 16 + i_96;
 let i_100 = lane + 192;
 let i_101 = i_100 & 15;
 let i_102 = (i_100 >> 4) & 15;
 let i_103 = min(i_2 * 16 + i_101, 18 - 1);
 let i_104 = i_102 * 16 + i_101;
 let i_105 = lane + 208;
 let i_106 = i_105 & 15;
 let i_107 = (i_105 >> 4) & 15;
 let i_108 = min(i_2 * 16 + i_106, 18 - 1);
 let i_109 = i_107 * 16 + i_106;
 let i_110 = lane + 224;
 let i_111 = i_110 & 15;
 let i_112 = (i_110 >> 4) & 15;
 let i_113 = min(i_2 * 16 + i_111, 18 - 1);
 let i_114 = i_112 * 16 + i_111;
 let i_115 = lane + 240;
 let i_116 = i_115 & 15;
 let i_117 = (i_115 >> 4) & 15;
 let i_118 = min(i_2 * 16 + i_116, 18 - 1);
 let i_119 = i_117 * 16 + i_116;
 let i_120 = arg1[min(i_13 * 16 + i_23, 17 - 1)];
 let i_121 = i_120 * i_120;
 let b_122 = u32(i_121) < u32(9);
 let i_124 = 20 * select(0, i_121, b_122);
 let i_128 = arg1[min(i_13 * 16 + i_29, 17 - 1)];
 let i_129 = i_128 * i_128;
 let b_130 = u32(i_129) < u32(9);
 let i_132 = 20 * select(0, i_129, b_130);
 let i_136 = arg1[min(i_13 * 16 + i_35, 17 - 1)];
 let i_137 = i_136 * i_136;
 let b_138 = u32(i_137) < u32(9);
 let i_140 = 20 * select(0, i_137, b_138);
 let i_144 = arg1[min(i_13 * 16 + i_41, 17 - 1)];
 let i_145 = i_144 * i_144;
 let b_146 = u32(i_145) < u32(9);
 let i_148 = 20 * select(0, i_145, b_146);
 for (var k0_first = 0; k0_first < 20; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_22;
  let k0_a0 = min(k0_a0_at, 20 - 4);
  let v_127 = select(vec4f(), arg0[(i_124 + k0_a0) >> 2], k0_a0_at < 20 && b_122);
  staged[i_25] = v_127.x;
  staged[i_25 + 16] = v_127.y;
  staged[i_25 + 32] = v_127.z;
  staged[i_25 + 48] = v_127.w;
  let k0_a1_at = k0_first + i_28;
  let k0_a1 = min(k0_a1_at, 20 - 4);
  let v_135 = select(vec4f(), arg0[(i_132 + k0_a1) >> 2], k0_a1_at < 20 && b_130);
  staged[i_31] = v_135.x;
  staged[i_31 + 16] = v_135.y;
  staged[i_31 + 32] = v_135.z;
  staged[i_31 + 48] = v_135.w;
  let k0_a2_at = k0_first + i_34;
  let k0_a2 = min(k0_a2_at, 20 - 4);
  let v_143 = select(vec4f(), arg0[(i_140 + k0_a2) >> 2], k0_a2_at < 20 && b_138);
  staged[i_37] = v_143.x;
  staged[i_37 + 16] = v_143.y;
  staged[i_37 + 32] = v_143.z;
  staged[i_37 + 48] = v_143.w;
  let k0_a3_at = k0_first + i_40;
  let k0_a3 = min(k0_a3_at, 20 - 4);
  let v_151 = select(vec4f(), arg0[(i_148 + k0_a3) >> 2], k0_a3_at < 20 && b_146);
  staged[i_43] = v_151.x;
  staged[i_43 + 16] = v_151.y;
  staged[i_43 + 32] = v_151.z;
  staged[i_43 + 48] = v_151.w;
  let k0_b0_at = k0_first + i_45;
  let k0_b0 = min(k0_b0_at, 20 - 1);
  staged[i_47 + 256] = select(0.0f, arg2[i_46 + 18 * k0_b0], k0_b0_at < 20);
  let k0_b1_at = k0_first + i_49;
  let k0_b1 = min(k0_b1_at, 20 - 1);
  staged[i_51 + 256] = select(0.0f, arg2[i_50 + 18 * k0_b1], k0_b1_at < 20);
  let k0_b2_at = k0_first + i_53;
  let k0_b2 = min(k0_b2_at, 20 - 1);
  staged[i_55 + 256] = select(0.0f, arg2[i_54 + 18 * k0_b2], k0_b2_at < 20);
  let k0_b3_at = k0_first + i_57;
  let k0_b3 = min(k0_b3_at, 20 - 1);
  staged[i_59 + 256] = select(0.0f, arg2[i_58 + 18 * k0_b3], k0_b3_at < 20);
  let k0_b4_at = k0_first + i_62;
  let k0_b4 = min(k0_b4_at, 20 - 1);
  staged[i_64 + 256] = select(0.0f, arg2[i_63 + 18 * k0_b4], k0_b4_at < 20);
  let k0_b5_at = k0_first + i_67;
  let k0_b5 = min(k0_b5_at, 20 - 1);
  staged[i_69 + 256] = select(0.0f, arg2[i_68 + 18 * k0_b5], k0_b5_at < 20);
  let k0_b6_at = k0_first + i_72;
  let k0_b6 = min(k0_b6_at, 20 - 1);
  staged[i_74 + 256] = select(0.0f, arg2[i_73 + 18 * k0_b6], k0_b6_at < 20);
  let k0_b7_at = k0_first + i_77;
  let k0_b7 = min(k0_b7_at, 20 - 1);
  staged[i_79 + 256] = select(0.0f, arg2[i_78 + 18 * k0_b7], k0_b7_at < 20);
  let k0_b8_at = k0_first + i_82;
  let k0_b8 = min(k0_b8_at, 20 - 1);
  staged[i_84 + 256] = select(0.0f, arg2[i_83 + 18 * k0_b8], k0_b8_at < 20);
  let k0_b9_at = k0_first + i_87;
  let k0_b9 = min(k0_b9_at, 20 - 1);
  staged[i_89 + 256] = select(0.0f, arg2[i_88 + 18 * k0_b9], k0_b9_at < 20);
  let k0_b10_at = k0_first + i_92;
  let k0_b10 = min(k0_b10_at, 20 - 1);
  staged[i_94 + 256] = select(0.0f, arg2[i_93 + 18 * k0_b10], k0_b10_at < 20);
  let k0_b11_at = k0_first + i_97;
  let k0_b11 = min(k0_b11_at, 20 - 1);
  staged[i_99 + 256] = select(0.0f, arg2[i_98 + 18 * k0_b11], k0_b11_at < 20);
  let k0_b12_at = k0_first + i_102;
  let k0_b12 = min(k0_b12_at, 20 - 1);
  staged[i_104 + 256] = select(0.0f, arg2[i_103 + 18 * k0_b12], k0_b12_at < 20);
  let k0_b13_at = k0_first + i_107;
  let k0_b13 = min(k0_b13_at, 20 - 1);
  staged[i_109 + 256] = select(0.0f, arg2[i_108 + 18 * k0_b13], k0_b13_at < 20);
  let k0_b14_at = k0_first + i_112;
  let k0_b14 = min(k0_b14_at, 20 - 1);
  staged[i_114 + 256] = select(0.0f, arg2[i_113 + 18 * k0_b14], k0_b14_at < 20);
  let k0_b15_at = k0_first + i_117;
  let k0_b15 = min(k0_b15_at, 20 - 1);
  staged[i_119 + 256] = select(0.0f, arg2[i_118 + 18 * k0_b15], k0_b15_at < 20);
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 16 + i_11;
   let at_b = step * 16 + i_0;
   let v_192 = vec4f(staged[at_b + 256], staged[at_b + 260], staged[at_b + 264], staged[at_b + 268]);
   acc_0 = fma(vec4f(staged[at_a]), v_192, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 4]), v_192, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 8]), v_192, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 12]), v_192, acc_3);
   let v_201 = vec4f(staged[at_b + 272], staged[at_b + 276], staged[at_b + 280], staged[at_b + 284]);
   acc_0 = fma(vec4f(staged[at_a + 16]), v_201, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 20]), v_201, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 24]), v_201, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 28]), v_201, acc_3);
   let v_210 = vec4f(staged[at_b + 288], staged[at_b + 292], staged[at_b + 296], staged[at_b + 300]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_210, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 36]), v_210, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 40]), v_210, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 44]), v_210, acc_3);
   let v_219 = vec4f(staged[at_b + 304], staged[at_b + 308], staged[at_b + 312], staged[at_b + 316]);
   acc_0 = fma(vec4f(staged[at_a + 48]), v_219, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 52]), v_219, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 56]), v_219, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 60]), v_219, acc_3);
  }
 }
 if (i_14 < 17) {
  if (i_3 < 18) {
   out[18 * i_15 + i_4] = acc_0.x;
  }
  if (i_5 < 18) {
   out[18 * i_15 + i_6] = acc_0.y;
  }
  if (i_7 < 18) {
   out[18 * i_15 + i_8] = acc_0.z;
  }
  if (i_9 < 18) {
   out[18 * i_15 + i_10] = acc_0.w;
  }
 }
 if (i_16 < 17) {
  if (i_3 < 18) {
   out[18 * i_17 + i_4] = acc_1.x;
  }
  if (i_5 < 18) {
   out[18 * i_17 + i_6] = acc_1.y;
  }
  if (i_7 < 18) {
   out[18 * i_17 + i_8] = acc_1.z;
  }
  if (i_9 < 18) {
   out[18 * i_17 + i_10] = acc_1.w;
  }
 }
 if (i_18 < 17) {
  if (i_3 < 18) {
   out[18 * i_19 + i_4] = acc_2.x;
  }
  if (i_5 < 18) {
   out[18 * i_19 + i_6] = acc_2.y;
  }
  if (i_7 < 18) {
   out[18 * i_19 + i_8] = acc_2.z;
  }
  if (i_9 < 18) {
   out[18 * i_19 + i_10] = acc_2.w;
  }
 }
 if (i_20 < 17) {
  if (i_3 < 18) {
   out[18 * i_21 + i_4] = acc_3.x;
  }
  if (i_5 < 18) {
   out[18 * i_21 + i_6] = acc_3.y;
  }
  if (i_7 < 18) {
   out[18 * i_21 + i_8] = acc_3.z;
  }
  if (i_9 < 18) {
   out[18 * i_21 + i_10] = acc_3.w;
  }
 }
}
