@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
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
 let i_2 = 16 * i_0;
 let i_71 = 16 * col_tile;
 for (var k0_block = 0; k0_block < 2; k0_block += 1) {
  workgroupBarrier();
  let i_1 = lane >> 2;
  let i_3 = i_2 + i_1;
  let i_6 = lane & 3;
  let i_7 = 4 * i_6 + 16 * k0_block;
  let i_9 = select(16, i_7, i_7 < 20);
  let i_10 = arg1[select(16, i_3, i_3 < 17)];
  let i_11 = i_10 * i_10;
  let b_12 = u32(i_11) < u32(9);
  let i_14 = i_9 + 20 * select(0, i_11, b_12);
  let i_15 = u32(i_14);
  let i_17 = i_1 + 64 * i_6;
  left_tile[i_17] = select(0.0f, select(0.0f, arg0[i_15 >> 2][i_15 & 3u], b_12), i_7 < 20);
  let i_18 = u32(min(u32(i_14 + 1), 179));
  left_tile[i_17 + 16] = select(0.0f, select(0.0f, arg0[i_18 >> 2][i_18 & 3u], b_12), (i_7 + 1) < 20);
  let i_20 = u32(min(u32(i_14 + 2), 179));
  left_tile[i_17 + 32] = select(0.0f, select(0.0f, arg0[i_20 >> 2][i_20 & 3u], b_12), (i_7 + 2) < 20);
  let i_22 = u32(min(u32(i_14 + 3), 179));
  left_tile[i_17 + 48] = select(0.0f, select(0.0f, arg0[i_22 >> 2][i_22 & 3u], b_12), (i_7 + 3) < 20);
  let i_26 = arg1[select(16, i_3 + 4, (i_3 + 4) < 17)];
  let i_27 = i_26 * i_26;
  let b_28 = u32(i_27) < u32(9);
  let i_30 = i_9 + 20 * select(0, i_27, b_28);
  let i_31 = u32(i_30);
  left_tile[i_17 + 4] = select(0.0f, select(0.0f, arg0[i_31 >> 2][i_31 & 3u], b_28), i_7 < 20);
  let i_33 = u32(min(u32(i_30 + 1), 179));
  left_tile[i_17 + 20] = select(0.0f, select(0.0f, arg0[i_33 >> 2][i_33 & 3u], b_28), (i_7 + 1) < 20);
  let i_35 = u32(min(u32(i_30 + 2), 179));
  left_tile[i_17 + 36] = select(0.0f, select(0.0f, arg0[i_35 >> 2][i_35 & 3u], b_28), (i_7 + 2) < 20);
  let i_37 = u32(min(u32(i_30 + 3), 179));
  left_tile[i_17 + 52] = select(0.0f, select(0.0f, arg0[i_37 >> 2][i_37 & 3u], b_28), (i_7 + 3) < 20);
  let i_41 = arg1[select(16, i_3 + 8, (i_3 + 8) < 17)];
  let i_42 = i_41 * i_41;
  let b_43 = u32(i_42) < u32(9);
  let i_45 = i_9 + 20 * select(0, i_42, b_43);
  let i_46 = u32(i_45);
  left_tile[i_17 + 8] = select(0.0f, select(0.0f, arg0[i_46 >> 2][i_46 & 3u], b_43), i_7 < 20);
  let i_48 = u32(min(u32(i_45 + 1), 179));
  left_tile[i_17 + 24] = select(0.0f, select(0.0f, arg0[i_48 >> 2][i_48 & 3u], b_43), (i_7 + 1) < 20);
  let i_50 = u32(min(u32(i_45 + 2), 179));
  left_tile[i_17 + 40] = select(0.0f, select(0.0f, arg0[i_50 >> 2][i_50 & 3u], b_43), (i_7 + 2) < 20);
  let i_52 = u32(min(u32(i_45 + 3), 179));
  left_tile[i_17 + 56] = select(0.0f, select(0.0f, arg0[i_52 >> 2][i_52 & 3u], b_43), (i_7 + 3) < 20);
  let i_56 = arg1[select(16, i_3 + 12, (i_3 + 12) < 17)];
  let i_57 = i_56 * i_56;
  let b_58 = u32(i_57) < u32(9);
  let i_60 = i_9 + 20 * select(0, i_57, b_58);
  let i_61 = u32(i_60);
  left_tile[i_17 + 12] = select(0.0f, select(0.0f, arg0[i_61 >> 2][i_61 & 3u], b_58), i_7 < 20);
  let i_63 = u32(min(u32(i_60 + 1), 179));
  left_tile[i_17 + 28] = select(0.0f, select(0.0f, arg0[i_63 >> 2][i_63 & 3u], b_58), (i_7 + 1) < 20);
  let i_65 = u32(min(u32(i_60 + 2), 179));
  left_tile[i_17 + 44] = select(0.0f, select(0.0f, arg0[i_65 >> 2][i_65 & 3u], b_58), (i_7 + 2) < 20);
  let i_67 = u32(min(u32(i_60 + 3), 179));
  left_tile[i_17 + 60] = select(0.0f, select(0.0f, arg0[i_67 >> 2][i_67 & 3u], b_58), (i_7 + 3) < 20);
  let i_69 = 16 * k0_block;
  let i_72 = i_71 + lane;
  let i_74 = select(17, i_72, i_72 < 18);
  right_tile[lane] = arg2[i_74 + 18 * i_69];
  right_tile[lane + 16] = arg2[i_74 + 18 * (i_69 + 1)];
  right_tile[lane + 32] = arg2[i_74 + 18 * (i_69 + 2)];
  right_tile[lane + 48] = arg2[i_74 + 18 * (i_69 + 3)];
  right_tile[lane + 64] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 4, (i_69 + 4) < 20)], (i_69 + 4) < 20);
  right_tile[lane + 80] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 5, (i_69 + 5) < 20)], (i_69 + 5) < 20);
  right_tile[lane + 96] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 6, (i_69 + 6) < 20)], (i_69 + 6) < 20);
  right_tile[lane + 112] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 7, (i_69 + 7) < 20)], (i_69 + 7) < 20);
  right_tile[lane + 128] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 8, (i_69 + 8) < 20)], (i_69 + 8) < 20);
  right_tile[lane + 144] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 9, (i_69 + 9) < 20)], (i_69 + 9) < 20);
  right_tile[lane + 160] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 10, (i_69 + 10) < 20)], (i_69 + 10) < 20);
  right_tile[lane + 176] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 11, (i_69 + 11) < 20)], (i_69 + 11) < 20);
  right_tile[lane + 192] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 12, (i_69 + 12) < 20)], (i_69 + 12) < 20);
  right_tile[lane + 208] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 13, (i_69 + 13) < 20)], (i_69 + 13) < 20);
  right_tile[lane + 224] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 14, (i_69 + 14) < 20)], (i_69 + 14) < 20);
  right_tile[lane + 240] = select(0.0f, arg2[i_74 + 18 * select(19, i_69 + 15, (i_69 + 15) < 20)], (i_69 + 15) < 20);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_134 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_134];
   let left_1 = left_tile[i_134 + 4];
   let left_2 = left_tile[i_134 + 8];
   let left_3 = left_tile[i_134 + 12];
   let i_135 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_135], right_tile[i_135 + 4], right_tile[i_135 + 8], right_tile[i_135 + 12]);
   let v_136 = right_0;
   acc_0_0 += left_0 * v_136;
   acc_1_0 += left_1 * v_136;
   acc_2_0 += left_2 * v_136;
   acc_3_0 += left_3 * v_136;
   let v_142 = vec4f(right_tile[i_135 + 16], right_tile[i_135 + 20], right_tile[i_135 + 24], right_tile[i_135 + 28]);
   acc_0_0 += left_tile[i_134 + 16] * v_142;
   acc_1_0 += left_tile[i_134 + 20] * v_142;
   acc_2_0 += left_tile[i_134 + 24] * v_142;
   acc_3_0 += left_tile[i_134 + 28] * v_142;
   let v_148 = vec4f(right_tile[i_135 + 32], right_tile[i_135 + 36], right_tile[i_135 + 40], right_tile[i_135 + 44]);
   acc_0_0 += left_tile[i_134 + 32] * v_148;
   acc_1_0 += left_tile[i_134 + 36] * v_148;
   acc_2_0 += left_tile[i_134 + 40] * v_148;
   acc_3_0 += left_tile[i_134 + 44] * v_148;
   let v_154 = vec4f(right_tile[i_135 + 48], right_tile[i_135 + 52], right_tile[i_135 + 56], right_tile[i_135 + 60]);
   acc_0_0 += left_tile[i_134 + 48] * v_154;
   acc_1_0 += left_tile[i_134 + 52] * v_154;
   acc_2_0 += left_tile[i_134 + 56] * v_154;
   acc_3_0 += left_tile[i_134 + 60] * v_154;
  }
 }
 let i_155 = row_thread + 16 * i_0;
 let i_157 = select(16, i_155, i_155 < 17);
 let i_158 = col_thread + 16 * col_tile;
 let i_160 = select(17, i_158, i_158 < 18);
 let i_163 = select(17, i_158 + 4, (i_158 + 4) < 18);
 let i_166 = select(17, i_158 + 8, (i_158 + 8) < 18);
 let i_169 = select(17, i_158 + 12, (i_158 + 12) < 18);
 if (i_155 < 17) {
  if (i_158 < 18) {
   out[i_160 + 18 * i_157] = acc_0_0.x;
  }
  if ((i_158 + 4) < 18) {
   out[i_163 + 18 * i_157] = acc_0_0.y;
  }
  if ((i_158 + 8) < 18) {
   out[i_166 + 18 * i_157] = acc_0_0.z;
  }
  if ((i_158 + 12) < 18) {
   out[i_169 + 18 * i_157] = acc_0_0.w;
  }
 }
 let i_172 = select(16, i_155 + 4, (i_155 + 4) < 17);
 if ((i_155 + 4) < 17) {
  if (i_158 < 18) {
   out[i_160 + 18 * i_172] = acc_1_0.x;
  }
  if ((i_158 + 4) < 18) {
   out[i_163 + 18 * i_172] = acc_1_0.y;
  }
  if ((i_158 + 8) < 18) {
   out[i_166 + 18 * i_172] = acc_1_0.z;
  }
  if ((i_158 + 12) < 18) {
   out[i_169 + 18 * i_172] = acc_1_0.w;
  }
 }
 let i_178 = select(16, i_155 + 8, (i_155 + 8) < 17);
 if ((i_155 + 8) < 17) {
  if (i_158 < 18) {
   out[i_160 + 18 * i_178] = acc_2_0.x;
  }
  if ((i_158 + 4) < 18) {
   out[i_163 + 18 * i_178] = acc_2_0.y;
  }
  if ((i_158 + 8) < 18) {
   out[i_166 + 18 * i_178] = acc_2_0.z;
  }
  if ((i_158 + 12) < 18) {
   out[i_169 + 18 * i_178] = acc_2_0.w;
  }
 }
 let i_184 = select(16, i_155 + 12, (i_155 + 12) < 17);
 if ((i_155 + 12) < 17) {
  if (i_158 < 18) {
   out[i_160 + 18 * i_184] = acc_3_0.x;
  }
  if ((i_158 + 4) < 18) {
   out[i_163 + 18 * i_184] = acc_3_0.y;
  }
  if ((i_158 + 8) < 18) {
   out[i_166 + 18 * i_184] = acc_3_0.z;
  }
  if ((i_158 + 12) < 18) {
   out[i_169 + 18 * i_184] = acc_3_0.w;
  }
 }
}
