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

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 63) / 64;
  if (group >= 2 * i_0) { return; }
  let i_1 = lane & 31;
  let i_2 = i32(u32(group) / 2u);
  let i_3 = group - i_2 * 2;
  let col_at0 = i_3 * 32 + i_1;
  let i_4 = min(col_at0, 37 - 1);
  let i_5 = (lane >> 5u) & 3;
  let i_6 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_7 = i_2 - i_6 * i_0;
  let row_at0 = i_7 * 64 + i_5;
  let i_8 = min(row_at0, tokens - 1);
  let batch_at0 = i_6;
  let i_9 = lane + 0;
  let i_10 = i_9 & 15;
  let i_11 = (i_9 >> 4u) & 63;
  let i_12 = min(i_7 * 64 + i_11, tokens - 1);
  let i_13 = lane + 128;
  let i_14 = i_13 & 15;
  let i_15 = (i_13 >> 4u) & 63;
  let i_16 = min(i_7 * 64 + i_15, tokens - 1);
  let i_17 = lane + 256;
  let i_18 = i_17 & 15;
  let i_19 = (i_17 >> 4u) & 63;
  let i_20 = min(i_7 * 64 + i_19, tokens - 1);
  let i_21 = lane + 384;
  let i_22 = i_21 & 15;
  let i_23 = (i_21 >> 4u) & 63;
  let i_24 = min(i_7 * 64 + i_23, tokens - 1);
  let i_25 = lane + 512;
  let i_26 = i_25 & 15;
  let i_27 = (i_25 >> 4u) & 63;
  let i_28 = min(i_7 * 64 + i_27, tokens - 1);
  let i_29 = lane + 640;
  let i_30 = i_29 & 15;
  let i_31 = (i_29 >> 4u) & 63;
  let i_32 = min(i_7 * 64 + i_31, tokens - 1);
  let i_33 = lane + 768;
  let i_34 = i_33 & 15;
  let i_35 = (i_33 >> 4u) & 63;
  let i_36 = min(i_7 * 64 + i_35, tokens - 1);
  let i_37 = lane + 896;
  let i_38 = i_37 & 15;
  let i_39 = (i_37 >> 4u) & 63;
  let i_40 = min(i_7 * 64 + i_39, tokens - 1);
  let i_41 = (i_9 >> 4u) & 31;
  let i_42 = min(i_3 * 32 + i_41, 37 - 1);
  let i_43 = (i_13 >> 4u) & 31;
  let i_44 = min(i_3 * 32 + i_43, 37 - 1);
  let i_45 = (i_17 >> 4u) & 31;
  let i_46 = min(i_3 * 32 + i_45, 37 - 1);
  let i_47 = (i_21 >> 4u) & 31;
  let i_48 = min(i_3 * 32 + i_47, 37 - 1);
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
    let i_49 = 19 * i_12;
    let i_52 = 19 * i_16;
    let i_55 = 19 * i_20;
    let i_58 = 19 * i_24;
    let i_61 = 19 * i_28;
    let i_64 = 19 * i_32;
    let i_67 = 19 * i_36;
    let i_70 = 19 * i_40;
    let i_73 = 19 * i_42;
    let i_76 = 19 * i_44;
    let i_79 = 19 * i_46;
    let i_82 = 19 * i_48;
    for (var k0_first = 0; k0_first < 19; k0_first += 16) {
      workgroupBarrier();
      let k0_a0_at = k0_first + i_10;
      let k0_a0 = min(k0_a0_at, 19 - 1);
      let i_50 = i_49 + k0_a0;
      let f_51 = arg0[i_50];
      staged[i_10 * 64 + i_11] = select(0.0f, f_51, k0_a0_at < 19);
      let k0_a1_at = k0_first + i_14;
      let k0_a1 = min(k0_a1_at, 19 - 1);
      let i_53 = i_52 + k0_a1;
      let f_54 = arg0[i_53];
      staged[i_14 * 64 + i_15] = select(0.0f, f_54, k0_a1_at < 19);
      let k0_a2_at = k0_first + i_18;
      let k0_a2 = min(k0_a2_at, 19 - 1);
      let i_56 = i_55 + k0_a2;
      let f_57 = arg0[i_56];
      staged[i_18 * 64 + i_19] = select(0.0f, f_57, k0_a2_at < 19);
      let k0_a3_at = k0_first + i_22;
      let k0_a3 = min(k0_a3_at, 19 - 1);
      let i_59 = i_58 + k0_a3;
      let f_60 = arg0[i_59];
      staged[i_22 * 64 + i_23] = select(0.0f, f_60, k0_a3_at < 19);
      let k0_a4_at = k0_first + i_26;
      let k0_a4 = min(k0_a4_at, 19 - 1);
      let i_62 = i_61 + k0_a4;
      let f_63 = arg0[i_62];
      staged[i_26 * 64 + i_27] = select(0.0f, f_63, k0_a4_at < 19);
      let k0_a5_at = k0_first + i_30;
      let k0_a5 = min(k0_a5_at, 19 - 1);
      let i_65 = i_64 + k0_a5;
      let f_66 = arg0[i_65];
      staged[i_30 * 64 + i_31] = select(0.0f, f_66, k0_a5_at < 19);
      let k0_a6_at = k0_first + i_34;
      let k0_a6 = min(k0_a6_at, 19 - 1);
      let i_68 = i_67 + k0_a6;
      let f_69 = arg0[i_68];
      staged[i_34 * 64 + i_35] = select(0.0f, f_69, k0_a6_at < 19);
      let k0_a7_at = k0_first + i_38;
      let k0_a7 = min(k0_a7_at, 19 - 1);
      let i_71 = i_70 + k0_a7;
      let f_72 = arg0[i_71];
      staged[i_38 * 64 + i_39] = select(0.0f, f_72, k0_a7_at < 19);
      let k0_b0_at = k0_first + i_10;
      let k0_b0 = min(k0_b0_at, 19 - 1);
      let i_74 = i_73 + k0_b0;
      let f_75 = arg1[i_74];
      staged[i_10 * 32 + i_41 + 1024] = select(0.0f, f_75, k0_b0_at < 19);
      let k0_b1_at = k0_first + i_14;
      let k0_b1 = min(k0_b1_at, 19 - 1);
      let i_77 = i_76 + k0_b1;
      let f_78 = arg1[i_77];
      staged[i_14 * 32 + i_43 + 1024] = select(0.0f, f_78, k0_b1_at < 19);
      let k0_b2_at = k0_first + i_18;
      let k0_b2 = min(k0_b2_at, 19 - 1);
      let i_80 = i_79 + k0_b2;
      let f_81 = arg1[i_80];
      staged[i_18 * 32 + i_45 + 1024] = select(0.0f, f_81, k0_b2_at < 19);
      let k0_b3_at = k0_first + i_22;
      let k0_b3 = min(k0_b3_at, 19 - 1);
      let i_83 = i_82 + k0_b3;
      let f_84 = arg1[i_83];
      staged[i_22 * 32 + i_47 + 1024] = select(0.0f, f_84, k0_b3_at < 19);
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
    if (row_at < tokens) {
      let col_at = col_at0;
      let i_86 = 37 * row_at;
      if (col_at < 37) {
        let result = tile[(row_at - i_7 * 64) * 32 + (col_at - i_3 * 32)];
        let f_85 = arg2[col_at];
        let i_87 = i_86 + col_at;
        out[i_87] = (result * 0.5f) + f_85;
      }
    }
  }
}
