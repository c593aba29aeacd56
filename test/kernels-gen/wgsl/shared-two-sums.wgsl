@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> left_tile: array<f32, 1024>;
var<workgroup> right_tile: array<f32, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 4;
 let col_thread = lane & 15;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_5 = 495 * group;
 let i_16 = 32;
 let i_17 = 495 * group + 15 * i_16;
 let i_25 = 40 * group;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  workgroupBarrier();
  let i_0 = lane >> 4;
  let i_2 = lane & 15;
  let i_4 = select(4, i_2, i_2 < 5);
  let i_8 = i_0 + 64 * i_2;
  left_tile[i_8] = select(0.0f, arg0[i_5 + 5 * k0 + i_4 + 15 * i_0], i_2 < 5);
  left_tile[i_8 + 16] = select(0.0f, arg0[i_5 + 5 * k0 + i_4 + 15 * (i_0 + 16)], i_2 < 5);
  left_tile[i_8 + 32] = select(0.0f, arg0[i_5 + 5 * k0 + i_4 + 15 * select(32, i_0 + 32, (i_0 + 32) < 33)], i_2 < 5);
  left_tile[i_8 + 48] = select(0.0f, arg0[i_17 + 5 * k0 + i_4], i_2 < 5);
  let i_22 = 4 * i_2;
  let i_26 = i_25 + select(36, i_22, i_22 < 40) + 25600 * k0 + 5120 * select(4, i_0, i_0 < 5);
  let i_27 = u32(i_26);
  let i_29 = 4 * lane;
  right_tile[i_29] = select(0.0f, arg1[i_27 >> 2][i_27 & 3u], i_0 < 5);
  let i_30 = u32(min(u32(i_26 + 1), 76799));
  right_tile[i_29 + 1] = select(0.0f, arg1[i_30 >> 2][i_30 & 3u], i_0 < 5);
  let i_32 = u32(min(u32(i_26 + 2), 76799));
  right_tile[i_29 + 2] = select(0.0f, arg1[i_32 >> 2][i_32 & 3u], i_0 < 5);
  let i_34 = u32(min(u32(i_26 + 3), 76799));
  right_tile[i_29 + 3] = select(0.0f, arg1[i_34 >> 2][i_34 & 3u], i_0 < 5);
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_36 = row_thread + 256 * k1_step_group;
   let left_0 = left_tile[i_36];
   let left_1 = left_tile[i_36 + 16];
   let left_2 = left_tile[i_36 + 32];
   let left_3 = left_tile[i_36 + 48];
   let i_37 = col_thread + 256 * k1_step_group;
   let right_0 = vec4f(right_tile[i_37], right_tile[i_37 + 16], right_tile[i_37 + 32], right_tile[i_37 + 48]);
   let v_38 = right_0;
   acc_0_0 += left_0 * v_38;
   acc_1_0 += left_1 * v_38;
   acc_2_0 += left_2 * v_38;
   acc_3_0 += left_3 * v_38;
   let v_44 = vec4f(right_tile[i_37 + 64], right_tile[i_37 + 80], right_tile[i_37 + 96], right_tile[i_37 + 112]);
   acc_0_0 += left_tile[i_36 + 64] * v_44;
   acc_1_0 += left_tile[i_36 + 80] * v_44;
   acc_2_0 += left_tile[i_36 + 96] * v_44;
   acc_3_0 += left_tile[i_36 + 112] * v_44;
   let v_50 = vec4f(right_tile[i_37 + 128], right_tile[i_37 + 144], right_tile[i_37 + 160], right_tile[i_37 + 176]);
   acc_0_0 += left_tile[i_36 + 128] * v_50;
   acc_1_0 += left_tile[i_36 + 144] * v_50;
   acc_2_0 += left_tile[i_36 + 160] * v_50;
   acc_3_0 += left_tile[i_36 + 176] * v_50;
   let v_56 = vec4f(right_tile[i_37 + 192], right_tile[i_37 + 208], right_tile[i_37 + 224], right_tile[i_37 + 240]);
   acc_0_0 += left_tile[i_36 + 192] * v_56;
   acc_1_0 += left_tile[i_36 + 208] * v_56;
   acc_2_0 += left_tile[i_36 + 224] * v_56;
   acc_3_0 += left_tile[i_36 + 240] * v_56;
  }
 }
 let i_57 = row_thread;
 let i_58 = col_thread;
 let i_60 = col_thread + 16;
 let i_62 = select(39, col_thread + 32, (col_thread + 32) < 40);
 let i_63 = i_62;
 let i_65 = 39;
 if (true) {
  if (true) {
   out[1320 * group + i_58 + 40 * i_57] = acc_0_0.x;
  }
  if (true) {
   out[1320 * group + i_60 + 40 * i_57] = acc_0_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_63 + 40 * i_57] = acc_0_0.z;
  }
  if (false) {
   out[1320 * group + i_65 + 40 * i_57] = acc_0_0.w;
  }
 }
 let i_67 = row_thread + 16;
 if (true) {
  if (true) {
   out[1320 * group + i_58 + 40 * i_67] = acc_1_0.x;
  }
  if (true) {
   out[1320 * group + i_60 + 40 * i_67] = acc_1_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_63 + 40 * i_67] = acc_1_0.z;
  }
  if (false) {
   out[1320 * group + i_65 + 40 * i_67] = acc_1_0.w;
  }
 }
 let i_72 = select(32, row_thread + 32, (row_thread + 32) < 33);
 let i_73 = i_72;
 if ((row_thread + 32) < 33) {
  if (true) {
   out[1320 * group + i_58 + 40 * i_73] = acc_2_0.x;
  }
  if (true) {
   out[1320 * group + i_60 + 40 * i_73] = acc_2_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_63 + 40 * i_73] = acc_2_0.z;
  }
  if (false) {
   out[1320 * group + i_65 + 40 * i_73] = acc_2_0.w;
  }
 }
 if (false) {
  if (true) {
   out[1320 * group + i_58 + 40 * i_16] = acc_3_0.x;
  }
  if (true) {
   out[1320 * group + i_60 + 40 * i_16] = acc_3_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_63 + 40 * i_16] = acc_3_0.z;
  }
  if (false) {
   out[1320 * group + i_65 + 40 * i_16] = acc_3_0.w;
  }
 }
}
