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
 let i_0 = lane >> 4;
 let i_1 = lane & 15;
 let i_2 = min(i_1, 4);
 let i_3 = 495 * group + i_2 + 15 * i_0;
 let i_6 = i_0 + 64 * i_1;
 let i_8 = 495 * group + i_2 + 15 * (i_0 + 16);
 let i_12 = 495 * group + i_2 + 15 * min(i_0 + 32, 32);
 let i_15 = 495 * group + i_2;
 let i_21 = 10 * group + select(9, i_1, (4 * i_1) < 40) + 1280 * min(i_0, 4);
 let i_25 = 4 * lane;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  workgroupBarrier();
  left_tile[i_6] = select(0.0f, arg0[i_3 + 5 * k0], i_1 < 5);
  left_tile[i_6 + 16] = select(0.0f, arg0[i_8 + 5 * k0], i_1 < 5);
  left_tile[i_6 + 32] = select(0.0f, arg0[i_12 + 5 * k0], i_1 < 5);
  left_tile[i_6 + 48] = select(0.0f, arg0[i_15 + 5 * k0 + 480], i_1 < 5);
  let v_23 = arg1[i_21 + 6400 * k0];
  right_tile[i_25] = select(0.0f, v_23.x, i_0 < 5);
  right_tile[i_25 + 1] = select(0.0f, v_23.y, i_0 < 5);
  right_tile[i_25 + 2] = select(0.0f, v_23.z, i_0 < 5);
  right_tile[i_25 + 3] = select(0.0f, v_23.w, i_0 < 5);
  workgroupBarrier();
  for (var k1_step_group = 0; k1_step_group < 4; k1_step_group += 1) {
   let i_29 = row_thread + 256 * k1_step_group;
   let left_0 = left_tile[i_29];
   let left_1 = left_tile[i_29 + 16];
   let left_2 = left_tile[i_29 + 32];
   let left_3 = left_tile[i_29 + 48];
   let i_30 = col_thread + 256 * k1_step_group;
   let right_0 = vec4f(right_tile[i_30], right_tile[i_30 + 16], right_tile[i_30 + 32], right_tile[i_30 + 48]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_35 = vec4f(right_tile[i_30 + 64], right_tile[i_30 + 80], right_tile[i_30 + 96], right_tile[i_30 + 112]);
   acc_0_0 += left_tile[i_29 + 64] * v_35;
   acc_1_0 += left_tile[i_29 + 80] * v_35;
   acc_2_0 += left_tile[i_29 + 96] * v_35;
   acc_3_0 += left_tile[i_29 + 112] * v_35;
   let v_40 = vec4f(right_tile[i_30 + 128], right_tile[i_30 + 144], right_tile[i_30 + 160], right_tile[i_30 + 176]);
   acc_0_0 += left_tile[i_29 + 128] * v_40;
   acc_1_0 += left_tile[i_29 + 144] * v_40;
   acc_2_0 += left_tile[i_29 + 160] * v_40;
   acc_3_0 += left_tile[i_29 + 176] * v_40;
   let v_45 = vec4f(right_tile[i_30 + 192], right_tile[i_30 + 208], right_tile[i_30 + 224], right_tile[i_30 + 240]);
   acc_0_0 += left_tile[i_29 + 192] * v_45;
   acc_1_0 += left_tile[i_29 + 208] * v_45;
   acc_2_0 += left_tile[i_29 + 224] * v_45;
   acc_3_0 += left_tile[i_29 + 240] * v_45;
  }
 }
 out[1320 * group + col_thread + 40 * row_thread] = acc_0_0.x;
 let i_47 = col_thread + 16;
 out[1320 * group + i_47 + 40 * row_thread] = acc_0_0.y;
 let i_49 = min(col_thread + 32, 39);
 if ((col_thread + 32) < 40) {
  out[1320 * group + i_49 + 40 * row_thread] = acc_0_0.z;
 }
 let i_51 = row_thread + 16;
 out[1320 * group + col_thread + 40 * i_51] = acc_1_0.x;
 out[1320 * group + i_47 + 40 * i_51] = acc_1_0.y;
 if ((col_thread + 32) < 40) {
  out[1320 * group + i_49 + 40 * i_51] = acc_1_0.z;
 }
 let i_55 = min(row_thread + 32, 32);
 if ((row_thread + 32) < 33) {
  out[1320 * group + col_thread + 40 * i_55] = acc_2_0.x;
  out[1320 * group + i_47 + 40 * i_55] = acc_2_0.y;
  if ((col_thread + 32) < 40) {
   out[1320 * group + i_49 + 40 * i_55] = acc_2_0.z;
  }
 }
}
