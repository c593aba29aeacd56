@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 3 * 2 * 4) { return; }
 let i_0 = i32(u32(group) / 4u);
 let i_1 = group - i_0 * 4;
 let i_2 = lane & 3;
 let i_3 = i32(u32(i_0) / 3u);
 let i_4 = i_0 - i_3 * 3;
 let i_5 = i_4 * 16 + i_2;
 let i_6 = min(i_5, 33 - 1);
 let i_7 = i_4 * 16 + i_2 + 4;
 let i_8 = min(i_7, 33 - 1);
 let i_9 = i_4 * 16 + i_2 + 8;
 let i_10 = min(i_9, 33 - 1);
 let i_11 = i_4 * 16 + i_2 + 12;
 let i_12 = min(i_11, 33 - 1);
 let i_13 = (lane >> 2) & 3;
 let i_15 = i_3 - i32(u32(i_3) / 2u) * 2;
 let i_16 = i_15 * 16 + i_13;
 let i_17 = min(i_16, 20 - 1);
 let i_18 = i_15 * 16 + i_13 + 4;
 let i_19 = min(i_18, 20 - 1);
 let i_20 = i_15 * 16 + i_13 + 8;
 let i_21 = min(i_20, 20 - 1);
 let i_22 = i_15 * 16 + i_13 + 12;
 let i_23 = min(i_22, 20 - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_24 = i_2 * 4;
 let i_25 = (lane >> 2) & 15;
 let i_26 = min(i_15 * 16 + i_24, 20 - 4);
 let i_27 = i_25 * 16 + i_24;
 let i_28 = lane + 16;
 let i_30 = (i_28 & 3) * 4;
 let i_31 = (i_28 >> 2) & 15;
 let i_32 = min(i_15 * 16 + i_30, 20 - 4);
 let i_33 = i_31 * 16 + i_30;
 let i_34 = lane + 32;
 let i_36 = (i_34 & 3) * 4;
 let i_37 = (i_34 >> 2) & 15;
 let i_38 = min(i_15 * 16 + i_36, 20 - 4);
 let i_39 = i_37 * 16 + i_36;
 let i_40 = lane + 48;
 let i_42 = (i_40 & 3) * 4;
 let i_43 = (i_40 >> 2) & 15;
 let i_44 = min(i_15 * 16 + i_42, 20 - 4);
 let i_45 = i_43 * 16 + i_42;
 let i_46 = lane & 15;
 let i_47 = (lane >> 4) & 15;
 let i_48 = min(i_4 * 16 + i_46, 33 - 1);
 let i_49 = i_47 * 16 + i_46;
 let i_50 = i_28 & 15;
 let i_51 = (i_28 >> 4) & 15;
 let i_52 = min(i_4 * 16 + i_50, 33 - 1);
 let i_53 = i_51 * 16 + i_50;
 let i_54 = i_34 & 15;
 let i_55 = (i_34 >> 4) & 15;
 let i_56 = min(i_4 * 16 + i_54, 33 - 1);
 let i_57 = i_55 * 16 + i_54;
 let i_58 = i_40 & 15;
 let i_59 = (i_40 >> 4) & 15;
 let i_60 = min(i_4 * 16 + i_58, 33 - 1);
 let i_61 = i_59 * 16 + i_58;
 let i_62 = lane + 64;
 let i_63 = i_62 & 15;
 let i_64 = (i_62 >> 4) & 15;
 let i_65 = min(i_4 * 16 + i_63, 33 - 1);
 let i_66 = i_64 * 16 + i_63;
 let i_67 = lane + 80;
 let i_68 = i_67 & 15;
 let i_69 = (i_67 >> 4) & 15;
 let i_70 = min(i_4 * 16 + i_68, 33 - 1);
 let i_71 = i_69 * 16 + i_68;
 let i_72 = lane + 96;
 let i_73 = i_72 & 15;
 let i_74 = (i_72 >> 4) & 15;
 let i_75 = min(i_4 * 16 + i_73, 33 - 1);
 let i_76 = i_74 * 16 + i_73;
 let i_77 = lane + 112;
 let i_78 = i_77 & 15;
 let i_79 = (i_77 >> 4) & 15;
 let i_80 = min(i_4 * 16 + i_78, 33 - 1);
 let i_81 = i_79 * 16 + i_78;
 let i_82 = lane + 128;
 let i_83 = i_82 & 15;
 let i_84 = (i_82 >> 4) & 15;
 let i_85 = min(i_4 * 16 + i_83, 33 - 1);
 let i_86 = i_84 * 16 + i_83;
 let i_87 = lane + 144;
 let i_88 = i_87 & 15;
 let i_89 = (i_87 >> 4) & 15;
 let i_90 = min(i_4 * 16 + i_88, 33 - 1);
 let i_91 = i_89 * 16 + i_88;
 let i_92 = lane + 160;
 let i_93 = i_92 & 15;
 let i_94 = (i_92 >> 4) & 15;
 let i_95 = min(i_4 * 16 + i_93, 33 - 1);
 let i_96 = i_94 * 16 + i_93;
 let i_97 = lane + 176;
 let i_98 = i_97 & 15;
 let i_99 = (i_97 >> 4) & 15;
 let i_100 = min(i_4 * 16 + i_98, 33 - 1);
 let i_101 = i_99 * 16 + i_98;
 let i_102 = lane + 192;
 let i_103 = i_102 & 15;
 let i_104 = (i_102 >> 4) & 15;
 let i_105 = min(i_4 * 16 + i_103, 33 - 1);
 let i_106 = i_104 * 16 + i_103;
 let i_107 = lane + 208;
 let i_108 = i_107 & 15;
 let i_109 = (i_107 >> 4) & 15;
 let i_110 = min(i_4 * 16 + i_108, 33 - 1);
 let i_111 = i_109 * 16 + i_108;
 let i_112 = lane + 224;
 let i_113 = i_112 & 15;
 let i_114 = (i_112 >> 4) & 15;
 let i_115 = min(i_4 * 16 + i_113, 33 - 1);
 let i_116 = i_114 * 16 + i_113;
 let i_117 = lane + 240;
 let i_118 = i_117 & 15;
 let i_119 = (i_117 >> 4) & 15;
 let i_120 = min(i_4 * 16 + i_118, 33 - 1);
 let i_121 = i_119 * 16 + i_118;
 let i_122 = (tokens + 63) / 64 * 16;
 let i_123 = i_1 * i_122;
 let i_124 = min(i_123 + i_122, tokens);
 for (var k0_first = i_123; k0_first < i_124; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_25;
  let k0_a0 = min(k0_a0_at, tokens - 1);
  let v_127 = select(vec4f(), arg0[(i_26 + 20 * k0_a0) >> 2], k0_a0_at < tokens);
  staged[i_27] = v_127.x;
  staged[i_27 + 1] = v_127.y;
  staged[i_27 + 2] = v_127.z;
  staged[i_27 + 3] = v_127.w;
  let k0_a1_at = k0_first + i_31;
  let k0_a1 = min(k0_a1_at, tokens - 1);
  let v_130 = select(vec4f(), arg0[(i_32 + 20 * k0_a1) >> 2], k0_a1_at < tokens);
  staged[i_33] = v_130.x;
  staged[i_33 + 1] = v_130.y;
  staged[i_33 + 2] = v_130.z;
  staged[i_33 + 3] = v_130.w;
  let k0_a2_at = k0_first + i_37;
  let k0_a2 = min(k0_a2_at, tokens - 1);
  let v_133 = select(vec4f(), arg0[(i_38 + 20 * k0_a2) >> 2], k0_a2_at < tokens);
  staged[i_39] = v_133.x;
  staged[i_39 + 1] = v_133.y;
  staged[i_39 + 2] = v_133.z;
  staged[i_39 + 3] = v_133.w;
  let k0_a3_at = k0_first + i_43;
  let k0_a3 = min(k0_a3_at, tokens - 1);
  let v_136 = select(vec4f(), arg0[(i_44 + 20 * k0_a3) >> 2], k0_a3_at < tokens);
  staged[i_45] = v_136.x;
  staged[i_45 + 1] = v_136.y;
  staged[i_45 + 2] = v_136.z;
  staged[i_45 + 3] = v_136.w;
  let k0_b0_at = k0_first + i_47;
  let k0_b0 = min(k0_b0_at, tokens - 1);
  staged[i_49 + 256] = select(0.0f, arg1[i_48 + 33 * k0_b0], k0_b0_at < tokens);
  let k0_b1_at = k0_first + i_51;
  let k0_b1 = min(k0_b1_at, tokens - 1);
  staged[i_53 + 256] = select(0.0f, arg1[i_52 + 33 * k0_b1], k0_b1_at < tokens);
  let k0_b2_at = k0_first + i_55;
  let k0_b2 = min(k0_b2_at, tokens - 1);
  staged[i_57 + 256] = select(0.0f, arg1[i_56 + 33 * k0_b2], k0_b2_at < tokens);
  let k0_b3_at = k0_first + i_59;
  let k0_b3 = min(k0_b3_at, tokens - 1);
  staged[i_61 + 256] = select(0.0f, arg1[i_60 + 33 * k0_b3], k0_b3_at < tokens);
  let k0_b4_at = k0_first + i_64;
  let k0_b4 = min(k0_b4_at, tokens - 1);
  staged[i_66 + 256] = select(0.0f, arg1[i_65 + 33 * k0_b4], k0_b4_at < tokens);
  let k0_b5_at = k0_first + i_69;
  let k0_b5 = min(k0_b5_at, tokens - 1);
  staged[i_71 + 256] = select(0.0f, arg1[i_70 + 33 * k0_b5], k0_b5_at < tokens);
  let k0_b6_at = k0_first + i_74;
  let k0_b6 = min(k0_b6_at, tokens - 1);
  staged[i_76 + 256] = select(0.0f, arg1[i_75 + 33 * k0_b6], k0_b6_at < tokens);
  let k0_b7_at = k0_first + i_79;
  let k0_b7 = min(k0_b7_at, tokens - 1);
  staged[i_81 + 256] = select(0.0f, arg1[i_80 + 33 * k0_b7], k0_b7_at < tokens);
  let k0_b8_at = k0_first + i_84;
  let k0_b8 = min(k0_b8_at, tokens - 1);
  staged[i_86 + 256] = select(0.0f, arg1[i_85 + 33 * k0_b8], k0_b8_at < tokens);
  let k0_b9_at = k0_first + i_89;
  let k0_b9 = min(k0_b9_at, tokens - 1);
  staged[i_91 + 256] = select(0.0f, arg1[i_90 + 33 * k0_b9], k0_b9_at < tokens);
  let k0_b10_at = k0_first + i_94;
  let k0_b10 = min(k0_b10_at, tokens - 1);
  staged[i_96 + 256] = select(0.0f, arg1[i_95 + 33 * k0_b10], k0_b10_at < tokens);
  let k0_b11_at = k0_first + i_99;
  let k0_b11 = min(k0_b11_at, tokens - 1);
  staged[i_101 + 256] = select(0.0f, arg1[i_100 + 33 * k0_b11], k0_b11_at < tokens);
  let k0_b12_at = k0_first + i_104;
  let k0_b12 = min(k0_b12_at, tokens - 1);
  staged[i_106 + 256] = select(0.0f, arg1[i_105 + 33 * k0_b12], k0_b12_at < tokens);
  let k0_b13_at = k0_first + i_109;
  let k0_b13 = min(k0_b13_at, tokens - 1);
  staged[i_111 + 256] = select(0.0f, arg1[i_110 + 33 * k0_b13], k0_b13_at < tokens);
  let k0_b14_at = k0_first + i_114;
  let k0_b14 = min(k0_b14_at, tokens - 1);
  staged[i_116 + 256] = select(0.0f, arg1[i_115 + 33 * k0_b14], k0_b14_at < tokens);
  let k0_b15_at = k0_first + i_119;
  let k0_b15 = min(k0_b15_at, tokens - 1);
  staged[i_121 + 256] = select(0.0f, arg1[i_120 + 33 * k0_b15], k0_b15_at < tokens);
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 16 + i_13;
   let at_b = step * 16 + i_2;
   let v_177 = vec4f(staged[at_b + 256], staged[at_b + 260], staged[at_b + 264], staged[at_b + 268]);
   acc_0 = fma(vec4f(staged[at_a]), v_177, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 4]), v_177, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 8]), v_177, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 12]), v_177, acc_3);
   let v_186 = vec4f(staged[at_b + 272], staged[at_b + 276], staged[at_b + 280], staged[at_b + 284]);
   acc_0 = fma(vec4f(staged[at_a + 16]), v_186, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 20]), v_186, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 24]), v_186, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 28]), v_186, acc_3);
   let v_195 = vec4f(staged[at_b + 288], staged[at_b + 292], staged[at_b + 296], staged[at_b + 300]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_195, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 36]), v_195, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 40]), v_195, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 44]), v_195, acc_3);
   let v_204 = vec4f(staged[at_b + 304], staged[at_b + 308], staged[at_b + 312], staged[at_b + 316]);
   acc_0 = fma(vec4f(staged[at_a + 48]), v_204, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 52]), v_204, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 56]), v_204, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 60]), v_204, acc_3);
  }
 }
 if (i_16 < 20) {
  if (i_5 < 33) {
   out[i_1 * 660 + (33 * i_17 + i_6)] = acc_0.x;
  }
  if (i_7 < 33) {
   out[i_1 * 660 + (33 * i_17 + i_8)] = acc_0.y;
  }
  if (i_9 < 33) {
   out[i_1 * 660 + (33 * i_17 + i_10)] = acc_0.z;
  }
  if (i_11 < 33) {
   out[i_1 * 660 + (33 * i_17 + i_12)] = acc_0.w;
  }
 }
 if (i_18 < 20) {
  if (i_5 < 33) {
   out[i_1 * 660 + (33 * i_19 + i_6)] = acc_1.x;
  }
  if (i_7 < 33) {
   out[i_1 * 660 + (33 * i_19 + i_8)] = acc_1.y;
  }
  if (i_9 < 33) {
   out[i_1 * 660 + (33 * i_19 + i_10)] = acc_1.z;
  }
  if (i_11 < 33) {
   out[i_1 * 660 + (33 * i_19 + i_12)] = acc_1.w;
  }
 }
 if (i_20 < 20) {
  if (i_5 < 33) {
   out[i_1 * 660 + (33 * i_21 + i_6)] = acc_2.x;
  }
  if (i_7 < 33) {
   out[i_1 * 660 + (33 * i_21 + i_8)] = acc_2.y;
  }
  if (i_9 < 33) {
   out[i_1 * 660 + (33 * i_21 + i_10)] = acc_2.z;
  }
  if (i_11 < 33) {
   out[i_1 * 660 + (33 * i_21 + i_12)] = acc_2.w;
  }
 }
 if (i_22 < 20) {
  if (i_5 < 33) {
   out[i_1 * 660 + (33 * i_23 + i_6)] = acc_3.x;
  }
  if (i_7 < 33) {
   out[i_1 * 660 + (33 * i_23 + i_8)] = acc_3.y;
  }
  if (i_9 < 33) {
   out[i_1 * 660 + (33 * i_23 + i_10)] = acc_3.z;
  }
  if (i_11 < 33) {
   out[i_1 * 660 + (33 * i_23 + i_12)] = acc_3.w;
  }
 }
}

@group(0) @binding(0) var<storage, read> arg2: array<f32>;
@group(0) @binding(1) var<storage, read> arg3: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = select(659, i_0, i_0 < 660);
 var acc = 0.0f;
 for (var part = 0; part < 4; part += 1) {
  acc += arg3[i_1 + 660 * part];
 }
 let f_6 = arg2[i_1 - i32(u32(i_1) / 33u) * 33];
 if (i_0 < 660) {
  out[i_1] = (acc * 0.5f) + f_6;
 }
}
