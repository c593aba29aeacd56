enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> handed_acc: array<f32, 2048>;
var<workgroup> left_tile: array<f32, 1024>;
var<workgroup> right_tile: array<f32, 512>;
alias Left = subgroup_matrix_left<f32, 8, 8>;
alias Right = subgroup_matrix_right<f32, 8, 8>;
alias Sum = subgroup_matrix_result<f32, 8, 8>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane >> 6;
 let i_4 = min((lane & 63) + 64 * group, 69);
 let i_28 = lane >> 3;
 let i_31 = lane & 7;
 let i_35 = 4 * lane;
 for (var slot_first = 0; slot_first < 4; slot_first += i32(subgroups)) {
  let slot = slot_first + i32(subgroup);
  var acc_0_0 = Sum();
  var acc_0_1 = Sum();
  var acc_1_0 = Sum();
  var acc_1_1 = Sum();
  var acc_2_0 = Sum();
  var acc_2_1 = Sum();
  var acc_3_0 = Sum();
  var acc_3_1 = Sum();
  let i_39 = slot >> 1;
  let i_40 = 32 * i_39;
  let i_42 = slot & 1;
  let i_43 = 16 * i_42;
  for (var k0_block = 0; k0_block < 2; k0_block += 1) {
   workgroupBarrier();
   let i_1 = i_0 + 16 * k0_block;
   left_tile[lane] = arg1[i_4 + 70 * i_1];
   left_tile[lane + 128] = arg1[i_4 + 70 * (i_1 + 2)];
   left_tile[lane + 256] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 4, 19)], (i_1 + 4) < 20);
   left_tile[lane + 384] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 6, 19)], (i_1 + 6) < 20);
   left_tile[lane + 512] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 8, 19)], (i_1 + 8) < 20);
   left_tile[lane + 640] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 10, 19)], (i_1 + 10) < 20);
   left_tile[lane + 768] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 12, 19)], (i_1 + 12) < 20);
   left_tile[lane + 896] = select(0.0f, arg1[i_4 + 70 * min(i_1 + 14, 19)], (i_1 + 14) < 20);
   let i_29 = i_28 + 16 * k0_block;
   let v_33 = arg0[i_31 + 8 * min(i_29, 19)];
   right_tile[i_35] = select(0.0f, v_33.x, i_29 < 20);
   right_tile[i_35 + 1] = select(0.0f, v_33.y, i_29 < 20);
   right_tile[i_35 + 2] = select(0.0f, v_33.z, i_29 < 20);
   right_tile[i_35 + 3] = select(0.0f, v_33.w, i_29 < 20);
   workgroupBarrier();
   if (slot < 4) {
    for (var k0_step_group = 0; k0_step_group < 2; k0_step_group += 1) {
     let i_41 = i_40 + 512 * k0_step_group;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_41), 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_41 + 8), 64);
     let left_2 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_41 + 16), 64);
     let left_3 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_41 + 24), 64);
     let i_44 = i_43 + 256 * k0_step_group;
     let right_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_44), 32);
     let right_1 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_44 + 8), 32);
     acc_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, acc_0_0);
     acc_0_1 = subgroupMatrixMultiplyAccumulate(left_0, right_1, acc_0_1);
     acc_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, acc_1_0);
     acc_1_1 = subgroupMatrixMultiplyAccumulate(left_1, right_1, acc_1_1);
     acc_2_0 = subgroupMatrixMultiplyAccumulate(left_2, right_0, acc_2_0);
     acc_2_1 = subgroupMatrixMultiplyAccumulate(left_2, right_1, acc_2_1);
     acc_3_0 = subgroupMatrixMultiplyAccumulate(left_3, right_0, acc_3_0);
     acc_3_1 = subgroupMatrixMultiplyAccumulate(left_3, right_1, acc_3_1);
    }
   }
  }
  let i_45 = 1024 * i_39 + 16 * i_42;
  if (slot < 4) {
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45), acc_0_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 8), acc_0_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 256), acc_1_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 264), acc_1_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 512), acc_2_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 520), acc_2_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 768), acc_3_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_45 + 776), acc_3_1, 32);
  }
 }
 workgroupBarrier();
 let i_46 = lane >> 5;
 let i_48 = 64 * group;
 let i_51 = lane & 31;
 for (var r_step = 0; r_step < 16 + (group >> 31); r_step += 1) {
  let i_47 = i_46 + 4 * r_step;
  let i_49 = i_48 + i_47;
  if (i_49 < 70) {
   out[70 * i_51 + min(i_49, 69)] = handed_acc[i_51 + 32 * i_47];
  }
 }
}
