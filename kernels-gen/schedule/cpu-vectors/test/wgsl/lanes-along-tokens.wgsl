enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 0) / 1;
  if (group >= i_0) { return; }
  let i_1 = lane & 7;
  let col_at0 = i_1;
  let i_2 = min(col_at0, 2 - 1);
  let i_3 = i32(u32(group) / u32(max(i_0, 1)));
  let i_4 = group - i_3 * i_0;
  let row_at0 = i_4;
  let i_5 = min(row_at0, tokens - 1);
  let batch_at0 = i_3;
  var acc_0 = f32();
  let i_6 = 3 * i_5;
  for (var k0_first = 0; k0_first < 3; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 3 - 1);
    let i_7 = i_6 + k0_mine;
    let f_8 = arg0[i_7];
    let i_9 = min(8, 3 - k0_first);
    for (var step = 0; step < i_9; step += 1) {
      let k0 = k0_first + step;
      let i_10 = i_2 + 2 * k0;
      let f_11 = arg1[i_10];
      let i_12 = u32(step);
      acc_0 = fma(subgroupShuffle(f_8, i_12), f_11, acc_0);
    }
  }
  let f_13 = arg2[i_2];
  let i_14 = 2 * i_5 + i_2;
  if (row_at0 < tokens) {
    if (col_at0 < 2) {
      out[i_14] = (acc_0 * 0.5f) + f_13;
    }
  }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 31) / 32;
  if (group >= i_0) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / u32(max(i_0, 1)));
  let i_3 = group - i_2 * i_0;
  let col_at0 = i_3 * 32 + i_1;
  let i_4 = min(col_at0, tokens - 1);
  let col_at1 = i_3 * 32 + i_1 + 8;
  let i_5 = min(col_at1, tokens - 1);
  let col_at2 = i_3 * 32 + i_1 + 16;
  let i_6 = min(col_at2, tokens - 1);
  let col_at3 = i_3 * 32 + i_1 + 24;
  let i_7 = min(col_at3, tokens - 1);
  let row_at0 = 0;
  let row_at1 = 1;
  let batch_at0 = i_2;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  let i_13 = 3 * i_4;
  let i_16 = 3 * i_5;
  let i_19 = 3 * i_6;
  let i_22 = 3 * i_7;
  for (var k0_first = 0; k0_first < 3; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 3 - 1);
    let i_8 = row_at0 + 2 * k0_mine;
    let f_9 = arg1[i_8];
    let i_10 = row_at1 + 2 * k0_mine;
    let f_11 = arg1[i_10];
    let i_12 = min(8, 3 - k0_first);
    for (var step = 0; step < i_12; step += 1) {
      let k0 = k0_first + step;
      let i_14 = i_13 + k0;
      let f_15 = arg0[i_14];
      let i_17 = i_16 + k0;
      let f_18 = arg0[i_17];
      let i_20 = i_19 + k0;
      let f_21 = arg0[i_20];
      let i_23 = i_22 + k0;
      let f_24 = arg0[i_23];
      let i_25 = u32(step);
      let v_26 = vec4<f32>(f_15, f_18, f_21, f_24);
      acc_0 = fma(vec4<f32>(subgroupShuffle(f_9, i_25)), v_26, acc_0);
      acc_1 = fma(vec4<f32>(subgroupShuffle(f_11, i_25)), v_26, acc_1);
    }
  }
  let f_27 = arg2[row_at0];
  let i_28 = row_at0 + 2 * i_4;
  if (col_at0 < tokens) {
    out[i_28] = (acc_0.x * 0.5f) + f_27;
  }
  let i_29 = row_at0 + 2 * i_5;
  if (col_at1 < tokens) {
    out[i_29] = (acc_0.y * 0.5f) + f_27;
  }
  let i_30 = row_at0 + 2 * i_6;
  if (col_at2 < tokens) {
    out[i_30] = (acc_0.z * 0.5f) + f_27;
  }
  let i_31 = row_at0 + 2 * i_7;
  if (col_at3 < tokens) {
    out[i_31] = (acc_0.w * 0.5f) + f_27;
  }
  let f_32 = arg2[row_at1];
  let i_33 = row_at1 + 2 * i_4;
  if (col_at0 < tokens) {
    out[i_33] = (acc_1.x * 0.5f) + f_32;
  }
  let i_34 = row_at1 + 2 * i_5;
  if (col_at1 < tokens) {
    out[i_34] = (acc_1.y * 0.5f) + f_32;
  }
  let i_35 = row_at1 + 2 * i_6;
  if (col_at2 < tokens) {
    out[i_35] = (acc_1.z * 0.5f) + f_32;
  }
  let i_36 = row_at1 + 2 * i_7;
  if (col_at3 < tokens) {
    out[i_36] = (acc_1.w * 0.5f) + f_32;
  }
}
