enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;
alias Left = subgroup_matrix_left<f32, 8, 8>;
alias Right = subgroup_matrix_right<f32, 8, 8>;
alias Sum = subgroup_matrix_result<f32, 8, 8>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 31;
 let i_3 = group - i32(u32(group) / 2u) * 2;
 let i_4 = i_3 * 64 + ((lane >> 5) & 3);
 let i_6 = lane & 63;
 let i_7 = (lane >> 6) & 15;
 let i_8 = min(i_3 * 64 + i_6, 70 - 1);
 let i_9 = i_7 * 64 + i_6;
 let i_10 = lane + 128;
 let i_11 = i_10 & 63;
 let i_12 = (i_10 >> 6) & 15;
 let i_13 = min(i_3 * 64 + i_11, 70 - 1);
 let i_14 = i_12 * 64 + i_11;
 let i_15 = lane + 256;
 let i_16 = i_15 & 63;
 let i_17 = (i_15 >> 6) & 15;
 let i_18 = min(i_3 * 64 + i_16, 70 - 1);
 let i_19 = i_17 * 64 + i_16;
 let i_20 = lane + 384;
 let i_21 = i_20 & 63;
 let i_22 = (i_20 >> 6) & 15;
 let i_23 = min(i_3 * 64 + i_21, 70 - 1);
 let i_24 = i_22 * 64 + i_21;
 let i_25 = lane + 512;
 let i_26 = i_25 & 63;
 let i_27 = (i_25 >> 6) & 15;
 let i_28 = min(i_3 * 64 + i_26, 70 - 1);
 let i_29 = i_27 * 64 + i_26;
 let i_30 = lane + 640;
 let i_31 = i_30 & 63;
 let i_32 = (i_30 >> 6) & 15;
 let i_33 = min(i_3 * 64 + i_31, 70 - 1);
 let i_34 = i_32 * 64 + i_31;
 let i_35 = lane + 768;
 let i_36 = i_35 & 63;
 let i_37 = (i_35 >> 6) & 15;
 let i_38 = min(i_3 * 64 + i_36, 70 - 1);
 let i_39 = i_37 * 64 + i_36;
 let i_40 = lane + 896;
 let i_41 = i_40 & 63;
 let i_42 = (i_40 >> 6) & 15;
 let i_43 = min(i_3 * 64 + i_41, 70 - 1);
 let i_44 = i_42 * 64 + i_41;
 let i_46 = (lane & 7) * 4;
 let i_47 = (lane >> 3) & 15;
 let i_48 = min(0 + i_46, 32 - 4);
 let i_49 = i_47 * 32 + i_46;
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
  for (var k0_first = 0; k0_first < 20; k0_first += 16) {
   workgroupBarrier();
   let k0_a0_at = k0_first + i_7;
   let k0_a0 = min(k0_a0_at, 20 - 1);
   staged[i_9] = select(0.0f, arg1[i_8 + 70 * k0_a0], k0_a0_at < 20);
   let k0_a1_at = k0_first + i_12;
   let k0_a1 = min(k0_a1_at, 20 - 1);
   staged[i_14] = select(0.0f, arg1[i_13 + 70 * k0_a1], k0_a1_at < 20);
   let k0_a2_at = k0_first + i_17;
   let k0_a2 = min(k0_a2_at, 20 - 1);
   staged[i_19] = select(0.0f, arg1[i_18 + 70 * k0_a2], k0_a2_at < 20);
   let k0_a3_at = k0_first + i_22;
   let k0_a3 = min(k0_a3_at, 20 - 1);
   staged[i_24] = select(0.0f, arg1[i_23 + 70 * k0_a3], k0_a3_at < 20);
   let k0_a4_at = k0_first + i_27;
   let k0_a4 = min(k0_a4_at, 20 - 1);
   staged[i_29] = select(0.0f, arg1[i_28 + 70 * k0_a4], k0_a4_at < 20);
   let k0_a5_at = k0_first + i_32;
   let k0_a5 = min(k0_a5_at, 20 - 1);
   staged[i_34] = select(0.0f, arg1[i_33 + 70 * k0_a5], k0_a5_at < 20);
   let k0_a6_at = k0_first + i_37;
   let k0_a6 = min(k0_a6_at, 20 - 1);
   staged[i_39] = select(0.0f, arg1[i_38 + 70 * k0_a6], k0_a6_at < 20);
   let k0_a7_at = k0_first + i_42;
   let k0_a7 = min(k0_a7_at, 20 - 1);
   staged[i_44] = select(0.0f, arg1[i_43 + 70 * k0_a7], k0_a7_at < 20);
   let k0_b0_at = k0_first + i_47;
   let k0_b0 = min(k0_b0_at, 20 - 1);
   let v_68 = select(vec4f(), arg0[(i_48 + 32 * k0_b0) >> 2], k0_b0_at < 20);
   staged[i_49 + 1024] = v_68.x;
   staged[i_49 + 1025] = v_68.y;
   staged[i_49 + 1026] = v_68.z;
   staged[i_49 + 1027] = v_68.w;
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
  let row_at = i_4 + i * 4;
  if (row_at < 70) {
   let col_at = i_0;
   let result = tile[(row_at - i_3 * 64) * 32 + col_at];
   let i_69 = row_at + 70 * col_at;
   out[i_69] = result;
  }
 }
}
