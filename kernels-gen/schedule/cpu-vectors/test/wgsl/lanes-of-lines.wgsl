enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 8) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 11 - 1);
  let i_4 = i32(u32(i_1) / 8u);
  let i_5 = i_1 - i_4 * 8;
  let row_at0 = i_5 * 3;
  let row_at1 = i_5 * 3 + 1;
  let row_at2 = i_5 * 3 + 2;
  let batch_at0 = i_4;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  let i_6 = 6 * row_at0;
  let i_9 = 6 * row_at1;
  let i_12 = 6 * row_at2;
  let i_16 = 6 * i_3;
  for (var k0_first = 0; k0_first < 6; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 6 - 1);
    let i_7 = i_6 + k0_mine;
    let f_8 = arg0[i_7];
    let i_10 = i_9 + k0_mine;
    let f_11 = arg0[i_10];
    let i_13 = i_12 + k0_mine;
    let f_14 = arg0[i_13];
    let i_15 = min(8, 6 - k0_first);
    for (var step = 0; step < i_15; step += 1) {
      let k0 = k0_first + step;
      let i_17 = i_16 + k0;
      let f_18 = arg1[i_17];
      let i_19 = u32(step);
      acc_0 = fma(subgroupShuffle(f_8, i_19), f_18, acc_0);
      acc_1 = fma(subgroupShuffle(f_11, i_19), f_18, acc_1);
      acc_2 = fma(subgroupShuffle(f_14, i_19), f_18, acc_2);
    }
  }
  let i_20 = 11 * row_at0 + i_3;
  if (col_at0 < 11) {
    out[i_20] = acc_0;
  }
  let i_21 = 11 * row_at1 + i_3;
  if (col_at0 < 11) {
    out[i_21] = acc_1;
  }
  let i_22 = 11 * row_at2 + i_3;
  if (col_at0 < 11) {
    out[i_22] = acc_2;
  }
}
