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
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let row_thread = lane >> 2;
 let col_thread = lane & 3;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_1 = lane >> 2;
 let i_3 = lane & 3;
 let i_6 = select(5, i_3 + 4 * i_0, (4 * i_3 + 16 * i_0) < 24);
 let i_10 = 4 * lane;
 let i_35 = 16 * col_tile + i_1;
 let i_36 = 4 * i_3;
 let i_40 = 10 * i_35;
 let i_44 = i_1 + 64 * i_3;
 let i_49 = 10 * min(i_35 + 4, 19);
 let i_57 = 10 * min(i_35 + 8, 19);
 let i_65 = 10 * min(i_35 + 12, 19);
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  workgroupBarrier();
  let i_2 = i_1 + 16 * k0_block;
  let v_8 = arg0[i_6 + 6 * i_2];
  left_tile[i_10] = f32(v_8.x);
  left_tile[i_10 + 1] = f32(v_8.y);
  left_tile[i_10 + 2] = f32(v_8.z);
  left_tile[i_10 + 3] = f32(v_8.w);
  let v_16 = arg0[i_6 + 6 * (i_2 + 4)];
  left_tile[i_10 + 64] = f32(v_16.x);
  left_tile[i_10 + 65] = f32(v_16.y);
  left_tile[i_10 + 66] = f32(v_16.z);
  left_tile[i_10 + 67] = f32(v_16.w);
  let v_23 = arg0[i_6 + 6 * min(i_2 + 8, 39)];
  left_tile[i_10 + 128] = select(0.0f, f32(v_23.x), (i_2 + 8) < 40);
  left_tile[i_10 + 129] = select(0.0f, f32(v_23.y), (i_2 + 8) < 40);
  left_tile[i_10 + 130] = select(0.0f, f32(v_23.z), (i_2 + 8) < 40);
  left_tile[i_10 + 131] = select(0.0f, f32(v_23.w), (i_2 + 8) < 40);
  let v_30 = arg0[i_6 + 6 * min(i_2 + 12, 39)];
  left_tile[i_10 + 192] = select(0.0f, f32(v_30.x), (i_2 + 12) < 40);
  left_tile[i_10 + 193] = select(0.0f, f32(v_30.y), (i_2 + 12) < 40);
  left_tile[i_10 + 194] = select(0.0f, f32(v_30.z), (i_2 + 12) < 40);
  left_tile[i_10 + 195] = select(0.0f, f32(v_30.w), (i_2 + 12) < 40);
  let i_37 = i_36 + 16 * k0_block;
  let i_39 = select(9, i_3 + 4 * k0_block, i_37 < 40);
  let v_42 = arg1[i_40 + i_39];
  right_tile[i_44] = select(0.0f, f32(v_42.x), i_37 < 40);
  right_tile[i_44 + 16] = select(0.0f, f32(v_42.y), (i_37 + 1) < 40);
  right_tile[i_44 + 32] = select(0.0f, f32(v_42.z), (i_37 + 2) < 40);
  right_tile[i_44 + 48] = select(0.0f, f32(v_42.w), (i_37 + 3) < 40);
  let v_51 = arg1[i_49 + i_39];
  right_tile[i_44 + 4] = select(0.0f, f32(v_51.x), i_37 < 40);
  right_tile[i_44 + 20] = select(0.0f, f32(v_51.y), (i_37 + 1) < 40);
  right_tile[i_44 + 36] = select(0.0f, f32(v_51.z), (i_37 + 2) < 40);
  right_tile[i_44 + 52] = select(0.0f, f32(v_51.w), (i_37 + 3) < 40);
  let v_59 = arg1[i_57 + i_39];
  right_tile[i_44 + 8] = select(0.0f, f32(v_59.x), i_37 < 40);
  right_tile[i_44 + 24] = select(0.0f, f32(v_59.y), (i_37 + 1) < 40);
  right_tile[i_44 + 40] = select(0.0f, f32(v_59.z), (i_37 + 2) < 40);
  right_tile[i_44 + 56] = select(0.0f, f32(v_59.w), (i_37 + 3) < 40);
  let v_67 = arg1[i_65 + i_39];
  right_tile[i_44 + 12] = select(0.0f, f32(v_67.x), i_37 < 40);
  right_tile[i_44 + 28] = select(0.0f, f32(v_67.y), (i_37 + 1) < 40);
  right_tile[i_44 + 44] = select(0.0f, f32(v_67.z), (i_37 + 2) < 40);
  right_tile[i_44 + 60] = select(0.0f, f32(v_67.w), (i_37 + 3) < 40);
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_72 = row_thread + 64 * k0_step_group;
   let left_0 = left_tile[i_72];
   let left_1 = left_tile[i_72 + 4];
   let left_2 = left_tile[i_72 + 8];
   let left_3 = left_tile[i_72 + 12];
   let i_73 = col_thread + 64 * k0_step_group;
   let right_0 = vec4f(right_tile[i_73], right_tile[i_73 + 4], right_tile[i_73 + 8], right_tile[i_73 + 12]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_78 = vec4f(right_tile[i_73 + 16], right_tile[i_73 + 20], right_tile[i_73 + 24], right_tile[i_73 + 28]);
   acc_0_0 += left_tile[i_72 + 16] * v_78;
   acc_1_0 += left_tile[i_72 + 20] * v_78;
   acc_2_0 += left_tile[i_72 + 24] * v_78;
   acc_3_0 += left_tile[i_72 + 28] * v_78;
   let v_83 = vec4f(right_tile[i_73 + 32], right_tile[i_73 + 36], right_tile[i_73 + 40], right_tile[i_73 + 44]);
   acc_0_0 += left_tile[i_72 + 32] * v_83;
   acc_1_0 += left_tile[i_72 + 36] * v_83;
   acc_2_0 += left_tile[i_72 + 40] * v_83;
   acc_3_0 += left_tile[i_72 + 44] * v_83;
   let v_88 = vec4f(right_tile[i_73 + 48], right_tile[i_73 + 52], right_tile[i_73 + 56], right_tile[i_73 + 60]);
   acc_0_0 += left_tile[i_72 + 48] * v_88;
   acc_1_0 += left_tile[i_72 + 52] * v_88;
   acc_2_0 += left_tile[i_72 + 56] * v_88;
   acc_3_0 += left_tile[i_72 + 60] * v_88;
  }
 }
 let i_89 = row_thread + 16 * i_0;
 let i_90 = i_89 + 4;
 let i_91 = min(i_89 + 8, 23);
 let i_92 = min(i_89 + 12, 23);
 let i_93 = col_thread + 16 * col_tile;
 let i_94 = min(i_93 + 4, 19);
 let i_95 = min(i_93 + 8, 19);
 let i_96 = min(i_93 + 12, 19);
 let f_98 = f32(arg0[6].z);
 out[i_93 + 20 * i_89] = acc_0_0.x + (f_98 * 2.0f);
 let f_100 = f_98 * 2.0f;
 if ((i_93 + 4) < 20) {
  out[i_94 + 20 * i_89] = acc_0_0.y + f_100;
 }
 if ((i_93 + 8) < 20) {
  out[i_95 + 20 * i_89] = acc_0_0.z + f_100;
 }
 if ((i_93 + 12) < 20) {
  out[i_96 + 20 * i_89] = acc_0_0.w + f_100;
 }
 out[i_93 + 20 * i_90] = acc_1_0.x + (f_98 * 2.0f);
 if ((i_93 + 4) < 20) {
  out[i_94 + 20 * i_90] = acc_1_0.y + f_100;
 }
 if ((i_93 + 8) < 20) {
  out[i_95 + 20 * i_90] = acc_1_0.z + f_100;
 }
 if ((i_93 + 12) < 20) {
  out[i_96 + 20 * i_90] = acc_1_0.w + f_100;
 }
 if ((i_89 + 8) < 24) {
  out[i_93 + 20 * i_91] = acc_2_0.x + f_100;
  if ((i_93 + 4) < 20) {
   out[i_94 + 20 * i_91] = acc_2_0.y + f_100;
  }
  if ((i_93 + 8) < 20) {
   out[i_95 + 20 * i_91] = acc_2_0.z + f_100;
  }
  if ((i_93 + 12) < 20) {
   out[i_96 + 20 * i_91] = acc_2_0.w + f_100;
  }
 }
 if ((i_89 + 12) < 24) {
  out[i_93 + 20 * i_92] = acc_3_0.x + f_100;
  if ((i_93 + 4) < 20) {
   out[i_94 + 20 * i_92] = acc_3_0.y + f_100;
  }
  if ((i_93 + 8) < 20) {
   out[i_95 + 20 * i_92] = acc_3_0.z + f_100;
  }
  if ((i_93 + 12) < 20) {
   out[i_96 + 20 * i_92] = acc_3_0.w + f_100;
  }
 }
}
