@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<i32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
var<workgroup> left_tile: array<f32, 256>;
var<workgroup> right_tile: array<f32, 256>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / u32(2));
 let col_tile = group - i_0 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_1 = 16 * i_0;
 let i_6 = arg1[i_1];
 let i_7 = i_6 * i_6;
 let b_8 = u32(i_7) < u32(9);
 let i_10 = 20 * select(0, i_7, b_8);
 let i_16 = arg1[select(16, i_1 + 1, (i_1 + 1) < 17)];
 let i_17 = i_16 * i_16;
 let b_18 = u32(i_17) < u32(9);
 let i_20 = 20 * select(0, i_17, b_18);
 let i_25 = arg1[select(16, i_1 + 2, (i_1 + 2) < 17)];
 let i_26 = i_25 * i_25;
 let b_27 = u32(i_26) < u32(9);
 let i_29 = 20 * select(0, i_26, b_27);
 let i_34 = arg1[select(16, i_1 + 3, (i_1 + 3) < 17)];
 let i_35 = i_34 * i_34;
 let b_36 = u32(i_35) < u32(9);
 let i_38 = 20 * select(0, i_35, b_36);
 let i_43 = arg1[select(16, i_1 + 4, (i_1 + 4) < 17)];
 let i_44 = i_43 * i_43;
 let b_45 = u32(i_44) < u32(9);
 let i_47 = 20 * select(0, i_44, b_45);
 let i_52 = arg1[select(16, i_1 + 5, (i_1 + 5) < 17)];
 let i_53 = i_52 * i_52;
 let b_54 = u32(i_53) < u32(9);
 let i_56 = 20 * select(0, i_53, b_54);
 let i_61 = arg1[select(16, i_1 + 6, (i_1 + 6) < 17)];
 let i_62 = i_61 * i_61;
 let b_63 = u32(i_62) < u32(9);
 let i_65 = 20 * select(0, i_62, b_63);
 let i_70 = arg1[select(16, i_1 + 7, (i_1 + 7) < 17)];
 let i_71 = i_70 * i_70;
 let b_72 = u32(i_71) < u32(9);
 let i_74 = 20 * select(0, i_71, b_72);
 let i_79 = arg1[select(16, i_1 + 8, (i_1 + 8) < 17)];
 let i_80 = i_79 * i_79;
 let b_81 = u32(i_80) < u32(9);
 let i_83 = 20 * select(0, i_80, b_81);
 let i_88 = arg1[select(16, i_1 + 9, (i_1 + 9) < 17)];
 let i_89 = i_88 * i_88;
 let b_90 = u32(i_89) < u32(9);
 let i_92 = 20 * select(0, i_89, b_90);
 let i_97 = arg1[select(16, i_1 + 10, (i_1 + 10) < 17)];
 let i_98 = i_97 * i_97;
 let b_99 = u32(i_98) < u32(9);
 let i_101 = 20 * select(0, i_98, b_99);
 let i_106 = arg1[select(16, i_1 + 11, (i_1 + 11) < 17)];
 let i_107 = i_106 * i_106;
 let b_108 = u32(i_107) < u32(9);
 let i_110 = 20 * select(0, i_107, b_108);
 let i_115 = arg1[select(16, i_1 + 12, (i_1 + 12) < 17)];
 let i_116 = i_115 * i_115;
 let b_117 = u32(i_116) < u32(9);
 let i_119 = 20 * select(0, i_116, b_117);
 let i_124 = arg1[select(16, i_1 + 13, (i_1 + 13) < 17)];
 let i_125 = i_124 * i_124;
 let b_126 = u32(i_125) < u32(9);
 let i_128 = 20 * select(0, i_125, b_126);
 let i_133 = arg1[select(16, i_1 + 14, (i_1 + 14) < 17)];
 let i_134 = i_133 * i_133;
 let b_135 = u32(i_134) < u32(9);
 let i_137 = 20 * select(0, i_134, b_135);
 let i_142 = arg1[select(16, i_1 + 15, (i_1 + 15) < 17)];
 let i_143 = i_142 * i_142;
 let b_144 = u32(i_143) < u32(9);
 let i_146 = 20 * select(0, i_143, b_144);
 let i_151 = 16 * col_tile;
 for (var k0_block = 0; k0_block < 2; k0_block += 1) {
  workgroupBarrier();
  let i_3 = 16 * k0_block + lane;
  let i_5 = select(19, i_3, i_3 < 20);
  let i_13 = 16 * lane;
  left_tile[i_13] = select(0.0f, select(0.0f, arg0[i_10 + i_5], b_8), i_3 < 20);
  left_tile[i_13 + 1] = select(0.0f, select(0.0f, arg0[i_20 + i_5], b_18), i_3 < 20);
  left_tile[i_13 + 2] = select(0.0f, select(0.0f, arg0[i_29 + i_5], b_27), i_3 < 20);
  left_tile[i_13 + 3] = select(0.0f, select(0.0f, arg0[i_38 + i_5], b_36), i_3 < 20);
  left_tile[i_13 + 4] = select(0.0f, select(0.0f, arg0[i_47 + i_5], b_45), i_3 < 20);
  left_tile[i_13 + 5] = select(0.0f, select(0.0f, arg0[i_56 + i_5], b_54), i_3 < 20);
  left_tile[i_13 + 6] = select(0.0f, select(0.0f, arg0[i_65 + i_5], b_63), i_3 < 20);
  left_tile[i_13 + 7] = select(0.0f, select(0.0f, arg0[i_74 + i_5], b_72), i_3 < 20);
  left_tile[i_13 + 8] = select(0.0f, select(0.0f, arg0[i_83 + i_5], b_81), i_3 < 20);
  left_tile[i_13 + 9] = select(0.0f, select(0.0f, arg0[i_92 + i_5], b_90), i_3 < 20);
  left_tile[i_13 + 10] = select(0.0f, select(0.0f, arg0[i_101 + i_5], b_99), i_3 < 20);
  left_tile[i_13 + 11] = select(0.0f, select(0.0f, arg0[i_110 + i_5], b_108), i_3 < 20);
  left_tile[i_13 + 12] = select(0.0f, select(0.0f, arg0[i_119 + i_5], b_117), i_3 < 20);
  left_tile[i_13 + 13] = select(0.0f, select(0.0f, arg0[i_128 + i_5], b_126), i_3 < 20);
  left_tile[i_13 + 14] = select(0.0f, select(0.0f, arg0[i_137 + i_5], b_135), i_3 < 20);
  left_tile[i_13 + 15] = select(0.0f, select(0.0f, arg0[i_146 + i_5], b_144), i_3 < 20);
  let i_149 = 16 * k0_block;
  let i_152 = i_151 + lane;
  let i_154 = select(17, i_152, i_152 < 18);
  right_tile[lane] = arg2[i_154 + 18 * i_149];
  right_tile[lane + 16] = arg2[i_154 + 18 * (i_149 + 1)];
  right_tile[lane + 32] = arg2[i_154 + 18 * (i_149 + 2)];
  right_tile[lane + 48] = arg2[i_154 + 18 * (i_149 + 3)];
  right_tile[lane + 64] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 4, (i_149 + 4) < 20)], (i_149 + 4) < 20);
  right_tile[lane + 80] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 5, (i_149 + 5) < 20)], (i_149 + 5) < 20);
  right_tile[lane + 96] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 6, (i_149 + 6) < 20)], (i_149 + 6) < 20);
  right_tile[lane + 112] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 7, (i_149 + 7) < 20)], (i_149 + 7) < 20);
  right_tile[lane + 128] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 8, (i_149 + 8) < 20)], (i_149 + 8) < 20);
  right_tile[lane + 144] = select(0.0f, arg2[i_154 + 18 * select(19, i_149 + 9, (i_149 + 9) < 20)], (i_149 + 9) < 20);
  let f_193 = arg2[i_154 + 18 * select(19, i_149 + 10, (i_149 + 10) < 20)];
  right_tile[lane + 160] = select(0.0f, f_193, (i_149 + 10) < 20);
  let f_197 = arg2[i_154 + 18 * select(19, i_149 + 11, (i_149 + 11) < 20)];
  right_tile[lane + 176] = select(0.0f, f_197, (i_149 + 11) < 20);
  let f_201 = arg2[i_154 + 18 * select(19, i_149 + 12, (i_149 + 12) < 20)];
  right_tile[lane + 192] = select(0.0f, f_201, (i_149 + 12) < 20);
  let f_205 = arg2[i_154 + 18 * select(19, i_149 + 13, (i_149 + 13) < 20)];
  right_tile[lane + 208] = select(0.0f, f_205, (i_149 + 13) < 20);
  let f_209 = arg2[i_154 + 18 * select(19, i_149 + 14, (i_149 + 14) < 20)];
  right_tile[lane + 224] = select(0.0f, f_209, (i_149 + 14) < 20);
  let f_213 = arg2[i_154 + 18 * select(19, i_149 + 15, (i_149 + 15) < 20)];
  right_tile[lane + 240] = select(0.0f, f_213, (i_149 + 15) < 20);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_214 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_214];
   let left_1 = left_tile[i_214 + 4];
   let left_2 = left_tile[i_214 + 8];
   let left_3 = left_tile[i_214 + 12];
   let i_215 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_215], right_tile[i_215 + 4], right_tile[i_215 + 8], right_tile[i_215 + 12]);
   let v_216 = right_0;
   acc_0_0 += left_0 * v_216;
   acc_1_0 += left_1 * v_216;
   acc_2_0 += left_2 * v_216;
   acc_3_0 += left_3 * v_216;
   let v_222 = vec4f(right_tile[i_215 + 16], right_tile[i_215 + 20], right_tile[i_215 + 24], right_tile[i_215 + 28]);
   acc_0_0 += left_tile[i_214 + 16] * v_222;
   acc_1_0 += left_tile[i_214 + 20] * v_222;
   acc_2_0 += left_tile[i_214 + 24] * v_222;
   acc_3_0 += left_tile[i_214 + 28] * v_222;
   let v_228 = vec4f(right_tile[i_215 + 32], right_tile[i_215 + 36], right_tile[i_215 + 40], right_tile[i_215 + 44]);
   acc_0_0 += left_tile[i_214 + 32] * v_228;
   acc_1_0 += left_tile[i_214 + 36] * v_228;
   acc_2_0 += left_tile[i_214 + 40] * v_228;
   acc_3_0 += left_tile[i_214 + 44] * v_228;
   let v_234 = vec4f(right_tile[i_215 + 48], right_tile[i_215 + 52], right_tile[i_215 + 56], right_tile[i_215 + 60]);
   acc_0_0 += left_tile[i_214 + 48] * v_234;
   acc_1_0 += left_tile[i_214 + 52] * v_234;
   acc_2_0 += left_tile[i_214 + 56] * v_234;
   acc_3_0 += left_tile[i_214 + 60] * v_234;
  }
 }
 let i_235 = row_thread + 16 * i_0;
 let i_237 = select(16, i_235, i_235 < 17);
 let i_238 = col_thread + 16 * col_tile;
 let i_240 = select(17, i_238, i_238 < 18);
 let i_243 = select(17, i_238 + 4, (i_238 + 4) < 18);
 let i_246 = select(17, i_238 + 8, (i_238 + 8) < 18);
 let i_249 = select(17, i_238 + 12, (i_238 + 12) < 18);
 if (i_235 < 17) {
  if (i_238 < 18) {
   out[i_240 + 18 * i_237] = acc_0_0.x;
  }
  if ((i_238 + 4) < 18) {
   out[i_243 + 18 * i_237] = acc_0_0.y;
  }
  if ((i_238 + 8) < 18) {
   out[i_246 + 18 * i_237] = acc_0_0.z;
  }
  if ((i_238 + 12) < 18) {
   out[i_249 + 18 * i_237] = acc_0_0.w;
  }
 }
 let i_252 = select(16, i_235 + 4, (i_235 + 4) < 17);
 if ((i_235 + 4) < 17) {
  if (i_238 < 18) {
   out[i_240 + 18 * i_252] = acc_1_0.x;
  }
  if ((i_238 + 4) < 18) {
   out[i_243 + 18 * i_252] = acc_1_0.y;
  }
  if ((i_238 + 8) < 18) {
   out[i_246 + 18 * i_252] = acc_1_0.z;
  }
  if ((i_238 + 12) < 18) {
   out[i_249 + 18 * i_252] = acc_1_0.w;
  }
 }
 let i_258 = select(16, i_235 + 8, (i_235 + 8) < 17);
 if ((i_235 + 8) < 17) {
  if (i_238 < 18) {
   out[i_240 + 18 * i_258] = acc_2_0.x;
  }
  if ((i_238 + 4) < 18) {
   out[i_243 + 18 * i_258] = acc_2_0.y;
  }
  if ((i_238 + 8) < 18) {
   out[i_246 + 18 * i_258] = acc_2_0.z;
  }
  if ((i_238 + 12) < 18) {
   out[i_249 + 18 * i_258] = acc_2_0.w;
  }
 }
 let i_264 = select(16, i_235 + 12, (i_235 + 12) < 17);
 if ((i_235 + 12) < 17) {
  if (i_238 < 18) {
   out[i_240 + 18 * i_264] = acc_3_0.x;
  }
  if ((i_238 + 4) < 18) {
   out[i_243 + 18 * i_264] = acc_3_0.y;
  }
  if ((i_238 + 8) < 18) {
   out[i_246 + 18 * i_264] = acc_3_0.z;
  }
  if ((i_238 + 12) < 18) {
   out[i_249 + 18 * i_264] = acc_3_0.w;
  }
 }
}
