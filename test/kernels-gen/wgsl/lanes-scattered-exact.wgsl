enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 4) { return; }
  let i_0 = lane & 7;
  let col_at0 = i_0;
  let i_1 = i32(u32(group) / 4u);
  let i_2 = group - i_1 * 4;
  let row_at0 = i_2;
  let batch_at0 = i_1;
  var acc_0_0 = 0.0f;
  let i_3 = 8 * row_at0;
  let i_6 = 8 * col_at0;
  for (var k0_first = 0; k0_first < 8; k0_first += 8) {
    let k0_mine = k0_first + lane;
    let i_4 = i_3 + k0_mine;
    let f_5 = arg0[i_4];
    for (var step = 0; step < 8; step += 2) {
      let k0 = k0_first + step;
      let i_7 = i_6 + k0;
      let f_8 = arg1[i_7];
      let f_9 = arg1[i_7 + 1];
      let left0_0 = subgroupShuffle(f_5, u32(step));
      acc_0_0 = fma(left0_0, f_8, acc_0_0);
      let left0_1 = subgroupShuffle(f_5, u32(step + 1));
      acc_0_0 = fma(left0_1, f_9, acc_0_0);
    }
  }
  let i_10 = 8 * row_at0 + col_at0;
  out[i_10] = acc_0_0;
}
