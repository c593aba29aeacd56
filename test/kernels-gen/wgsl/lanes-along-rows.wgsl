enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 8 * 2) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 8u);
  let i_2 = group - i_1 * 8;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = i32(u32(i_1) / 2u);
  let i_4 = i_1 - i_3 * 2;
  let row_at0 = i_4;
  let batch_at0 = i_3;
  var acc_0_0 = 0.0f;
  let i_5 = 16 * row_at0;
  let i_8 = 16 * col_at0;
  for (var k0_first = 0; k0_first < 16; k0_first += 8) {
    let k0_mine = k0_first + lane;
    let i_6 = i_5 + k0_mine;
    let f_7 = arg1[i_6];
    for (var step = 0; step < 8; step += 2) {
      let k0 = k0_first + step;
      let i_9 = i_8 + k0;
      let f_10 = arg0[i_9];
      let f_11 = arg0[i_9 + 1];
      let left0_0 = subgroupShuffle(f_7, u32(step));
      acc_0_0 = fma(left0_0, f_10, acc_0_0);
      let left0_1 = subgroupShuffle(f_7, u32(step + 1));
      acc_0_0 = fma(left0_1, f_11, acc_0_0);
    }
  }
  let i_12 = row_at0 + 2 * col_at0;
  out[i_12] = acc_0_0;
}
