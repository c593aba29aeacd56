enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4h>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4h>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> handed_acc: array<f32, 2048>;
var<workgroup> left_tile: array<f16, 1024>;
var<workgroup> right_tile: array<f16, 512>;
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane >> 4;
 let i_3 = lane & 15;
 let i_6 = select(16, i_3 + 16 * i_0, (4 * i_3 + 64 * i_0) < 68);
 let i_10 = 4 * lane;
 let i_21 = lane >> 2;
 let i_24 = lane & 3;
 let i_25 = 4 * i_24;
 let i_29 = 10 * min(32 * col_tile + i_21, 35);
 let i_33 = i_21 + 128 * i_24;
 for (var slot_first = 0; slot_first < 4; slot_first += i32(subgroups)) {
  let slot = slot_first + i32(subgroup);
  var acc_0_0 = Sum();
  var acc_1_0 = Sum();
  let i_37 = slot >> 1;
  let i_38 = 32 * i_37;
  let i_39 = slot & 1;
  let i_40 = 16 * i_39;
  for (var k0_block = 0; k0_block < 3; k0_block += 1) {
   workgroupBarrier();
   let i_2 = i_1 + 16 * k0_block;
   let v_8 = arg0[i_6 + 17 * i_2];
   left_tile[i_10] = f16(f32(v_8.x));
   left_tile[i_10 + 1] = f16(f32(v_8.y));
   left_tile[i_10 + 2] = f16(f32(v_8.z));
   left_tile[i_10 + 3] = f16(f32(v_8.w));
   let v_16 = arg0[i_6 + 17 * min(i_2 + 8, 39)];
   left_tile[i_10 + 512] = f16(select(0.0f, f32(v_16.x), (i_2 + 8) < 40));
   left_tile[i_10 + 513] = f16(select(0.0f, f32(v_16.y), (i_2 + 8) < 40));
   left_tile[i_10 + 514] = f16(select(0.0f, f32(v_16.z), (i_2 + 8) < 40));
   left_tile[i_10 + 515] = f16(select(0.0f, f32(v_16.w), (i_2 + 8) < 40));
   let i_26 = i_25 + 16 * k0_block;
   let v_31 = arg1[i_29 + select(9, i_24 + 4 * k0_block, i_26 < 40)];
   right_tile[i_33] = f16(select(0.0f, f32(v_31.x), i_26 < 40));
   right_tile[i_33 + 32] = f16(select(0.0f, f32(v_31.y), (i_26 + 1) < 40));
   right_tile[i_33 + 64] = f16(select(0.0f, f32(v_31.z), (i_26 + 2) < 40));
   right_tile[i_33 + 96] = f16(select(0.0f, f32(v_31.w), (i_26 + 3) < 40));
   workgroupBarrier();
   if (slot < 4) {
    let left_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_38), 64);
    let left_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_38 + 16), 64);
    let right_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_40), 32);
    acc_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, acc_0_0);
    acc_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, acc_1_0);
   }
  }
  let i_41 = 1024 * i_37 + 16 * i_39;
  if (slot < 4) {
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_41), acc_0_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_41 + 512), acc_1_0, 32);
  }
 }
 workgroupBarrier();
 let i_42 = lane >> 5;
 let i_44 = 64 * i_0;
 let i_47 = lane & 31;
 let i_48 = 32 * col_tile + i_47;
 let i_49 = min(i_48, 35);
 let f_53 = f32(arg0[17].z) * 2.0f;
 for (var r_step = 0; r_step < 16 + (group >> 31); r_step += 1) {
  let i_43 = i_42 + 4 * r_step;
  let i_45 = i_44 + i_43;
  if (i_48 < 36) {
   if (i_45 < 68) {
    out[i_49 + 36 * min(i_45, 67)] = handed_acc[i_47 + 32 * i_43] + f_53;
   }
  }
 }
}

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4h>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4h>;
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
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane >> 4;
 let i_3 = lane & 15;
 let i_6 = select(16, i_3 + 16 * i_0, (4 * i_3 + 64 * i_0) < 68);
 let i_10 = 4 * lane;
 let i_21 = lane >> 2;
 let i_24 = lane & 3;
 let i_25 = 4 * i_24;
 let i_29 = 10 * min(32 * col_tile + i_21, 35);
 let i_33 = i_21 + 128 * i_24;
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
  let i_37 = slot >> 1;
  let i_38 = 32 * i_37;
  let i_40 = slot & 1;
  let i_41 = 16 * i_40;
  for (var k0_block = 0; k0_block < 3; k0_block += 1) {
   workgroupBarrier();
   let i_2 = i_1 + 16 * k0_block;
   let v_8 = arg0[i_6 + 17 * i_2];
   left_tile[i_10] = f32(v_8.x);
   left_tile[i_10 + 1] = f32(v_8.y);
   left_tile[i_10 + 2] = f32(v_8.z);
   left_tile[i_10 + 3] = f32(v_8.w);
   let v_16 = arg0[i_6 + 17 * min(i_2 + 8, 39)];
   left_tile[i_10 + 512] = select(0.0f, f32(v_16.x), (i_2 + 8) < 40);
   left_tile[i_10 + 513] = select(0.0f, f32(v_16.y), (i_2 + 8) < 40);
   left_tile[i_10 + 514] = select(0.0f, f32(v_16.z), (i_2 + 8) < 40);
   left_tile[i_10 + 515] = select(0.0f, f32(v_16.w), (i_2 + 8) < 40);
   let i_26 = i_25 + 16 * k0_block;
   let v_31 = arg1[i_29 + select(9, i_24 + 4 * k0_block, i_26 < 40)];
   right_tile[i_33] = select(0.0f, f32(v_31.x), i_26 < 40);
   right_tile[i_33 + 32] = select(0.0f, f32(v_31.y), (i_26 + 1) < 40);
   right_tile[i_33 + 64] = select(0.0f, f32(v_31.z), (i_26 + 2) < 40);
   right_tile[i_33 + 96] = select(0.0f, f32(v_31.w), (i_26 + 3) < 40);
   workgroupBarrier();
   if (slot < 4) {
    for (var k0_step_group = 0; k0_step_group < 2; k0_step_group += 1) {
     let i_39 = i_38 + 512 * k0_step_group;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_39), 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_39 + 8), 64);
     let left_2 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_39 + 16), 64);
     let left_3 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_39 + 24), 64);
     let i_42 = i_41 + 256 * k0_step_group;
     let right_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_42), 32);
     let right_1 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_42 + 8), 32);
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
  let i_43 = 1024 * i_37 + 16 * i_40;
  if (slot < 4) {
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43), acc_0_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 8), acc_0_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 256), acc_1_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 264), acc_1_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 512), acc_2_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 520), acc_2_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 768), acc_3_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_43 + 776), acc_3_1, 32);
  }
 }
 workgroupBarrier();
 let i_44 = lane >> 5;
 let i_46 = 64 * i_0;
 let i_49 = lane & 31;
 let i_50 = 32 * col_tile + i_49;
 let i_51 = min(i_50, 35);
 let f_55 = f32(arg0[17].z) * 2.0f;
 for (var r_step = 0; r_step < 16 + (group >> 31); r_step += 1) {
  let i_45 = i_44 + 4 * r_step;
  let i_47 = i_46 + i_45;
  if (i_50 < 36) {
   if (i_47 < 68) {
    out[i_51 + 36 * min(i_47, 67)] = handed_acc[i_49 + 32 * i_45] + f_55;
   }
  }
 }
}
