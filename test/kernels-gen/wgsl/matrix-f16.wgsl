enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f16, 1536>;
var<workgroup> tile: array<f32, 2048>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 2) { return; }
  let i_0 = lane & 31;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 32 + i_0;
  let i_3 = min(col_at0, 36 - 1);
  let i_4 = (lane >> 5u) & 3;
  let i_5 = i32(u32(i_1) / 2u);
  let i_6 = i_1 - i_5 * 2;
  let row_at0 = i_6 * 64 + i_4;
  let i_7 = min(row_at0, 68 - 1);
  let batch_at0 = i_5;
  let i_8 = lane + 0;
  let i_9 = i_8 & 15;
  let i_10 = i_9 * 4;
  let i_11 = (i_8 >> 4u) & 15;
  let i_12 = min(i_6 * 64 + i_10, 68 - 4);
  let i_13 = lane + 128;
  let i_14 = i_13 & 15;
  let i_15 = i_14 * 4;
  let i_16 = (i_13 >> 4u) & 15;
  let i_17 = min(i_6 * 64 + i_15, 68 - 4);
  let i_18 = i_8 & 3;
  let i_19 = i_18 * 4;
  let i_20 = (i_8 >> 2u) & 31;
  let i_21 = min(i_2 * 32 + i_20, 36 - 1);
  for (var round = 0u; round < 4u; round += subgroups) {
    let slot = round + subgroup;
    let slot_row = (slot / 2u) * 32u;
    let slot_col = (slot % 2u) * 16u;
    var sum_0_0 = subgroup_matrix_result<f32, 16, 16>();
    var sum_1_0 = subgroup_matrix_result<f32, 16, 16>();
    let i_28 = 40 * i_21;
    for (var k0_first = 0; k0_first < 40; k0_first += 16) {
      workgroupBarrier();
      let k0_a0_at = k0_first + i_11;
      let k0_a0 = min(k0_a0_at, 40 - 1);
      let i_22 = i_12 + 68 * k0_a0;
      let v_23 = vec4<f32>(arg0[(i_22) >> 2u]);
      let v_24 = select(vec4<f32>(), v_23, k0_a0_at < 40);
      staged[i_11 * 64 + i_10] = f16(v_24.x);
      staged[i_11 * 64 + i_10 + 1] = f16(v_24.y);
      staged[i_11 * 64 + i_10 + 2] = f16(v_24.z);
      staged[i_11 * 64 + i_10 + 3] = f16(v_24.w);
      let k0_a1_at = k0_first + i_16;
      let k0_a1 = min(k0_a1_at, 40 - 1);
      let i_25 = i_17 + 68 * k0_a1;
      let v_26 = vec4<f32>(arg0[(i_25) >> 2u]);
      let v_27 = select(vec4<f32>(), v_26, k0_a1_at < 40);
      staged[i_16 * 64 + i_15] = f16(v_27.x);
      staged[i_16 * 64 + i_15 + 1] = f16(v_27.y);
      staged[i_16 * 64 + i_15 + 2] = f16(v_27.z);
      staged[i_16 * 64 + i_15 + 3] = f16(v_27.w);
      let k0_b0_at = k0_first + i_19;
      let k0_b0 = min(k0_b0_at, 40 - 4);
      let i_29 = i_28 + k0_b0;
      let v_30 = vec4<f32>(arg1[(i_29) >> 2u]);
      let v_31 = select(vec4<f32>(), v_30, k0_b0_at < 40);
      staged[i_19 * 32 + i_20 + 1024] = f16(v_31.x);
      staged[i_19 * 32 + i_20 + 1024 + 32] = f16(v_31.y);
      staged[i_19 * 32 + i_20 + 1024 + 64] = f16(v_31.z);
      staged[i_19 * 32 + i_20 + 1024 + 96] = f16(v_31.w);
      workgroupBarrier();
      if (slot < 4u) {
        for (var step = 0u; step < 16u; step += 16u) {
          let left_0 = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, col_major>(&staged, step * 64u + slot_row + 0u, 64u);
          let left_1 = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, col_major>(&staged, step * 64u + slot_row + 16u, 64u);
          let right_0 = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, row_major>(&staged, step * 32u + slot_col + 1024u, 32u);
          sum_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, sum_0_0);
          sum_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, sum_1_0);
        }
      }
    }
    if (slot < 4u) {
      subgroupMatrixStore<row_major>(&tile, (slot_row + 0u) * 32u + slot_col + 0u, sum_0_0, 32u);
      subgroupMatrixStore<row_major>(&tile, (slot_row + 16u) * 32u + slot_col + 0u, sum_1_0, 32u);
    }
  }
  workgroupBarrier();
  let v_32 = arg0[17];
  let f_33 = f32(v_32.z);
  let f_34 = f_33 * 2.0f;
  for (var i = 0; i < 16 + (group >> 31u); i += 1) {
    let row_at = row_at0 + i * 4;
    if (row_at < 68) {
      let col_at = col_at0;
      let i_35 = 36 * row_at;
      if (col_at < 36) {
        let result = tile[(row_at - i_6 * 64) * 32 + (col_at - i_2 * 32)];
        let i_36 = i_35 + col_at;
        out[i_36] = result + f_34;
      }
    }
  }
}

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 2) { return; }
  let i_0 = lane & 31;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 32 + i_0;
  let i_3 = min(col_at0, 36 - 1);
  let i_4 = (lane >> 5u) & 3;
  let i_5 = i32(u32(i_1) / 2u);
  let i_6 = i_1 - i_5 * 2;
  let row_at0 = i_6 * 64 + i_4;
  let i_7 = min(row_at0, 68 - 1);
  let batch_at0 = i_5;
  let i_8 = lane + 0;
  let i_9 = i_8 & 15;
  let i_10 = i_9 * 4;
  let i_11 = (i_8 >> 4u) & 15;
  let i_12 = min(i_6 * 64 + i_10, 68 - 4);
  let i_13 = lane + 128;
  let i_14 = i_13 & 15;
  let i_15 = i_14 * 4;
  let i_16 = (i_13 >> 4u) & 15;
  let i_17 = min(i_6 * 64 + i_15, 68 - 4);
  let i_18 = i_8 & 3;
  let i_19 = i_18 * 4;
  let i_20 = (i_8 >> 2u) & 31;
  let i_21 = min(i_2 * 32 + i_20, 36 - 1);
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
    let i_28 = 40 * i_21;
    for (var k0_first = 0; k0_first < 40; k0_first += 16) {
      workgroupBarrier();
      let k0_a0_at = k0_first + i_11;
      let k0_a0 = min(k0_a0_at, 40 - 1);
      let i_22 = i_12 + 68 * k0_a0;
      let v_23 = vec4<f32>(arg0[(i_22) >> 2u]);
      let v_24 = select(vec4<f32>(), v_23, k0_a0_at < 40);
      staged[i_11 * 64 + i_10] = v_24.x;
      staged[i_11 * 64 + i_10 + 1] = v_24.y;
      staged[i_11 * 64 + i_10 + 2] = v_24.z;
      staged[i_11 * 64 + i_10 + 3] = v_24.w;
      let k0_a1_at = k0_first + i_16;
      let k0_a1 = min(k0_a1_at, 40 - 1);
      let i_25 = i_17 + 68 * k0_a1;
      let v_26 = vec4<f32>(arg0[(i_25) >> 2u]);
      let v_27 = select(vec4<f32>(), v_26, k0_a1_at < 40);
      staged[i_16 * 64 + i_15] = v_27.x;
      staged[i_16 * 64 + i_15 + 1] = v_27.y;
      staged[i_16 * 64 + i_15 + 2] = v_27.z;
      staged[i_16 * 64 + i_15 + 3] = v_27.w;
      let k0_b0_at = k0_first + i_19;
      let k0_b0 = min(k0_b0_at, 40 - 4);
      let i_29 = i_28 + k0_b0;
      let v_30 = vec4<f32>(arg1[(i_29) >> 2u]);
      let v_31 = select(vec4<f32>(), v_30, k0_b0_at < 40);
      staged[i_19 * 32 + i_20 + 1024] = v_31.x;
      staged[i_19 * 32 + i_20 + 1024 + 32] = v_31.y;
      staged[i_19 * 32 + i_20 + 1024 + 64] = v_31.z;
      staged[i_19 * 32 + i_20 + 1024 + 96] = v_31.w;
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
  let v_32 = arg0[17];
  let f_33 = f32(v_32.z);
  let f_34 = f_33 * 2.0f;
  for (var i = 0; i < 16 + (group >> 31u); i += 1) {
    let row_at = row_at0 + i * 4;
    if (row_at < 68) {
      let col_at = col_at0;
      let i_35 = 36 * row_at;
      if (col_at < 36) {
        let result = tile[(row_at - i_6 * 64) * 32 + (col_at - i_2 * 32)];
        let i_36 = i_35 + col_at;
        out[i_36] = result + f_34;
      }
    }
  }
}
