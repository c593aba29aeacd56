enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;
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
 let i_0 = (tokens + 63) / 64;
 if (group >= 2 * i_0) { return; }
 let i_2 = i32(u32(group) / 2u);
 let i_3 = group - i_2 * 2;
 let i_4 = i_3 * 32 + (lane & 31);
 let i_8 = i_2 - i32(u32(i_2) / u32(max(i_0, 1))) * i_0;
 let i_9 = i_8 * 64 + ((lane >> 5) & 3);
 let i_11 = lane & 15;
 let i_12 = (lane >> 4) & 63;
 let i_13 = min(i_8 * 64 + i_12, tokens - 1);
 let i_14 = i_11 * 64 + i_12;
 let i_15 = lane + 128;
 let i_16 = i_15 & 15;
 let i_17 = (i_15 >> 4) & 63;
 let i_18 = min(i_8 * 64 + i_17, tokens - 1);
 let i_19 = i_16 * 64 + i_17;
 let i_20 = lane + 256;
 let i_21 = i_20 & 15;
 let i_22 = (i_20 >> 4) & 63;
 let i_23 = min(i_8 * 64 + i_22, tokens - 1);
 let i_24 = i_21 * 64 + i_22;
 let i_25 = lane + 384;
 let i_26 = i_25 & 15;
 let i_27 = (i_25 >> 4) & 63;
 let i_28 = min(i_8 * 64 + i_27, tokens - 1);
 let i_29 = i_26 * 64 + i_27;
 let i_30 = lane + 512;
 let i_31 = i_30 & 15;
 let i_32 = (i_30 >> 4) & 63;
 let i_33 = min(i_8 * 64 + i_32, tokens - 1);
 let i_34 = i_31 * 64 + i_32;
 let i_35 = lane + 640;
 let i_36 = i_35 & 15;
 let i_37 = (i_35 >> 4) & 63;
 let i_38 = min(i_8 * 64 + i_37, tokens - 1);
 let i_39 = i_36 * 64 + i_37;
 let i_40 = lane + 768;
 let i_41 = i_40 & 15;
 let i_42 = (i_40 >> 4) & 63;
 let i_43 = min(i_8 * 64 + i_42, tokens - 1);
 let i_44 = i_41 * 64 + i_42;
 let i_45 = lane + 896;
 let i_46 = i_45 & 15;
 let i_47 = (i_45 >> 4) & 63;
 let i_48 = min(i_8 * 64 + i_47, tokens - 1);
 let i_49 = i_46 * 64 + i_47;
 let i_50 = (lane >> 4) & 31;
 let i_51 = min(i_3 * 32 + i_50, 37 - 1);
 let i_52 = i_11 * 32 + i_50;
 let i_53 = (i_15 >> 4) & 31;
 let i_54 = min(i_3 * 32 + i_53, 37 - 1);
 let i_55 = i_16 * 32 + i_53;
 let i_56 = (i_20 >> 4) & 31;
 let i_57 = min(i_3 * 32 + i_56, 37 - 1);
 let i_58 = i_21 * 32 + i_56;
 let i_59 = (i_25 >> 4) & 31;
 let i_60 = min(i_3 * 32 + i_59, 37 - 1);
 let i_61 = i_26 * 32 + i_59;
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
  let i_62 = 19 * i_13;
  let i_65 = 19 * i_18;
  let i_68 = 19 * i_23;
  let i_71 = 19 * i_28;
  let i_74 = 19 * i_33;
  let i_77 = 19 * i_38;
  let i_80 = 19 * i_43;
  let i_83 = 19 * i_48;
  let i_86 = 19 * i_51;
  let i_89 = 19 * i_54;
  let i_92 = 19 * i_57;
  let i_95 = 19 * i_60;
  for (var k0_first = 0; k0_first < 19; k0_first += 16) {
   workgroupBarrier();
   let k0_a0_at = k0_first + i_11;
   let k0_a0 = min(k0_a0_at, 19 - 1);
   staged[i_14] = select(0.0f, arg0[i_62 + k0_a0], k0_a0_at < 19);
   let k0_a1_at = k0_first + i_16;
   let k0_a1 = min(k0_a1_at, 19 - 1);
   staged[i_19] = select(0.0f, arg0[i_65 + k0_a1], k0_a1_at < 19);
   let k0_a2_at = k0_first + i_21;
   let k0_a2 = min(k0_a2_at, 19 - 1);
   staged[i_24] = select(0.0f, arg0[i_68 + k0_a2], k0_a2_at < 19);
   let k0_a3_at = k0_first + i_26;
   let k0_a3 = min(k0_a3_at, 19 - 1);
   staged[i_29] = select(0.0f, arg0[i_71 + k0_a3], k0_a3_at < 19);
   let k0_a4_at = k0_first + i_31;
   let k0_a4 = min(k0_a4_at, 19 - 1);
   staged[i_34] = select(0.0f, arg0[i_74 + k0_a4], k0_a4_at < 19);
   let k0_a5_at = k0_first + i_36;
   let k0_a5 = min(k0_a5_at, 19 - 1);
   staged[i_39] = select(0.0f, arg0[i_77 + k0_a5], k0_a5_at < 19);
   let k0_a6_at = k0_first + i_41;
   let k0_a6 = min(k0_a6_at, 19 - 1);
   staged[i_44] = select(0.0f, arg0[i_80 + k0_a6], k0_a6_at < 19);
   let k0_a7_at = k0_first + i_46;
   let k0_a7 = min(k0_a7_at, 19 - 1);
   staged[i_49] = select(0.0f, arg0[i_83 + k0_a7], k0_a7_at < 19);
   let k0_b0_at = k0_first + i_11;
   let k0_b0 = min(k0_b0_at, 19 - 1);
   staged[i_52 + 1024] = select(0.0f, arg1[i_86 + k0_b0], k0_b0_at < 19);
   let k0_b1_at = k0_first + i_16;
   let k0_b1 = min(k0_b1_at, 19 - 1);
   staged[i_55 + 1024] = select(0.0f, arg1[i_89 + k0_b1], k0_b1_at < 19);
   let k0_b2_at = k0_first + i_21;
   let k0_b2 = min(k0_b2_at, 19 - 1);
   staged[i_58 + 1024] = select(0.0f, arg1[i_92 + k0_b2], k0_b2_at < 19);
   let k0_b3_at = k0_first + i_26;
   let k0_b3 = min(k0_b3_at, 19 - 1);
   staged[i_61 + 1024] = select(0.0f, arg1[i_95 + k0_b3], k0_b3_at < 19);
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
  if (row_at < tokens) {
   let col_at = i_4;
   let i_99 = 37 * row_at;
   if (col_at < 37) {
    let result = tile[(row_at - i_8 * 64) * 32 + (col_at - i_3 * 32)];
    out[i_99 + col_at] = (result * 0.5f) + arg2[col_at];
   }
  }
 }
}
