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
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_1 = lane >> 2;
 let i_2 = i_1 + 16 * i_0;
 let i_4 = lane & 3;
 let i_5 = 4 * i_4;
 let i_9 = arg1[min(i_2, 16)];
 let i_10 = i_9 * i_9;
 let b_11 = u32(i_10) < u32(9);
 let i_13 = 5 * select(0, i_10, b_11);
 let i_17 = i_1 + 64 * i_4;
 let i_22 = arg1[min(i_2 + 4, 16)];
 let i_23 = i_22 * i_22;
 let b_24 = u32(i_23) < u32(9);
 let i_26 = 5 * select(0, i_23, b_24);
 let i_34 = arg1[min(i_2 + 8, 16)];
 let i_35 = i_34 * i_34;
 let b_36 = u32(i_35) < u32(9);
 let i_38 = 5 * select(0, i_35, b_36);
 let i_46 = arg1[min(i_2 + 12, 16)];
 let i_47 = i_46 * i_46;
 let b_48 = u32(i_47) < u32(9);
 let i_50 = 5 * select(0, i_47, b_48);
 let i_59 = min(16 * col_tile + lane, 17);
 for (var k0_block = 0; k0_block < 2; k0_block += 1) {
  workgroupBarrier();
  let i_6 = i_5 + 16 * k0_block;
  let i_8 = select(4, i_4 + 4 * k0_block, i_6 < 20);
  let v_15 = arg0[i_13 + i_8];
  left_tile[i_17] = select(0.0f, select(0.0f, v_15.x, b_11), i_6 < 20);
  left_tile[i_17 + 16] = select(0.0f, select(0.0f, v_15.y, b_11), (i_6 + 1) < 20);
  left_tile[i_17 + 32] = select(0.0f, select(0.0f, v_15.z, b_11), (i_6 + 2) < 20);
  left_tile[i_17 + 48] = select(0.0f, select(0.0f, v_15.w, b_11), (i_6 + 3) < 20);
  let v_28 = arg0[i_26 + i_8];
  left_tile[i_17 + 4] = select(0.0f, select(0.0f, v_28.x, b_24), i_6 < 20);
  left_tile[i_17 + 20] = select(0.0f, select(0.0f, v_28.y, b_24), (i_6 + 1) < 20);
  left_tile[i_17 + 36] = select(0.0f, select(0.0f, v_28.z, b_24), (i_6 + 2) < 20);
  left_tile[i_17 + 52] = select(0.0f, select(0.0f, v_28.w, b_24), (i_6 + 3) < 20);
  let v_40 = arg0[i_38 + i_8];
  left_tile[i_17 + 8] = select(0.0f, select(0.0f, v_40.x, b_36), i_6 < 20);
  left_tile[i_17 + 24] = select(0.0f, select(0.0f, v_40.y, b_36), (i_6 + 1) < 20);
  left_tile[i_17 + 40] = select(0.0f, select(0.0f, v_40.z, b_36), (i_6 + 2) < 20);
  left_tile[i_17 + 56] = select(0.0f, select(0.0f, v_40.w, b_36), (i_6 + 3) < 20);
  let v_52 = arg0[i_50 + i_8];
  left_tile[i_17 + 12] = select(0.0f, select(0.0f, v_52.x, b_48), i_6 < 20);
  left_tile[i_17 + 28] = select(0.0f, select(0.0f, v_52.y, b_48), (i_6 + 1) < 20);
  left_tile[i_17 + 44] = select(0.0f, select(0.0f, v_52.z, b_48), (i_6 + 2) < 20);
  left_tile[i_17 + 60] = select(0.0f, select(0.0f, v_52.w, b_48), (i_6 + 3) < 20);
  let i_57 = 16 * k0_block;
  right_tile[lane] = arg2[i_59 + 18 * i_57];
  right_tile[lane + 16] = arg2[i_59 + 18 * (i_57 + 1)];
  right_tile[lane + 32] = arg2[i_59 + 18 * (i_57 + 2)];
  right_tile[lane + 48] = arg2[i_59 + 18 * (i_57 + 3)];
  right_tile[lane + 64] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 4, 19)], (i_57 + 4) < 20);
  right_tile[lane + 80] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 5, 19)], (i_57 + 5) < 20);
  right_tile[lane + 96] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 6, 19)], (i_57 + 6) < 20);
  right_tile[lane + 112] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 7, 19)], (i_57 + 7) < 20);
  right_tile[lane + 128] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 8, 19)], (i_57 + 8) < 20);
  right_tile[lane + 144] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 9, 19)], (i_57 + 9) < 20);
  right_tile[lane + 160] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 10, 19)], (i_57 + 10) < 20);
  right_tile[lane + 176] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 11, 19)], (i_57 + 11) < 20);
  right_tile[lane + 192] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 12, 19)], (i_57 + 12) < 20);
  right_tile[lane + 208] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 13, 19)], (i_57 + 13) < 20);
  right_tile[lane + 224] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 14, 19)], (i_57 + 14) < 20);
  right_tile[lane + 240] = select(0.0f, arg2[i_59 + 18 * min(i_57 + 15, 19)], (i_57 + 15) < 20);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_107 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_107];
   let left_1 = left_tile[i_107 + 4];
   let left_2 = left_tile[i_107 + 8];
   let left_3 = left_tile[i_107 + 12];
   let i_108 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_108], right_tile[i_108 + 4], right_tile[i_108 + 8], right_tile[i_108 + 12]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_113 = vec4f(right_tile[i_108 + 16], right_tile[i_108 + 20], right_tile[i_108 + 24], right_tile[i_108 + 28]);
   acc_0_0 += left_tile[i_107 + 16] * v_113;
   acc_1_0 += left_tile[i_107 + 20] * v_113;
   acc_2_0 += left_tile[i_107 + 24] * v_113;
   acc_3_0 += left_tile[i_107 + 28] * v_113;
   let v_118 = vec4f(right_tile[i_108 + 32], right_tile[i_108 + 36], right_tile[i_108 + 40], right_tile[i_108 + 44]);
   acc_0_0 += left_tile[i_107 + 32] * v_118;
   acc_1_0 += left_tile[i_107 + 36] * v_118;
   acc_2_0 += left_tile[i_107 + 40] * v_118;
   acc_3_0 += left_tile[i_107 + 44] * v_118;
   let v_123 = vec4f(right_tile[i_108 + 48], right_tile[i_108 + 52], right_tile[i_108 + 56], right_tile[i_108 + 60]);
   acc_0_0 += left_tile[i_107 + 48] * v_123;
   acc_1_0 += left_tile[i_107 + 52] * v_123;
   acc_2_0 += left_tile[i_107 + 56] * v_123;
   acc_3_0 += left_tile[i_107 + 60] * v_123;
  }
 }
 let i_124 = row_thread + 16 * i_0;
 let i_125 = min(i_124, 16);
 let i_126 = col_thread + 16 * col_tile;
 let i_127 = min(i_126, 17);
 let i_129 = min(i_126 + 4, 17);
 let i_131 = min(i_126 + 8, 17);
 let i_133 = min(i_126 + 12, 17);
 if (i_124 < 17) {
  if (i_126 < 18) {
   out[i_127 + 18 * i_125] = acc_0_0.x;
  }
  if ((i_126 + 4) < 18) {
   out[i_129 + 18 * i_125] = acc_0_0.y;
  }
  if ((i_126 + 8) < 18) {
   out[i_131 + 18 * i_125] = acc_0_0.z;
  }
  if ((i_126 + 12) < 18) {
   out[i_133 + 18 * i_125] = acc_0_0.w;
  }
 }
 let i_135 = min(i_124 + 4, 16);
 if ((i_124 + 4) < 17) {
  if (i_126 < 18) {
   out[i_127 + 18 * i_135] = acc_1_0.x;
  }
  if ((i_126 + 4) < 18) {
   out[i_129 + 18 * i_135] = acc_1_0.y;
  }
  if ((i_126 + 8) < 18) {
   out[i_131 + 18 * i_135] = acc_1_0.z;
  }
  if ((i_126 + 12) < 18) {
   out[i_133 + 18 * i_135] = acc_1_0.w;
  }
 }
 let i_140 = min(i_124 + 8, 16);
 if ((i_124 + 8) < 17) {
  if (i_126 < 18) {
   out[i_127 + 18 * i_140] = acc_2_0.x;
  }
  if ((i_126 + 4) < 18) {
   out[i_129 + 18 * i_140] = acc_2_0.y;
  }
  if ((i_126 + 8) < 18) {
   out[i_131 + 18 * i_140] = acc_2_0.z;
  }
  if ((i_126 + 12) < 18) {
   out[i_133 + 18 * i_140] = acc_2_0.w;
  }
 }
 let i_145 = min(i_124 + 12, 16);
 if ((i_124 + 12) < 17) {
  if (i_126 < 18) {
   out[i_127 + 18 * i_145] = acc_3_0.x;
  }
  if ((i_126 + 4) < 18) {
   out[i_129 + 18 * i_145] = acc_3_0.y;
  }
  if ((i_126 + 8) < 18) {
   out[i_131 + 18 * i_145] = acc_3_0.z;
  }
  if ((i_126 + 12) < 18) {
   out[i_133 + 18 * i_145] = acc_3_0.w;
  }
 }
}
