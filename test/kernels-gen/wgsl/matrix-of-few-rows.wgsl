enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 31;
  let col_at0 = i_0;
  let i_1 = (lane >> 5u) & 3;
  let i_2 = i32(u32(group) / 2u);
  let i_3 = group - i_2 * 2;
  let row_at0 = i_3 * 64 + i_1;
  let i_4 = min(row_at0, 70 - 1);
  let batch_at0 = i_2;
  let i_5 = lane + 0;
  let i_6 = i_5 & 63;
  let i_7 = (i_5 >> 6u) & 15;
  let i_8 = min(i_3 * 64 + i_6, 70 - 1);
  let i_9 = lane + 128;
  let i_10 = i_9 & 63;
  let i_11 = (i_9 >> 6u) & 15;
  let i_12 = min(i_3 * 64 + i_10, 70 - 1);
  let i_13 = lane + 256;
  let i_14 = i_13 & 63;
  let i_15 = (i_13 >> 6u) & 15;
  let i_16 = min(i_3 * 64 + i_14, 70 - 1);
  let i_17 = lane + 384;
  let i_18 = i_17 & 63;
  let i_19 = (i_17 >> 6u) & 15;
  let i_20 = min(i_3 * 64 + i_18, 70 - 1);
  let i_21 = lane + 512;
  let i_22 = i_21 & 63;
  let i_23 = (i_21 >> 6u) & 15;
  let i_24 = min(i_3 * 64 + i_22, 70 - 1);
  let i_25 = lane + 640;
  let i_26 = i_25 & 63;
  let i_27 = (i_25 >> 6u) & 15;
  let i_28 = min(i_3 * 64 + i_26, 70 - 1);
  let i_29 = lane + 768;
  let i_30 = i_29 & 63;
  let i_31 = (i_29 >> 6u) & 15;
  let i_32 = min(i_3 * 64 + i_30, 70 - 1);
  let i_33 = lane + 896;
  let i_34 = i_33 & 63;
  let i_35 = (i_33 >> 6u) & 15;
  let i_36 = min(i_3 * 64 + i_34, 70 - 1);
  let i_37 = i_5 & 7;
  let i_38 = i_37 * 4;
  let i_39 = (i_5 >> 3u) & 15;
  let i_40 = min(0 + i_38, 32 - 4);
  for (var round = 0u; round < 4u; round += subgroups) {
    let slot = round + subgroup;
    let slot_row = (slot / 2u) * 32u;
    let slot_col = (slot % 2u) * 16u;
    var sum_0_0 = subgroup_matrix_result<f32, 8, 8>();
    var sum_0_1 = subgroup_matrix_result<f32, 8, 8>();
    var sum_1_0 = subgroup_matrix_result<f32, 8, 8>();
    var sum_1_1 = subgroup_matrix_result<f32, 8, 8>();
    var sum_2_0 = subgroup_matrix_result<f32, 8, 8>();
    var sum_2_1 = subgroup_matrix_result<f32, 8, 8>();
    var sum_3_0 = subgroup_matrix_result<f32, 8, 8>();
    var sum_3_1 = subgroup_matrix_result<f32, 8, 8>();
    for (var k0_first = 0; k0_first < 20; k0_first += 16) {
      workgroupBarrier();
      let k0_a0_at = k0_first + i_7;
      let k0_a0 = min(k0_a0_at, 20 - 1);
      let i_41 = i_8 + 70 * k0_a0;
      let f_42 = arg1[i_41];
      staged[i_7 * 64 + i_6] = select(0.0f, f_42, k0_a0_at < 20);
      let k0_a1_at = k0_first + i_11;
      let k0_a1 = min(k0_a1_at, 20 - 1);
      let i_43 = i_12 + 70 * k0_a1;
      let f_44 = arg1[i_43];
      staged[i_11 * 64 + i_10] = select(0.0f, f_44, k0_a1_at < 20);
      let k0_a2_at = k0_first + i_15;
      let k0_a2 = min(k0_a2_at, 20 - 1);
      let i_45 = i_16 + 70 * k0_a2;
      let f_46 = arg1[i_45];
      staged[i_15 * 64 + i_14] = select(0.0f, f_46, k0_a2_at < 20);
      let k0_a3_at = k0_first + i_19;
      let k0_a3 = min(k0_a3_at, 20 - 1);
      let i_47 = i_20 + 70 * k0_a3;
      let f_48 = arg1[i_47];
      staged[i_19 * 64 + i_18] = select(0.0f, f_48, k0_a3_at < 20);
      let k0_a4_at = k0_first + i_23;
      let k0_a4 = min(k0_a4_at, 20 - 1);
      let i_49 = i_24 + 70 * k0_a4;
      let f_50 = arg1[i_49];
      staged[i_23 * 64 + i_22] = select(0.0f, f_50, k0_a4_at < 20);
      let k0_a5_at = k0_first + i_27;
      let k0_a5 = min(k0_a5_at, 20 - 1);
      let i_51 = i_28 + 70 * k0_a5;
      let f_52 = arg1[i_51];
      staged[i_27 * 64 + i_26] = select(0.0f, f_52, k0_a5_at < 20);
      let k0_a6_at = k0_first + i_31;
      let k0_a6 = min(k0_a6_at, 20 - 1);
      let i_53 = i_32 + 70 * k0_a6;
      let f_54 = arg1[i_53];
      staged[i_31 * 64 + i_30] = select(0.0f, f_54, k0_a6_at < 20);
      let k0_a7_at = k0_first + i_35;
      let k0_a7 = min(k0_a7_at, 20 - 1);
      let i_55 = i_36 + 70 * k0_a7;
      let f_56 = arg1[i_55];
      staged[i_35 * 64 + i_34] = select(0.0f, f_56, k0_a7_at < 20);
      let k0_b0_at = k0_first + i_39;
      let k0_b0 = min(k0_b0_at, 20 - 1);
      let i_57 = i_40 + 32 * k0_b0;
      let v_58 = arg0[(i_57) >> 2u];
      let v_59 = select(vec4<f32>(), v_58, k0_b0_at < 20);
      staged[i_39 * 32 + i_38 + 1024] = v_59.x;
      staged[i_39 * 32 + i_38 + 1024 + 1] = v_59.y;
      staged[i_39 * 32 + i_38 + 1024 + 2] = v_59.z;
      staged[i_39 * 32 + i_38 + 1024 + 3] = v_59.w;
      workgroupBarrier();
      if (slot < 4u) {
        for (var step = 0u; step < 16u; step += 8u) {
          let left_0 = subgroupMatrixLoad<subgroup_matrix_left<f32, 8, 8>, col_major>(&staged, step * 64u + slot_row + 0u, 64u);
          let left_1 = subgroupMatrixLoad<subgroup_matrix_left<f32, 8, 8>, col_major>(&staged, step * 64u + slot_row + 8u, 64u);
          let left_2 = subgroupMatrixLoad<subgroup_matrix_left<f32, 8, 8>, col_major>(&staged, step * 64u + slot_row + 16u, 64u);
          let left_3 = subgroupMatrixLoad<subgroup_matrix_left<f32, 8, 8>, col_major>(&staged, step * 64u + slot_row + 24u, 64u);
          let right_0 = subgroupMatrixLoad<subgroup_matrix_right<f32, 8, 8>, row_major>(&staged, step * 32u + slot_col + 1024u, 32u);
          let right_1 = subgroupMatrixLoad<subgroup_matrix_right<f32, 8, 8>, row_major>(&staged, step * 32u + slot_col + 1032u, 32u);
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
    if (slot < 4u) {
      subgroupMatrixStore<row_major>(&tile, (slot_row + 0u) * 32u + slot_col + 0u, sum_0_0, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 0u) * 32u + slot_col + 8u, sum_0_1, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 8u) * 32u + slot_col + 0u, sum_1_0, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 8u) * 32u + slot_col + 8u, sum_1_1, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 16u) * 32u + slot_col + 0u, sum_2_0, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 16u) * 32u + slot_col + 8u, sum_2_1, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 24u) * 32u + slot_col + 0u, sum_3_0, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 24u) * 32u + slot_col + 8u, sum_3_1, 32u);
    }
  }
  workgroupBarrier();
  for (var i = 0; i < 16 + (group >> 31u); i += 1) {
    let row_at = row_at0 + i * 4;
    if (row_at < 70) {
      let col_at = col_at0;
      let result = tile[(row_at - i_3 * 64) * 32 + col_at];
      let i_60 = row_at + 70 * col_at;
      out[i_60] = result;
    }
  }
}
