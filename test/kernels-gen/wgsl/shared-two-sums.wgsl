@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
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
  let i_20 = lane >> 6;
  let i_22 = lane & 63;
  let i_24 = select(39, i_22, i_22 < 40);
  right_tile[lane] = arg1[i_25 + 25600 * k0 + i_24 + 5120 * i_20];
  let f_31 = arg1[i_25 + 25600 * k0 + i_24 + 5120 * select(4, i_20 + 4, (i_20 + 4) < 5)];
  right_tile[lane + 256] = select(0.0f, f_31, (i_20 + 4) < 5);
  right_tile[lane + 512] = 0.0f;
  right_tile[lane + 768] = 0.0f;
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_33 = row_thread + 256 * k1_step_group;
   let left_0 = left_tile[i_33];
   let left_1 = left_tile[i_33 + 16];
   let left_2 = left_tile[i_33 + 32];
   let left_3 = left_tile[i_33 + 48];
   let i_34 = col_thread + 256 * k1_step_group;
   let right_0 = vec4f(right_tile[i_34], right_tile[i_34 + 16], right_tile[i_34 + 32], right_tile[i_34 + 48]);
   let v_35 = right_0;
   acc_0_0 += left_0 * v_35;
   acc_1_0 += left_1 * v_35;
   acc_2_0 += left_2 * v_35;
   acc_3_0 += left_3 * v_35;
   let v_41 = vec4f(right_tile[i_34 + 64], right_tile[i_34 + 80], right_tile[i_34 + 96], right_tile[i_34 + 112]);
   acc_0_0 += left_tile[i_33 + 64] * v_41;
   acc_1_0 += left_tile[i_33 + 80] * v_41;
   acc_2_0 += left_tile[i_33 + 96] * v_41;
   acc_3_0 += left_tile[i_33 + 112] * v_41;
   let v_47 = vec4f(right_tile[i_34 + 128], right_tile[i_34 + 144], right_tile[i_34 + 160], right_tile[i_34 + 176]);
   acc_0_0 += left_tile[i_33 + 128] * v_47;
   acc_1_0 += left_tile[i_33 + 144] * v_47;
   acc_2_0 += left_tile[i_33 + 160] * v_47;
   acc_3_0 += left_tile[i_33 + 176] * v_47;
   let v_53 = vec4f(right_tile[i_34 + 192], right_tile[i_34 + 208], right_tile[i_34 + 224], right_tile[i_34 + 240]);
   acc_0_0 += left_tile[i_33 + 192] * v_53;
   acc_1_0 += left_tile[i_33 + 208] * v_53;
   acc_2_0 += left_tile[i_33 + 224] * v_53;
   acc_3_0 += left_tile[i_33 + 240] * v_53;
  }
 }
 let i_54 = row_thread;
 let i_55 = col_thread;
 let i_57 = col_thread + 16;
 let i_59 = select(39, col_thread + 32, (col_thread + 32) < 40);
 let i_60 = i_59;
 let i_62 = 39;
 if (true) {
  if (true) {
   out[1320 * group + i_55 + 40 * i_54] = acc_0_0.x;
  }
  if (true) {
   out[1320 * group + i_57 + 40 * i_54] = acc_0_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_60 + 40 * i_54] = acc_0_0.z;
  }
  if (false) {
   out[1320 * group + i_62 + 40 * i_54] = acc_0_0.w;
  }
 }
 let i_64 = row_thread + 16;
 if (true) {
  if (true) {
   out[1320 * group + i_55 + 40 * i_64] = acc_1_0.x;
  }
  if (true) {
   out[1320 * group + i_57 + 40 * i_64] = acc_1_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_60 + 40 * i_64] = acc_1_0.z;
  }
  if (false) {
   out[1320 * group + i_62 + 40 * i_64] = acc_1_0.w;
  }
 }
 let i_69 = select(32, row_thread + 32, (row_thread + 32) < 33);
 let i_70 = i_69;
 if ((row_thread + 32) < 33) {
  if (true) {
   out[1320 * group + i_55 + 40 * i_70] = acc_2_0.x;
  }
  if (true) {
   out[1320 * group + i_57 + 40 * i_70] = acc_2_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_60 + 40 * i_70] = acc_2_0.z;
  }
  if (false) {
   out[1320 * group + i_62 + 40 * i_70] = acc_2_0.w;
  }
 }
 if (false) {
  if (true) {
   out[1320 * group + i_55 + 40 * i_16] = acc_3_0.x;
  }
  if (true) {
   out[1320 * group + i_57 + 40 * i_16] = acc_3_0.y;
  }
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_60 + 40 * i_16] = acc_3_0.z;
  }
  if (false) {
   out[1320 * group + i_62 + 40 * i_16] = acc_3_0.w;
  }
 }
}
