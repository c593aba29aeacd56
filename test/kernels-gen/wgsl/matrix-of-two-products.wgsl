enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;
alias Left = subgroup_matrix_left<f32, 8, 8>;
alias Right = subgroup_matrix_right<f32, 8, 8>;
alias Sum = subgroup_matrix_result<f32, 8, 8>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = ((2 * tokens) + 63) / 64;
 if (group >= 3 * i_0) { return; }
 let i_2 = i32(u32(group) / 3u);
 let i_3 = group - i_2 * 3;
 let i_4 = i_3 * 32 + (lane & 31);
 let i_8 = i_2 - i32(u32(i_2) / u32(max(i_0, 1))) * i_0;
 let i_9 = i_8 * 64 + ((lane >> 5) & 3);
 let i_10 = min(i_9, (2 * tokens) - 1);
 let m1_0 = i_10 - i32(u32(i_10) / u32(tokens)) * tokens;
 let i_13 = (lane & 3) * 4;
 let i_14 = (lane >> 2) & 63;
 let i_15 = min(i_8 * 64 + i_14, (2 * tokens) - 1);
 let i_17 = i_13 * 64 + i_14;
 let i_18 = lane + 128;
 let i_20 = (i_18 & 3) * 4;
 let i_21 = (i_18 >> 2) & 63;
 let i_22 = min(i_8 * 64 + i_21, (2 * tokens) - 1);
 let i_24 = i_20 * 64 + i_21;
 let i_25 = (lane >> 2) & 31;
 let i_26 = min(i_3 * 32 + i_25, 70 - 1);
 let i_27 = i_13 * 32 + i_25;
 let i_40 = lane & 15;
 let i_41 = (lane >> 4) & 63;
 let i_42 = min(i_8 * 64 + i_41, (2 * tokens) - 1);
 let i_44 = i_40 * 64 + i_41;
 let i_45 = i_18 & 15;
 let i_46 = (i_18 >> 4) & 63;
 let i_47 = min(i_8 * 64 + i_46, (2 * tokens) - 1);
 let i_49 = i_45 * 64 + i_46;
 let i_50 = lane + 256;
 let i_51 = i_50 & 15;
 let i_52 = (i_50 >> 4) & 63;
 let i_53 = min(i_8 * 64 + i_52, (2 * tokens) - 1);
 let i_55 = i_51 * 64 + i_52;
 let i_56 = lane + 384;
 let i_57 = i_56 & 15;
 let i_58 = (i_56 >> 4) & 63;
 let i_59 = min(i_8 * 64 + i_58, (2 * tokens) - 1);
 let i_61 = i_57 * 64 + i_58;
 let i_62 = lane + 512;
 let i_63 = i_62 & 15;
 let i_64 = (i_62 >> 4) & 63;
 let i_65 = min(i_8 * 64 + i_64, (2 * tokens) - 1);
 let i_67 = i_63 * 64 + i_64;
 let i_68 = lane + 640;
 let i_69 = i_68 & 15;
 let i_70 = (i_68 >> 4) & 63;
 let i_71 = min(i_8 * 64 + i_70, (2 * tokens) - 1);
 let i_73 = i_69 * 64 + i_70;
 let i_74 = lane + 768;
 let i_75 = i_74 & 15;
 let i_76 = (i_74 >> 4) & 63;
 let i_77 = min(i_8 * 64 + i_76, (2 * tokens) - 1);
 let i_79 = i_75 * 64 + i_76;
 let i_80 = lane + 896;
 let i_81 = i_80 & 15;
 let i_82 = (i_80 >> 4) & 63;
 let i_83 = min(i_8 * 64 + i_82, (2 * tokens) - 1);
 let i_85 = i_81 * 64 + i_82;
 let i_86 = (lane >> 4) & 31;
 let i_87 = min(i_3 * 32 + i_86, 70 - 1);
 let i_88 = i_40 * 32 + i_86;
 let i_89 = (i_18 >> 4) & 31;
 let i_90 = min(i_3 * 32 + i_89, 70 - 1);
 let i_91 = i_45 * 32 + i_89;
 let i_92 = (i_50 >> 4) & 31;
 let i_93 = min(i_3 * 32 + i_92, 70 - 1);
 let i_94 = i_51 * 32 + i_92;
 let i_95 = (i_56 >> 4) & 31;
 let i_96 = min(i_3 * 32 + i_95, 70 - 1);
 let i_97 = i_57 * 32 + i_95;
 for (var round = 0u; round < 4; round += subgroups) {
  let slot = round + subgroup;
  let slot_row = (slot / 2) * 32;
  let slot_col = (slot % 2) * 16;
  var sum_0_0 = Sum();
  var sum_0_1 = Sum();
  var sum_1_0 = Sum();
  var sum_1_1 = Sum();
  var sum_2_0 = Sum();
  var sum_2_1 = Sum();
  var sum_3_0 = Sum();
  var sum_3_1 = Sum();
  let i_16 = i32(u32(i_15) / u32(tokens));
  let m1_a0 = i_15 - i_16 * tokens;
  let i_23 = i32(u32(i_22) / u32(tokens));
  let m1_a1 = i_22 - i_23 * tokens;
  let i_28 = 40 * tokens * i_16 + 40 * m1_a0;
  let i_32 = 40 * tokens * i_23 + 40 * m1_a1;
  let i_36 = 40 * i_26;
  for (var k0_first = 0; k0_first < 40; k0_first += 16) {
   workgroupBarrier();
   let k0_a0_at = k0_first + i_13;
   let k0_a0 = min(k0_a0_at, 40 - 4);
   let v_31 = select(vec4f(), arg0[(i_28 + k0_a0) >> 2], k0_a0_at < 40);
   staged[i_17] = v_31.x;
   staged[i_17 + 64] = v_31.y;
   staged[i_17 + 128] = v_31.z;
   staged[i_17 + 192] = v_31.w;
   let k0_a1_at = k0_first + i_20;
   let k0_a1 = min(k0_a1_at, 40 - 4);
   let v_35 = select(vec4f(), arg0[(i_32 + k0_a1) >> 2], k0_a1_at < 40);
   staged[i_24] = v_35.x;
   staged[i_24 + 64] = v_35.y;
   staged[i_24 + 128] = v_35.z;
   staged[i_24 + 192] = v_35.w;
   let k0_b0_at = k0_first + i_13;
   let k0_b0 = min(k0_b0_at, 40 - 4);
   let v_39 = select(vec4f(), arg1[(i_36 + k0_b0) >> 2], k0_b0_at < 40);
   staged[i_27 + 1024] = v_39.x;
   staged[i_27 + 1056] = v_39.y;
   staged[i_27 + 1088] = v_39.z;
   staged[i_27 + 1120] = v_39.w;
   workgroupBarrier();
   if (slot < 4) {
    for (var step = 0u; step < 16; step += 8) {
     let left_at = step * 64 + slot_row;
     let right_at = step * 32 + slot_col;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&staged, left_at, 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 8, 64);
     let left_2 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 16, 64);
     let left_3 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 24, 64);
     let right_0 = subgroupMatrixLoad<Right, row_major>(&staged, right_at + 1024, 32);
     let right_1 = subgroupMatrixLoad<Right, row_major>(&staged, right_at + 1032, 32);
     sum_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, sum_0_0);
     sum_0_1 = subgroupMatrixMultiplyAccumulate(left_0, right_1, sum_0_1);
     sum_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, sum_1_0);
     sum_1_1 = subgroupMatrixMultiplyAccumulate(left_1, right_1, sum_1_1);
     sum_2_0 = subgroupMatrixMultiplyAccumulate(left_2, right_0, sum_2_0);
     sum_2_1 = subgroupMatrixMultiplyAccumulate(left_2, right_1, sum_2_1);
     sum_3_0 = subgroupMatrixMultiplyAccumulate(left_3, right_0, sum_3_0);
     sum_3_1 = subgroupMatrixMultiplyAccumulate(left_3, right_1, sum_3_1);
    }
   }
  }
  {
   let i_43 = i32(u32(i_42) / u32(tokens));
   let m1_a0 = i_42 - i_43 * tokens;
   let i_48 = i32(u32(i_47) / u32(tokens));
   let m1_a1 = i_47 - i_48 * tokens;
   let i_54 = i32(u32(i_53) / u32(tokens));
   let m1_a2 = i_53 - i_54 * tokens;
   let i_60 = i32(u32(i_59) / u32(tokens));
   let m1_a3 = i_59 - i_60 * tokens;
   let i_66 = i32(u32(i_65) / u32(tokens));
   let m1_a4 = i_65 - i_66 * tokens;
   let i_72 = i32(u32(i_71) / u32(tokens));
   let m1_a5 = i_71 - i_72 * tokens;
   let i_78 = i32(u32(i_77) / u32(tokens));
   let m1_a6 = i_77 - i_78 * tokens;
   let i_84 = i32(u32(i_83) / u32(tokens));
   let m1_a7 = i_83 - i_84 * tokens;
   let i_98 = 3 * tokens * i_43 + 3 * m1_a0;
   let i_102 = 3 * tokens * i_48 + 3 * m1_a1;
   let i_106 = 3 * tokens * i_54 + 3 * m1_a2;
   let i_110 = 3 * tokens * i_60 + 3 * m1_a3;
   let i_114 = 3 * tokens * i_66 + 3 * m1_a4;
   let i_118 = 3 * tokens * i_72 + 3 * m1_a5;
   let i_122 = 3 * tokens * i_78 + 3 * m1_a6;
   let i_126 = 3 * tokens * i_84 + 3 * m1_a7;
   let i_130 = 3 * i_87;
   let i_133 = 3 * i_90;
   let i_136 = 3 * i_93;
   let i_139 = 3 * i_96;
   for (var k1_first = 0; k1_first < 3; k1_first += 16) {
    workgroupBarrier();
    let k1_a0_at = k1_first + i_40;
    let k1_a0 = min(k1_a0_at, 3 - 1);
    staged[i_44] = select(0.0f, 2.0f * arg2[i_98 + k1_a0], k1_a0_at < 3);
    let k1_a1_at = k1_first + i_45;
    let k1_a1 = min(k1_a1_at, 3 - 1);
    staged[i_49] = select(0.0f, 2.0f * arg2[i_102 + k1_a1], k1_a1_at < 3);
    let k1_a2_at = k1_first + i_51;
    let k1_a2 = min(k1_a2_at, 3 - 1);
    staged[i_55] = select(0.0f, 2.0f * arg2[i_106 + k1_a2], k1_a2_at < 3);
    let k1_a3_at = k1_first + i_57;
    let k1_a3 = min(k1_a3_at, 3 - 1);
    staged[i_61] = select(0.0f, 2.0f * arg2[i_110 + k1_a3], k1_a3_at < 3);
    let k1_a4_at = k1_first + i_63;
    let k1_a4 = min(k1_a4_at, 3 - 1);
    staged[i_67] = select(0.0f, 2.0f * arg2[i_114 + k1_a4], k1_a4_at < 3);
    let k1_a5_at = k1_first + i_69;
    let k1_a5 = min(k1_a5_at, 3 - 1);
    staged[i_73] = select(0.0f, 2.0f * arg2[i_118 + k1_a5], k1_a5_at < 3);
    let k1_a6_at = k1_first + i_75;
    let k1_a6 = min(k1_a6_at, 3 - 1);
    staged[i_79] = select(0.0f, 2.0f * arg2[i_122 + k1_a6], k1_a6_at < 3);
    let k1_a7_at = k1_first + i_81;
    let k1_a7 = min(k1_a7_at, 3 - 1);
    staged[i_85] = select(0.0f, 2.0f * arg2[i_126 + k1_a7], k1_a7_at < 3);
    let k1_b0_at = k1_first + i_40;
    let k1_b0 = min(k1_b0_at, 3 - 1);
    staged[i_88 + 1024] = select(0.0f, arg3[i_130 + k1_b0], k1_b0_at < 3);
    let k1_b1_at = k1_first + i_45;
    let k1_b1 = min(k1_b1_at, 3 - 1);
    staged[i_91 + 1024] = select(0.0f, arg3[i_133 + k1_b1], k1_b1_at < 3);
    let k1_b2_at = k1_first + i_51;
    let k1_b2 = min(k1_b2_at, 3 - 1);
    staged[i_94 + 1024] = select(0.0f, arg3[i_136 + k1_b2], k1_b2_at < 3);
    let k1_b3_at = k1_first + i_57;
    let k1_b3 = min(k1_b3_at, 3 - 1);
    staged[i_97 + 1024] = select(0.0f, arg3[i_139 + k1_b3], k1_b3_at < 3);
    workgroupBarrier();
    if (slot < 4) {
     for (var step = 0u; step < 16; step += 8) {
      let left_at = step * 64 + slot_row;
      let right_at = step * 32 + slot_col;
      let left_0 = subgroupMatrixLoad<Left, col_major>(&staged, left_at, 64);
      let left_1 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 8, 64);
      let left_2 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 16, 64);
      let left_3 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 24, 64);
      let right_0 = subgroupMatrixLoad<Right, row_major>(&staged, right_at + 1024, 32);
      let right_1 = subgroupMatrixLoad<Right, row_major>(&staged, right_at + 1032, 32);
      sum_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, sum_0_0);
      sum_0_1 = subgroupMatrixMultiplyAccumulate(left_0, right_1, sum_0_1);
      sum_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, sum_1_0);
      sum_1_1 = subgroupMatrixMultiplyAccumulate(left_1, right_1, sum_1_1);
      sum_2_0 = subgroupMatrixMultiplyAccumulate(left_2, right_0, sum_2_0);
      sum_2_1 = subgroupMatrixMultiplyAccumulate(left_2, right_1, sum_2_1);
      sum_3_0 = subgroupMatrixMultiplyAccumulate(left_3, right_0, sum_3_0);
      sum_3_1 = subgroupMatrixMultiplyAccumulate(left_3, right_1, sum_3_1);
     }
    }
   }
  }
  if (slot < 4) {
   let slot_at = slot_row * 32 + slot_col;
   subgroupMatrixStore<row_major>(&tile, slot_at, sum_0_0, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 8, sum_0_1, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 256, sum_1_0, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 264, sum_1_1, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 512, sum_2_0, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 520, sum_2_1, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 768, sum_3_0, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 776, sum_3_1, 32);
  }
 }
 workgroupBarrier();
 for (var i = 0; i < 16 + (group >> 31); i += 1) {
  let row_at = i_9 + i * 4;
  if (row_at < (2 * tokens)) {
   let i_142 = i32(u32(row_at) / u32(tokens));
   let m1_s = row_at - i_142 * tokens;
   let col_at = i_4;
   if (col_at < 70) {
    let result = tile[(row_at - i_8 * 64) * 32 + (col_at - i_3 * 32)];
    out[70 * tokens * i_142 + 70 * m1_s + col_at] = result;
   }
  }
 }
}
