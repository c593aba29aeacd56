enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
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
 if (group >= (((2 * tokens) + 63) / 64) * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let col_tile = group - i_1 * 3;
 let i_2 = lane >> 2;
 let i_3 = i_2 + 64 * i_1;
 let i_4 = 2 * tokens;
 let i_5 = min(i_3, i_4 - 1);
 let i_6 = i32(u32(i_5) / u32(tokens));
 let i_8 = lane & 3;
 let i_9 = 4 * i_8;
 let i_13 = 10 * tokens * i_6 + 10 * (i_5 - i_6 * tokens);
 let i_17 = i_2 + 256 * i_8;
 let i_21 = min(i_3 + 32, i_4 - 1);
 let i_22 = i32(u32(i_21) / u32(tokens));
 let i_24 = 10 * tokens * i_22 + 10 * (i_21 - i_22 * tokens);
 let i_33 = 10 * min(32 * col_tile + i_2, 69);
 let i_37 = i_2 + 128 * i_8;
 let i_47 = lane >> 4;
 let i_48 = i_47 + 64 * i_1;
 let i_49 = min(i_48, i_4 - 1);
 let i_50 = i32(u32(i_49) / u32(tokens));
 let i_52 = lane & 15;
 let i_53 = min(i_52, 2);
 let i_54 = 3 * tokens * i_50 + i_53 + 3 * (i_49 - i_50 * tokens);
 let i_56 = i_47 + 64 * i_52;
 let i_57 = min(i_48 + 8, i_4 - 1);
 let i_58 = i32(u32(i_57) / u32(tokens));
 let i_60 = 3 * tokens * i_58 + i_53 + 3 * (i_57 - i_58 * tokens);
 let i_62 = min(i_48 + 16, i_4 - 1);
 let i_63 = i32(u32(i_62) / u32(tokens));
 let i_65 = 3 * tokens * i_63 + i_53 + 3 * (i_62 - i_63 * tokens);
 let i_67 = min(i_48 + 24, i_4 - 1);
 let i_68 = i32(u32(i_67) / u32(tokens));
 let i_70 = 3 * tokens * i_68 + i_53 + 3 * (i_67 - i_68 * tokens);
 let i_72 = min(i_48 + 32, i_4 - 1);
 let i_73 = i32(u32(i_72) / u32(tokens));
 let i_75 = 3 * tokens * i_73 + i_53 + 3 * (i_72 - i_73 * tokens);
 let i_77 = min(i_48 + 40, i_4 - 1);
 let i_78 = i32(u32(i_77) / u32(tokens));
 let i_80 = 3 * tokens * i_78 + i_53 + 3 * (i_77 - i_78 * tokens);
 let i_82 = min(i_48 + 48, i_4 - 1);
 let i_83 = i32(u32(i_82) / u32(tokens));
 let i_85 = 3 * tokens * i_83 + i_53 + 3 * (i_82 - i_83 * tokens);
 let i_87 = min(i_48 + 56, i_4 - 1);
 let i_88 = i32(u32(i_87) / u32(tokens));
 let i_90 = 3 * tokens * i_88 + i_53 + 3 * (i_87 - i_88 * tokens);
 let i_92 = 32 * col_tile + i_47;
 let i_94 = 3 * min(i_92, 69) + i_53;
 let i_96 = i_47 + 32 * i_52;
 let i_98 = 3 * min(i_92 + 8, 69) + i_53;
 let i_101 = 3 * min(i_92 + 16, 69) + i_53;
 let i_104 = 3 * min(i_92 + 24, 69) + i_53;
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
  let i_41 = slot >> 1;
  let i_42 = 32 * i_41;
  let i_44 = slot & 1;
  let i_45 = 16 * i_44;
  for (var k0_block = 0; k0_block < 3; k0_block += 1) {
   workgroupBarrier();
   let i_10 = i_9 + 16 * k0_block;
   let i_12 = select(9, i_8 + 4 * k0_block, i_10 < 40);
   let v_15 = arg0[i_13 + i_12];
   left_tile[i_17] = select(0.0f, v_15.x, i_10 < 40);
   left_tile[i_17 + 64] = select(0.0f, v_15.y, (i_10 + 1) < 40);
   left_tile[i_17 + 128] = select(0.0f, v_15.z, (i_10 + 2) < 40);
   left_tile[i_17 + 192] = select(0.0f, v_15.w, (i_10 + 3) < 40);
   let v_26 = arg0[i_24 + i_12];
   left_tile[i_17 + 32] = select(0.0f, v_26.x, i_10 < 40);
   left_tile[i_17 + 96] = select(0.0f, v_26.y, (i_10 + 1) < 40);
   left_tile[i_17 + 160] = select(0.0f, v_26.z, (i_10 + 2) < 40);
   left_tile[i_17 + 224] = select(0.0f, v_26.w, (i_10 + 3) < 40);
   let v_35 = arg1[i_33 + i_12];
   right_tile[i_37] = select(0.0f, v_35.x, i_10 < 40);
   right_tile[i_37 + 32] = select(0.0f, v_35.y, (i_10 + 1) < 40);
   right_tile[i_37 + 64] = select(0.0f, v_35.z, (i_10 + 2) < 40);
   right_tile[i_37 + 96] = select(0.0f, v_35.w, (i_10 + 3) < 40);
   workgroupBarrier();
   if (slot < 4) {
    for (var k0_step_group = 0; k0_step_group < 2; k0_step_group += 1) {
     let i_43 = i_42 + 512 * k0_step_group;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_43), 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_43 + 8), 64);
     let left_2 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_43 + 16), 64);
     let left_3 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_43 + 24), 64);
     let i_46 = i_45 + 256 * k0_step_group;
     let right_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_46), 32);
     let right_1 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_46 + 8), 32);
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
  workgroupBarrier();
  left_tile[i_56] = select(0.0f, 2.0f * arg2[i_54], i_52 < 3);
  left_tile[i_56 + 8] = select(0.0f, 2.0f * arg2[i_60], i_52 < 3);
  left_tile[i_56 + 16] = select(0.0f, 2.0f * arg2[i_65], i_52 < 3);
  left_tile[i_56 + 24] = select(0.0f, 2.0f * arg2[i_70], i_52 < 3);
  left_tile[i_56 + 32] = select(0.0f, 2.0f * arg2[i_75], i_52 < 3);
  left_tile[i_56 + 40] = select(0.0f, 2.0f * arg2[i_80], i_52 < 3);
  left_tile[i_56 + 48] = select(0.0f, 2.0f * arg2[i_85], i_52 < 3);
  left_tile[i_56 + 56] = select(0.0f, 2.0f * arg2[i_90], i_52 < 3);
  right_tile[i_96] = select(0.0f, arg3[i_94], i_52 < 3);
  right_tile[i_96 + 8] = select(0.0f, arg3[i_98], i_52 < 3);
  right_tile[i_96 + 16] = select(0.0f, arg3[i_101], i_52 < 3);
  right_tile[i_96 + 24] = select(0.0f, arg3[i_104], i_52 < 3);
  workgroupBarrier();
  if (slot < 4) {
   for (var k1_step_group = 0; k1_step_group < 2; k1_step_group += 1) {
    let i_106 = i_42 + 512 * k1_step_group;
    let left1_0 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_106), 64);
    let left1_1 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_106 + 8), 64);
    let left1_2 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_106 + 16), 64);
    let left1_3 = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_106 + 24), 64);
    let i_107 = i_45 + 256 * k1_step_group;
    let right1_0 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_107), 32);
    let right1_1 = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(i_107 + 8), 32);
    acc_0_0 = subgroupMatrixMultiplyAccumulate(left1_0, right1_0, acc_0_0);
    acc_0_1 = subgroupMatrixMultiplyAccumulate(left1_0, right1_1, acc_0_1);
    acc_1_0 = subgroupMatrixMultiplyAccumulate(left1_1, right1_0, acc_1_0);
    acc_1_1 = subgroupMatrixMultiplyAccumulate(left1_1, right1_1, acc_1_1);
    acc_2_0 = subgroupMatrixMultiplyAccumulate(left1_2, right1_0, acc_2_0);
    acc_2_1 = subgroupMatrixMultiplyAccumulate(left1_2, right1_1, acc_2_1);
    acc_3_0 = subgroupMatrixMultiplyAccumulate(left1_3, right1_0, acc_3_0);
    acc_3_1 = subgroupMatrixMultiplyAccumulate(left1_3, right1_1, acc_3_1);
   }
  }
  let i_108 = 1024 * i_41 + 16 * i_44;
  if (slot < 4) {
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108), acc_0_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 8), acc_0_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 256), acc_1_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 264), acc_1_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 512), acc_2_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 520), acc_2_1, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 768), acc_3_0, 32);
   subgroupMatrixStore<row_major>(&handed_acc, u32(i_108 + 776), acc_3_1, 32);
  }
 }
 workgroupBarrier();
 let i_109 = lane >> 5;
 let i_111 = 64 * i_1;
 let i_115 = lane & 31;
 let i_116 = 32 * col_tile + i_115;
 let i_117 = min(i_116, 69);
 for (var r_step = 0; r_step < 16 + (group >> 31); r_step += 1) {
  let i_110 = i_109 + 4 * r_step;
  let i_112 = i_111 + i_110;
  let i_113 = min(i_112, i_4 - 1);
  let i_114 = i32(u32(i_113) / u32(tokens));
  let m1_r = i_113 - i_114 * tokens;
  if (i_116 < 70) {
   if (i_112 < i_4) {
    out[70 * tokens * i_114 + i_117 + 70 * m1_r] = handed_acc[i_115 + 32 * i_110];
   }
  }
 }
}
