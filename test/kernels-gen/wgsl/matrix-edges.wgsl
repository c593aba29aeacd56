enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;
var<workgroup> handed_acc: array<f32, 2048>;
var<workgroup> left_tile: array<f32, 1024>;
var<workgroup> right_tile: array<f32, 512>;
alias Left = subgroup_matrix_left<f32, 8, 8>;
alias Right = subgroup_matrix_right<f32, 8, 8>;
alias Sum = subgroup_matrix_result<f32, 8, 8>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 63) / 64) * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let col_tile = group - i_1 * 2;
 let i_2 = lane >> 4;
 let i_3 = i_2 + 64 * i_1;
 let i_5 = lane & 15;
 let i_8 = 19 * min(i_3, tokens - 1);
 let i_11 = i_2 + 64 * i_5;
 let i_13 = 19 * min(i_3 + 8, tokens - 1);
 let i_17 = 19 * min(i_3 + 16, tokens - 1);
 let i_21 = 19 * min(i_3 + 24, tokens - 1);
 let i_25 = 19 * min(i_3 + 32, tokens - 1);
 let i_29 = 19 * min(i_3 + 40, tokens - 1);
 let i_33 = 19 * min(i_3 + 48, tokens - 1);
 let i_37 = 19 * min(i_3 + 56, tokens - 1);
 let i_40 = 32 * col_tile + i_2;
 let i_42 = 19 * min(i_40, 36);
 let i_45 = i_2 + 32 * i_5;
 let i_47 = 19 * min(i_40 + 8, 36);
 let i_51 = 19 * min(i_40 + 16, 36);
 let i_55 = 19 * min(i_40 + 24, 36);
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
  let i_58 = slot >> 1;
  let i_59 = 32 * i_58;
  let i_61 = slot & 1;
  let i_62 = 16 * i_61;
  for (var k0_block = 0; k0_block < 2; k0_block += 1) {
   workgroupBarrier();
   let i_6 = i_5 + 16 * k0_block;
   let i_7 = min(i_6, 18);
   left_tile[i_11] = select(0.0f, arg0[i_8 + i_7], i_6 < 19);
   left_tile[i_11 + 8] = select(0.0f, arg0[i_13 + i_7], i_6 < 19);
   left_tile[i_11 + 16] = select(0.0f, arg0[i_17 + i_7], i_6 < 19);
   left_tile[i_11 + 24] = select(0.0f, arg0[i_21 + i_7], i_6 < 19);
   left_tile[i_11 + 32] = select(0.0f, arg0[i_25 + i_7], i_6 < 19);
   left_tile[i_11 + 40] = select(0.0f, arg0[i_29 + i_7], i_6 < 19);
   left_tile[i_11 + 48] = select(0.0f, arg0[i_33 + i_7], i_6 < 19);
   left_tile[i_11 + 56] = select(0.0f, arg0[i_37 + i_7], i_6 < 19);
   right_tile[i_45] = select(0.0f, arg1[i_42 + i_7], i_6 < 19);
   right_tile[i_45 + 8] = select(0.0f, arg1[i_47 + i_7], i_6 < 19);
   right_tile[i_45 + 16] = select(0.0f, arg1[i_51 + i_7], i_6 < 19);
   right_tile[i_45 + 24] = select(0.0f, arg1[i_55 + i_7], i_6 < 19);
   workgroupBarrier();
   if (slot < 4) {
    for (var k0_step_group = 0; k0_step_group < 2; k0_step_group += 1) {
     let i_60 = i_59 + 512 * k0_step_group;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_60), 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_60 + 8), 64);
     let left_2 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_60 + 16), 64);
     let left_3 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_60 + 24), 64);
     let i_63 = i_62 + 256 * k0_step_group;
     let right_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_63), 32);
     let right_1 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_63 + 8), 32);
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
  let i_64 = 1024 * i_58 + 16 * i_61;
  if (slot < 4) {
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64), acc_0_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 8), acc_0_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 256), acc_1_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 264), acc_1_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 512), acc_2_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 520), acc_2_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 768), acc_3_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_64 + 776), acc_3_1, 32);
  }
 }
 workgroupBarrier();
 let i_65 = lane >> 5;
 let i_67 = 64 * i_1;
 let i_70 = lane & 31;
 let i_71 = 32 * col_tile + i_70;
 let i_72 = min(i_71, 36);
 for (var r_step = 0; r_step < 16 + (group >> 31); r_step += 1) {
  let i_66 = i_65 + 4 * r_step;
  let i_68 = i_67 + i_66;
  let f_74 = arg2[i_72];
  if (i_71 < 37) {
   if (i_68 < tokens) {
    out[i_72 + 37 * min(i_68, tokens - 1)] = (handed_acc[i_70 + 32 * i_66] * 0.5f) + f_74;
   }
  }
 }
}
