enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 7) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 11 - 1);
  let i_4 = i32(u32(i_1) / 7u);
  let i_5 = i_1 - i_4 * 7;
  let row_at0 = i_5 * 4;
  let i_6 = min(row_at0, 26 - 1);
  let row_at1 = i_5 * 4 + 1;
  let i_7 = min(row_at1, 26 - 1);
  let row_at2 = i_5 * 4 + 2;
  let i_8 = min(row_at2, 26 - 1);
  let row_at3 = i_5 * 4 + 3;
  let i_9 = min(row_at3, 26 - 1);
  let batch_at0 = i_4;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  let i_10 = 5 * i_6;
  let i_13 = 5 * i_7;
  let i_16 = 5 * i_8;
  let i_19 = 5 * i_9;
  for (var k0_first = 0; k0_first < 5; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 5 - 1);
    let i_11 = i_10 + k0_mine;
    let f_12 = arg0[i_11];
    let i_14 = i_13 + k0_mine;
    let f_15 = arg0[i_14];
    let i_17 = i_16 + k0_mine;
    let f_18 = arg0[i_17];
    let i_20 = i_19 + k0_mine;
    let f_21 = arg0[i_20];
    let i_22 = min(8, 5 - k0_first);
    for (var step = 0; step < i_22; step += 1) {
      let k0 = k0_first + step;
      let i_23 = i_3 + 11 * k0;
      let f_24 = arg1[i_23];
      let i_25 = u32(step);
      acc_0 = fma(subgroupShuffle(f_12, i_25), f_24, acc_0);
      acc_1 = fma(subgroupShuffle(f_15, i_25), f_24, acc_1);
      acc_2 = fma(subgroupShuffle(f_18, i_25), f_24, acc_2);
      acc_3 = fma(subgroupShuffle(f_21, i_25), f_24, acc_3);
    }
  }
  let f_26 = arg2[i_3];
  let i_27 = 11 * i_6 + i_3;
  if (row_at0 < 26) {
    if (col_at0 < 11) {
      out[i_27] = (acc_0 * 0.5f) + f_26;
    }
  }
  let i_28 = 11 * i_7 + i_3;
  if (row_at1 < 26) {
    if (col_at0 < 11) {
      out[i_28] = (acc_1 * 0.5f) + f_26;
    }
  }
  let i_29 = 11 * i_8 + i_3;
  if (row_at2 < 26) {
    if (col_at0 < 11) {
      out[i_29] = (acc_2 * 0.5f) + f_26;
    }
  }
  let i_30 = 11 * i_9 + i_3;
  if (row_at3 < 26) {
    if (col_at0 < 11) {
      out[i_30] = (acc_3 * 0.5f) + f_26;
    }
  }
}
