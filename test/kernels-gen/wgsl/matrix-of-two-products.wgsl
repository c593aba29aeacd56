enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = ((2 * tokens) + 63) / 64;
  if (group >= 3 * i_0) { return; }
  let i_1 = lane & 31;
  let i_2 = i32(u32(group) / 3u);
  let i_3 = group - i_2 * 3;
  let col_at0 = i_3 * 32 + i_1;
  let i_4 = min(col_at0, 70 - 1);
  let i_5 = (lane >> 5u) & 3;
  let i_6 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_7 = i_2 - i_6 * i_0;
  let row_at0 = i_7 * 64 + i_5;
  let i_8 = min(row_at0, (2 * tokens) - 1);
  let i_9 = i32(u32(i_8) / u32(tokens));
  let m1_0 = i_8 - i_9 * tokens;
  let batch_at0 = i_6;
  let i_10 = lane + 0;
  let i_11 = i_10 & 3;
  let i_12 = i_11 * 4;
  let i_13 = (i_10 >> 2u) & 63;
  let i_14 = min(i_7 * 64 + i_13, (2 * tokens) - 1);
  let i_16 = lane + 128;
  let i_17 = i_16 & 3;
  let i_18 = i_17 * 4;
  let i_19 = (i_16 >> 2u) & 63;
  let i_20 = min(i_7 * 64 + i_19, (2 * tokens) - 1);
  let i_22 = (i_10 >> 2u) & 31;
  let i_23 = min(i_3 * 32 + i_22, 70 - 1);
  let i_36 = i_10 & 15;
  let i_37 = (i_10 >> 4u) & 63;
  let i_38 = min(i_7 * 64 + i_37, (2 * tokens) - 1);
  let i_40 = i_16 & 15;
  let i_41 = (i_16 >> 4u) & 63;
  let i_42 = min(i_7 * 64 + i_41, (2 * tokens) - 1);
  let i_44 = lane + 256;
  let i_45 = i_44 & 15;
  let i_46 = (i_44 >> 4u) & 63;
  let i_47 = min(i_7 * 64 + i_46, (2 * tokens) - 1);
  let i_49 = lane + 384;
  let i_50 = i_49 & 15;
  let i_51 = (i_49 >> 4u) & 63;
  let i_52 = min(i_7 * 64 + i_51, (2 * tokens) - 1);
  let i_54 = lane + 512;
  let i_55 = i_54 & 15;
  let i_56 = (i_54 >> 4u) & 63;
  let i_57 = min(i_7 * 64 + i_56, (2 * tokens) - 1);
  let i_59 = lane + 640;
  let i_60 = i_59 & 15;
  let i_61 = (i_59 >> 4u) & 63;
  let i_62 = min(i_7 * 64 + i_61, (2 * tokens) - 1);
  let i_64 = lane + 768;
  let i_65 = i_64 & 15;
  let i_66 = (i_64 >> 4u) & 63;
  let i_67 = min(i_7 * 64 + i_66, (2 * tokens) - 1);
  let i_69 = lane + 896;
  let i_70 = i_69 & 15;
  let i_71 = (i_69 >> 4u) & 63;
  let i_72 = min(i_7 * 64 + i_71, (2 * tokens) - 1);
  let i_74 = (i_10 >> 4u) & 31;
  let i_75 = min(i_3 * 32 + i_74, 70 - 1);
  let i_76 = (i_16 >> 4u) & 31;
  let i_77 = min(i_3 * 32 + i_76, 70 - 1);
  let i_78 = (i_44 >> 4u) & 31;
  let i_79 = min(i_3 * 32 + i_78, 70 - 1);
  let i_80 = (i_49 >> 4u) & 31;
  let i_81 = min(i_3 * 32 + i_80, 70 - 1);
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
    let i_15 = i32(u32(i_14) / u32(tokens));
    let m1_a0 = i_14 - i_15 * tokens;
    let i_21 = i32(u32(i_20) / u32(tokens));
    let m1_a1 = i_20 - i_21 * tokens;
    let i_24 = 40 * tokens * i_15 + 40 * m1_a0;
    let i_28 = 40 * tokens * i_21 + 40 * m1_a1;
    let i_32 = 40 * i_23;
    for (var k0_first = 0; k0_first < 40; k0_first += 16) {
      workgroupBarrier();
      let k0_a0_at = k0_first + i_12;
      let k0_a0 = min(k0_a0_at, 40 - 4);
      let i_25 = i_24 + k0_a0;
      let v_26 = arg0[(i_25) >> 2u];
      let v_27 = select(vec4<f32>(), v_26, k0_a0_at < 40);
      staged[i_12 * 64 + i_13] = v_27.x;
      staged[i_12 * 64 + i_13 + 64] = v_27.y;
      staged[i_12 * 64 + i_13 + 128] = v_27.z;
      staged[i_12 * 64 + i_13 + 192] = v_27.w;
      let k0_a1_at = k0_first + i_18;
      let k0_a1 = min(k0_a1_at, 40 - 4);
      let i_29 = i_28 + k0_a1;
      let v_30 = arg0[(i_29) >> 2u];
      let v_31 = select(vec4<f32>(), v_30, k0_a1_at < 40);
      staged[i_18 * 64 + i_19] = v_31.x;
      staged[i_18 * 64 + i_19 + 64] = v_31.y;
      staged[i_18 * 64 + i_19 + 128] = v_31.z;
      staged[i_18 * 64 + i_19 + 192] = v_31.w;
      let k0_b0_at = k0_first + i_12;
      let k0_b0 = min(k0_b0_at, 40 - 4);
      let i_33 = i_32 + k0_b0;
      let v_34 = arg1[(i_33) >> 2u];
      let v_35 = select(vec4<f32>(), v_34, k0_b0_at < 40);
      staged[i_12 * 32 + i_22 + 1024] = v_35.x;
      staged[i_12 * 32 + i_22 + 1024 + 32] = v_35.y;
      staged[i_12 * 32 + i_22 + 1024 + 64] = v_35.z;
      staged[i_12 * 32 + i_22 + 1024 + 96] = v_35.w;
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
    {
      let i_39 = i32(u32(i_38) / u32(tokens));
      let m1_a0 = i_38 - i_39 * tokens;
      let i_43 = i32(u32(i_42) / u32(tokens));
      let m1_a1 = i_42 - i_43 * tokens;
      let i_48 = i32(u32(i_47) / u32(tokens));
      let m1_a2 = i_47 - i_48 * tokens;
      let i_53 = i32(u32(i_52) / u32(tokens));
      let m1_a3 = i_52 - i_53 * tokens;
      let i_58 = i32(u32(i_57) / u32(tokens));
      let m1_a4 = i_57 - i_58 * tokens;
      let i_63 = i32(u32(i_62) / u32(tokens));
      let m1_a5 = i_62 - i_63 * tokens;
      let i_68 = i32(u32(i_67) / u32(tokens));
      let m1_a6 = i_67 - i_68 * tokens;
      let i_73 = i32(u32(i_72) / u32(tokens));
      let m1_a7 = i_72 - i_73 * tokens;
      let i_82 = 3 * tokens * i_39 + 3 * m1_a0;
      let i_86 = 3 * tokens * i_43 + 3 * m1_a1;
      let i_90 = 3 * tokens * i_48 + 3 * m1_a2;
      let i_94 = 3 * tokens * i_53 + 3 * m1_a3;
      let i_98 = 3 * tokens * i_58 + 3 * m1_a4;
      let i_102 = 3 * tokens * i_63 + 3 * m1_a5;
      let i_106 = 3 * tokens * i_68 + 3 * m1_a6;
      let i_110 = 3 * tokens * i_73 + 3 * m1_a7;
      let i_114 = 3 * i_75;
      let i_117 = 3 * i_77;
      let i_120 = 3 * i_79;
      let i_123 = 3 * i_81;
      for (var k1_first = 0; k1_first < 3; k1_first += 16) {
        workgroupBarrier();
        let k1_a0_at = k1_first + i_36;
        let k1_a0 = min(k1_a0_at, 3 - 1);
        let i_83 = i_82 + k1_a0;
        let f_84 = arg2[i_83];
        let f_85 = 2.0f * f_84;
        staged[i_36 * 64 + i_37] = select(0.0f, f_85, k1_a0_at < 3);
        let k1_a1_at = k1_first + i_40;
        let k1_a1 = min(k1_a1_at, 3 - 1);
        let i_87 = i_86 + k1_a1;
        let f_88 = arg2[i_87];
        let f_89 = 2.0f * f_88;
        staged[i_40 * 64 + i_41] = select(0.0f, f_89, k1_a1_at < 3);
        let k1_a2_at = k1_first + i_45;
        let k1_a2 = min(k1_a2_at, 3 - 1);
        let i_91 = i_90 + k1_a2;
        let f_92 = arg2[i_91];
        let f_93 = 2.0f * f_92;
        staged[i_45 * 64 + i_46] = select(0.0f, f_93, k1_a2_at < 3);
        let k1_a3_at = k1_first + i_50;
        let k1_a3 = min(k1_a3_at, 3 - 1);
        let i_95 = i_94 + k1_a3;
        let f_96 = arg2[i_95];
        let f_97 = 2.0f * f_96;
        staged[i_50 * 64 + i_51] = select(0.0f, f_97, k1_a3_at < 3);
        let k1_a4_at = k1_first + i_55;
        let k1_a4 = min(k1_a4_at, 3 - 1);
        let i_99 = i_98 + k1_a4;
        let f_100 = arg2[i_99];
        let f_101 = 2.0f * f_100;
        staged[i_55 * 64 + i_56] = select(0.0f, f_101, k1_a4_at < 3);
        let k1_a5_at = k1_first + i_60;
        let k1_a5 = min(k1_a5_at, 3 - 1);
        let i_103 = i_102 + k1_a5;
        let f_104 = arg2[i_103];
        let f_105 = 2.0f * f_104;
        staged[i_60 * 64 + i_61] = select(0.0f, f_105, k1_a5_at < 3);
        let k1_a6_at = k1_first + i_65;
        let k1_a6 = min(k1_a6_at, 3 - 1);
        let i_107 = i_106 + k1_a6;
        let f_108 = arg2[i_107];
        let f_109 = 2.0f * f_108;
        staged[i_65 * 64 + i_66] = select(0.0f, f_109, k1_a6_at < 3);
        let k1_a7_at = k1_first + i_70;
        let k1_a7 = min(k1_a7_at, 3 - 1);
        let i_111 = i_110 + k1_a7;
        let f_112 = arg2[i_111];
        let f_113 = 2.0f * f_112;
        staged[i_70 * 64 + i_71] = select(0.0f, f_113, k1_a7_at < 3);
        let k1_b0_at = k1_first + i_36;
        let k1_b0 = min(k1_b0_at, 3 - 1);
        let i_115 = i_114 + k1_b0;
        let f_116 = arg3[i_115];
        staged[i_36 * 32 + i_74 + 1024] = select(0.0f, f_116, k1_b0_at < 3);
        let k1_b1_at = k1_first + i_40;
        let k1_b1 = min(k1_b1_at, 3 - 1);
        let i_118 = i_117 + k1_b1;
        let f_119 = arg3[i_118];
        staged[i_40 * 32 + i_76 + 1024] = select(0.0f, f_119, k1_b1_at < 3);
        let k1_b2_at = k1_first + i_45;
        let k1_b2 = min(k1_b2_at, 3 - 1);
        let i_121 = i_120 + k1_b2;
        let f_122 = arg3[i_121];
        staged[i_45 * 32 + i_78 + 1024] = select(0.0f, f_122, k1_b2_at < 3);
        let k1_b3_at = k1_first + i_50;
        let k1_b3 = min(k1_b3_at, 3 - 1);
        let i_124 = i_123 + k1_b3;
        let f_125 = arg3[i_124];
        staged[i_50 * 32 + i_80 + 1024] = select(0.0f, f_125, k1_b3_at < 3);
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
    if (row_at < (2 * tokens)) {
      let i_126 = i32(u32(row_at) / u32(tokens));
      let m1_s = row_at - i_126 * tokens;
      let col_at = col_at0;
      let i_127 = 70 * tokens * i_126 + 70 * m1_s;
      if (col_at < 70) {
        let result = tile[(row_at - i_7 * 64) * 32 + (col_at - i_3 * 32)];
        let i_128 = i_127 + col_at;
        out[i_128] = result;
      }
    }
  }
}
