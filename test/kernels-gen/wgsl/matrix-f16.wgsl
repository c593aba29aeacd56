enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> arg0: array<vec4h>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4h>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f16, 1536>;
var<workgroup> tile: array<f32, 2048>;
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = i_2 * 32 + (lane & 31);
 let i_7 = i_1 - i32(u32(i_1) / 2u) * 2;
 let i_8 = i_7 * 64 + ((lane >> 5) & 3);
 let i_11 = (lane & 15) * 4;
 let i_12 = (lane >> 4) & 15;
 let i_13 = min(i_7 * 64 + i_11, 68 - 4);
 let i_14 = i_12 * 64 + i_11;
 let i_15 = lane + 128;
 let i_17 = (i_15 & 15) * 4;
 let i_18 = (i_15 >> 4) & 15;
 let i_19 = min(i_7 * 64 + i_17, 68 - 4);
 let i_20 = i_18 * 64 + i_17;
 let i_22 = (lane & 3) * 4;
 let i_23 = (lane >> 2) & 31;
 let i_24 = min(i_2 * 32 + i_23, 36 - 1);
 let i_25 = i_22 * 32 + i_23;
 for (var round = 0u; round < 4; round += subgroups) {
  let slot = round + subgroup;
  let slot_row = (slot / 2) * 32;
  let slot_col = (slot % 2) * 16;
  var sum_0_0 = Sum();
  var sum_1_0 = Sum();
  let i_32 = 40 * i_24;
  for (var k0_first = 0; k0_first < 40; k0_first += 16) {
   workgroupBarrier();
   let k0_a0_at = k0_first + i_12;
   let k0_a0 = min(k0_a0_at, 40 - 1);
   let v_28 = select(vec4f(), vec4f(arg0[(i_13 + 68 * k0_a0) >> 2]), k0_a0_at < 40);
   staged[i_14] = f16(v_28.x);
   staged[i_14 + 1] = f16(v_28.y);
   staged[i_14 + 2] = f16(v_28.z);
   staged[i_14 + 3] = f16(v_28.w);
   let k0_a1_at = k0_first + i_18;
   let k0_a1 = min(k0_a1_at, 40 - 1);
   let v_31 = select(vec4f(), vec4f(arg0[(i_19 + 68 * k0_a1) >> 2]), k0_a1_at < 40);
   staged[i_20] = f16(v_31.x);
   staged[i_20 + 1] = f16(v_31.y);
   staged[i_20 + 2] = f16(v_31.z);
   staged[i_20 + 3] = f16(v_31.w);
   let k0_b0_at = k0_first + i_22;
   let k0_b0 = min(k0_b0_at, 40 - 4);
   let v_35 = select(vec4f(), vec4f(arg1[(i_32 + k0_b0) >> 2]), k0_b0_at < 40);
   staged[i_25 + 1024] = f16(v_35.x);
   staged[i_25 + 1056] = f16(v_35.y);
   staged[i_25 + 1088] = f16(v_35.z);
   staged[i_25 + 1120] = f16(v_35.w);
   workgroupBarrier();
   if (slot < 4) {
    for (var step = 0u; step < 16; step += 16) {
     let left_at = step * 64 + slot_row;
     let right_at = step * 32 + slot_col;
     let left_0 = subgroupMatrixLoad<Left, col_major>(&staged, left_at, 64);
     let left_1 = subgroupMatrixLoad<Left, col_major>(&staged, left_at + 16, 64);
     let right_0 = subgroupMatrixLoad<Right, row_major>(&staged, right_at + 1024, 32);
     sum_0_0 = subgroupMatrixMultiplyAccumulate(left_0, right_0, sum_0_0);
     sum_1_0 = subgroupMatrixMultiplyAccumulate(left_1, right_0, sum_1_0);
    }
   }
  }
  if (slot < 4) {
   let slot_at = slot_row * 32 + slot_col;
   subgroupMatrixStore<row_major>(&tile, slot_at, sum_0_0, 32);
   subgroupMatrixStore<row_major>(&tile, slot_at + 512, sum_1_0, 32);
  }
 }
 workgroupBarrier();
 let f_38 = f32(arg0[17].z) * 2.0f;
 for (var i = 0; i < 16 + (group >> 31); i += 1) {
  let row_at = i_8 + i * 4;
  if (row_at < 68) {
   let col_at = i_3;
   let i_39 = 36 * row_at;
   if (col_at < 36) {
    let result = tile[(row_at - i_7 * 64) * 32 + (col_at - i_2 * 32)];
    out[i_39 + col_at] = result + f_38;
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
var<workgroup> staged: array<f32, 1536>;
var<workgroup> tile: array<f32, 2048>;
alias Left = subgroup_matrix_left<f32, 8, 8>;
alias Right = subgroup_matrix_right<f32, 8, 8>;
alias Sum = subgroup_matrix_result<f32, 8, 8>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = i_2 * 32 + (lane & 31);
 let i_7 = i_1 - i32(u32(i_1) / 2u) * 2;
 let i_8 = i_7 * 64 + ((lane >> 5) & 3);
 let i_11 = (lane & 15) * 4;
 let i_12 = (lane >> 4) & 15;
 let i_13 = min(i_7 * 64 + i_11, 68 - 4);
 let i_14 = i_12 * 64 + i_11;
 let i_15 = lane + 128;
 let i_17 = (i_15 & 15) * 4;
 let i_18 = (i_15 >> 4) & 15;
 let i_19 = min(i_7 * 64 + i_17, 68 - 4);
 let i_20 = i_18 * 64 + i_17;
 let i_22 = (lane & 3) * 4;
 let i_23 = (lane >> 2) & 31;
 let i_24 = min(i_2 * 32 + i_23, 36 - 1);
 let i_25 = i_22 * 32 + i_23;
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
  let i_32 = 40 * i_24;
  for (var k0_first = 0; k0_first < 40; k0_first += 16) {
   workgroupBarrier();
   let k0_a0_at = k0_first + i_12;
   let k0_a0 = min(k0_a0_at, 40 - 1);
   let v_28 = select(vec4f(), vec4f(arg0[(i_13 + 68 * k0_a0) >> 2]), k0_a0_at < 40);
   staged[i_14] = v_28.x;
   staged[i_14 + 1] = v_28.y;
   staged[i_14 + 2] = v_28.z;
   staged[i_14 + 3] = v_28.w;
   let k0_a1_at = k0_first + i_18;
   let k0_a1 = min(k0_a1_at, 40 - 1);
   let v_31 = select(vec4f(), vec4f(arg0[(i_19 + 68 * k0_a1) >> 2]), k0_a1_at < 40);
   staged[i_20] = v_31.x;
   staged[i_20 + 1] = v_31.y;
   staged[i_20 + 2] = v_31.z;
   staged[i_20 + 3] = v_31.w;
   let k0_b0_at = k0_first + i_22;
   let k0_b0 = min(k0_b0_at, 40 - 4);
   let v_35 = select(vec4f(), vec4f(arg1[(i_32 + k0_b0) >> 2]), k0_b0_at < 40);
   staged[i_25 + 1024] = v_35.x;
   staged[i_25 + 1056] = v_35.y;
   staged[i_25 + 1088] = v_35.z;
   staged[i_25 + 1120] = v_35.w;
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
 let f_38 = f32(arg0[17].z) * 2.0f;
 for (var i = 0; i < 16 + (group >> 31); i += 1) {
  let row_at = i_8 + i * 4;
  if (row_at < 68) {
   let col_at = i_3;
   let i_39 = 36 * row_at;
   if (col_at < 36) {
    let result = tile[(row_at - i_7 * 64) * 32 + (col_at - i_2 * 32)];
    out[i_39 + col_at] = result + f_38;
   }
  }
 }
}
