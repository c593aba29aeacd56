enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let col_at0 = i_0;
  let i_1 = i32(u32(group) / 16u);
  let i_2 = group - i_1 * 16;
  let row_at0 = i_2 * 4;
  let row_at1 = i_2 * 4 + 1;
  let row_at2 = i_2 * 4 + 2;
  let row_at3 = i_2 * 4 + 3;
  let batch_at0 = i_1;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  var acc_3 = f32();
  let i_3 = 8 * row_at0;
  let i_6 = 8 * row_at1;
  let i_9 = 8 * row_at2;
  let i_12 = 8 * row_at3;
  for (var k0_first = 0; k0_first < 8; k0_first += 8) {
    let k0_mine = k0_first + lane;
    let i_4 = i_3 + k0_mine;
    let f_5 = arg0[i_4];
    let i_7 = i_6 + k0_mine;
    let f_8 = arg0[i_7];
    let i_10 = i_9 + k0_mine;
    let f_11 = arg0[i_10];
    let i_13 = i_12 + k0_mine;
    let f_14 = arg0[i_13];
    for (var step = 0; step < 8; step += 1) {
      let k0 = k0_first + step;
      let i_15 = col_at0 + 8 * k0;
      let f_16 = arg1[i_15];
      let i_17 = u32(step);
      acc_0 = fma(subgroupShuffle(f_5, i_17), f_16, acc_0);
      acc_1 = fma(subgroupShuffle(f_8, i_17), f_16, acc_1);
      acc_2 = fma(subgroupShuffle(f_11, i_17), f_16, acc_2);
      acc_3 = fma(subgroupShuffle(f_14, i_17), f_16, acc_3);
    }
  }
  let i_18 = 8 * row_at0 + col_at0;
  out[i_18] = acc_0;
  let i_19 = 8 * row_at1 + col_at0;
  out[i_19] = acc_1;
  let i_20 = 8 * row_at2 + col_at0;
  out[i_20] = acc_2;
  let i_21 = 8 * row_at3 + col_at0;
  out[i_21] = acc_3;
}
