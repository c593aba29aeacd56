enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<vec4h>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4h>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
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
 let i_5 = 16 * i_0;
 let i_51 = 16 * col_tile;
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_1 = lane >> 2;
  let i_2 = i_1 + 16 * k0_block;
  let i_4 = lane & 3;
  let i_6 = i_5 + 4 * i_4;
  let i_8 = select(20, i_6, i_6 < 24);
  let i_9 = i_8 + 24 * i_2;
  let i_10 = u32(i_9);
  let i_12 = 4 * lane;
  left_tile[i_12] = f32(arg0[i_10 >> 2][i_10 & 3u]);
  let i_13 = u32(i_9 + 1);
  left_tile[i_12 + 1] = f32(arg0[i_13 >> 2][i_13 & 3u]);
  let i_15 = u32(i_9 + 2);
  left_tile[i_12 + 2] = f32(arg0[i_15 >> 2][i_15 & 3u]);
  let i_17 = u32(i_9 + 3);
  left_tile[i_12 + 3] = f32(arg0[i_17 >> 2][i_17 & 3u]);
  let i_20 = i_8 + 24 * (i_2 + 4);
  let i_21 = u32(i_20);
  left_tile[i_12 + 64] = f32(arg0[i_21 >> 2][i_21 & 3u]);
  let i_23 = u32(i_20 + 1);
  left_tile[i_12 + 65] = f32(arg0[i_23 >> 2][i_23 & 3u]);
  let i_25 = u32(i_20 + 2);
  left_tile[i_12 + 66] = f32(arg0[i_25 >> 2][i_25 & 3u]);
  let i_27 = u32(i_20 + 3);
  left_tile[i_12 + 67] = f32(arg0[i_27 >> 2][i_27 & 3u]);
  let i_31 = i_8 + 24 * select(39, i_2 + 8, (i_2 + 8) < 40);
  let i_32 = u32(i_31);
  left_tile[i_12 + 128] = select(0.0f, f32(arg0[i_32 >> 2][i_32 & 3u]), (i_2 + 8) < 40);
  let i_34 = u32(min(u32(i_31 + 1), 959));
  left_tile[i_12 + 129] = select(0.0f, f32(arg0[i_34 >> 2][i_34 & 3u]), (i_2 + 8) < 40);
  let i_36 = u32(min(u32(i_31 + 2), 959));
  left_tile[i_12 + 130] = select(0.0f, f32(arg0[i_36 >> 2][i_36 & 3u]), (i_2 + 8) < 40);
  let i_38 = u32(min(u32(i_31 + 3), 959));
  left_tile[i_12 + 131] = select(0.0f, f32(arg0[i_38 >> 2][i_38 & 3u]), (i_2 + 8) < 40);
  let i_42 = i_8 + 24 * select(39, i_2 + 12, (i_2 + 12) < 40);
  let i_43 = u32(i_42);
  left_tile[i_12 + 192] = select(0.0f, f32(arg0[i_43 >> 2][i_43 & 3u]), (i_2 + 12) < 40);
  let i_45 = u32(min(u32(i_42 + 1), 959));
  left_tile[i_12 + 193] = select(0.0f, f32(arg0[i_45 >> 2][i_45 & 3u]), (i_2 + 12) < 40);
  let i_47 = u32(min(u32(i_42 + 2), 959));
  left_tile[i_12 + 194] = select(0.0f, f32(arg0[i_47 >> 2][i_47 & 3u]), (i_2 + 12) < 40);
  let i_49 = u32(min(u32(i_42 + 3), 959));
  left_tile[i_12 + 195] = select(0.0f, f32(arg0[i_49 >> 2][i_49 & 3u]), (i_2 + 12) < 40);
  let i_52 = i_51 + i_1;
  let i_54 = 4 * i_4 + 16 * k0_block;
  let i_56 = select(36, i_54, i_54 < 40);
  let i_57 = i_56 + 40 * i_52;
  let i_58 = u32(i_57);
  let i_60 = i_1 + 64 * i_4;
  right_tile[i_60] = select(0.0f, f32(arg1[i_58 >> 2][i_58 & 3u]), i_54 < 40);
  let i_61 = u32(min(u32(i_57 + 1), 799));
  right_tile[i_60 + 16] = select(0.0f, f32(arg1[i_61 >> 2][i_61 & 3u]), (i_54 + 1) < 40);
  let i_63 = u32(min(u32(i_57 + 2), 799));
  right_tile[i_60 + 32] = select(0.0f, f32(arg1[i_63 >> 2][i_63 & 3u]), (i_54 + 2) < 40);
  let i_65 = u32(min(u32(i_57 + 3), 799));
  right_tile[i_60 + 48] = select(0.0f, f32(arg1[i_65 >> 2][i_65 & 3u]), (i_54 + 3) < 40);
  let i_69 = i_56 + 40 * select(19, i_52 + 4, (i_52 + 4) < 20);
  let i_70 = u32(i_69);
  right_tile[i_60 + 4] = select(0.0f, f32(arg1[i_70 >> 2][i_70 & 3u]), i_54 < 40);
  let i_72 = u32(min(u32(i_69 + 1), 799));
  right_tile[i_60 + 20] = select(0.0f, f32(arg1[i_72 >> 2][i_72 & 3u]), (i_54 + 1) < 40);
  let i_74 = u32(min(u32(i_69 + 2), 799));
  right_tile[i_60 + 36] = select(0.0f, f32(arg1[i_74 >> 2][i_74 & 3u]), (i_54 + 2) < 40);
  let i_76 = u32(min(u32(i_69 + 3), 799));
  right_tile[i_60 + 52] = select(0.0f, f32(arg1[i_76 >> 2][i_76 & 3u]), (i_54 + 3) < 40);
  let i_80 = i_56 + 40 * select(19, i_52 + 8, (i_52 + 8) < 20);
  let i_81 = u32(i_80);
  right_tile[i_60 + 8] = select(0.0f, f32(arg1[i_81 >> 2][i_81 & 3u]), i_54 < 40);
  let i_83 = u32(min(u32(i_80 + 1), 799));
  right_tile[i_60 + 24] = select(0.0f, f32(arg1[i_83 >> 2][i_83 & 3u]), (i_54 + 1) < 40);
  let i_85 = u32(min(u32(i_80 + 2), 799));
  right_tile[i_60 + 40] = select(0.0f, f32(arg1[i_85 >> 2][i_85 & 3u]), (i_54 + 2) < 40);
  let i_87 = u32(min(u32(i_80 + 3), 799));
  right_tile[i_60 + 56] = select(0.0f, f32(arg1[i_87 >> 2][i_87 & 3u]), (i_54 + 3) < 40);
  let i_91 = i_56 + 40 * select(19, i_52 + 12, (i_52 + 12) < 20);
  let i_92 = u32(i_91);
  right_tile[i_60 + 12] = select(0.0f, f32(arg1[i_92 >> 2][i_92 & 3u]), i_54 < 40);
  let i_94 = u32(min(u32(i_91 + 1), 799));
  right_tile[i_60 + 28] = select(0.0f, f32(arg1[i_94 >> 2][i_94 & 3u]), (i_54 + 1) < 40);
  let i_96 = u32(min(u32(i_91 + 2), 799));
  right_tile[i_60 + 44] = select(0.0f, f32(arg1[i_96 >> 2][i_96 & 3u]), (i_54 + 2) < 40);
  let i_98 = u32(min(u32(i_91 + 3), 799));
  right_tile[i_60 + 60] = select(0.0f, f32(arg1[i_98 >> 2][i_98 & 3u]), (i_54 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_100 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_100];
   let left_1 = left_tile[i_100 + 4];
   let left_2 = left_tile[i_100 + 8];
   let left_3 = left_tile[i_100 + 12];
   let i_101 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_101], right_tile[i_101 + 4], right_tile[i_101 + 8], right_tile[i_101 + 12]);
   let v_102 = right_0;
   acc_0_0 += left_0 * v_102;
   acc_1_0 += left_1 * v_102;
   acc_2_0 += left_2 * v_102;
   acc_3_0 += left_3 * v_102;
   let v_108 = vec4f(right_tile[i_101 + 16], right_tile[i_101 + 20], right_tile[i_101 + 24], right_tile[i_101 + 28]);
   acc_0_0 += left_tile[i_100 + 16] * v_108;
   acc_1_0 += left_tile[i_100 + 20] * v_108;
   acc_2_0 += left_tile[i_100 + 24] * v_108;
   acc_3_0 += left_tile[i_100 + 28] * v_108;
   let v_114 = vec4f(right_tile[i_101 + 32], right_tile[i_101 + 36], right_tile[i_101 + 40], right_tile[i_101 + 44]);
   acc_0_0 += left_tile[i_100 + 32] * v_114;
   acc_1_0 += left_tile[i_100 + 36] * v_114;
   acc_2_0 += left_tile[i_100 + 40] * v_114;
   acc_3_0 += left_tile[i_100 + 44] * v_114;
   let v_120 = vec4f(right_tile[i_101 + 48], right_tile[i_101 + 52], right_tile[i_101 + 56], right_tile[i_101 + 60]);
   acc_0_0 += left_tile[i_100 + 48] * v_120;
   acc_1_0 += left_tile[i_100 + 52] * v_120;
   acc_2_0 += left_tile[i_100 + 56] * v_120;
   acc_3_0 += left_tile[i_100 + 60] * v_120;
  }
 }
 let i_121 = row_thread + 16 * i_0;
 let i_122 = i_121;
 let i_123 = col_thread + 16 * col_tile;
 let i_124 = i_123;
 let f_127 = f32(arg0[6].z) * 2.0f;
 let i_130 = select(19, i_123 + 4, (i_123 + 4) < 20);
 let i_133 = select(19, i_123 + 8, (i_123 + 8) < 20);
 let i_136 = select(19, i_123 + 12, (i_123 + 12) < 20);
 if (true) {
  if (true) {
   out[i_124 + 20 * i_122] = acc_0_0.x + f_127;
  }
  if ((i_123 + 4) < 20) {
   out[i_130 + 20 * i_122] = acc_0_0.y + f_127;
  }
  if ((i_123 + 8) < 20) {
   out[i_133 + 20 * i_122] = acc_0_0.z + f_127;
  }
  if ((i_123 + 12) < 20) {
   out[i_136 + 20 * i_122] = acc_0_0.w + f_127;
  }
 }
 let i_138 = i_121 + 4;
 if (true) {
  if (true) {
   out[i_124 + 20 * i_138] = acc_1_0.x + f_127;
  }
  if ((i_123 + 4) < 20) {
   out[i_130 + 20 * i_138] = acc_1_0.y + f_127;
  }
  if ((i_123 + 8) < 20) {
   out[i_133 + 20 * i_138] = acc_1_0.z + f_127;
  }
  if ((i_123 + 12) < 20) {
   out[i_136 + 20 * i_138] = acc_1_0.w + f_127;
  }
 }
 let i_144 = select(23, i_121 + 8, (i_121 + 8) < 24);
 if ((i_121 + 8) < 24) {
  if (true) {
   out[i_124 + 20 * i_144] = acc_2_0.x + f_127;
  }
  if ((i_123 + 4) < 20) {
   out[i_130 + 20 * i_144] = acc_2_0.y + f_127;
  }
  if ((i_123 + 8) < 20) {
   out[i_133 + 20 * i_144] = acc_2_0.z + f_127;
  }
  if ((i_123 + 12) < 20) {
   out[i_136 + 20 * i_144] = acc_2_0.w + f_127;
  }
 }
 let i_150 = select(23, i_121 + 12, (i_121 + 12) < 24);
 if ((i_121 + 12) < 24) {
  if (true) {
   out[i_124 + 20 * i_150] = acc_3_0.x + f_127;
  }
  if ((i_123 + 4) < 20) {
   out[i_130 + 20 * i_150] = acc_3_0.y + f_127;
  }
  if ((i_123 + 8) < 20) {
   out[i_133 + 20 * i_150] = acc_3_0.z + f_127;
  }
  if ((i_123 + 12) < 20) {
   out[i_136 + 20 * i_150] = acc_3_0.w + f_127;
  }
 }
}
