enable f16;
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f16>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 3) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 9 - 1);
  let i_4 = i32(u32(i_1) / 3u);
  let i_5 = i_1 - i_4 * 3;
  let row_at0 = i_5;
  let batch_at0 = i_4;
  var acc_0 = f32();
  let i_6 = 4 * row_at0;
  for (var k0_first = 0; k0_first < 4; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 4 - 1);
    let i_7 = i_6 + k0_mine;
    let f_8 = f32(arg0[i_7]);
    let i_9 = min(8, 4 - k0_first);
    for (var step = 0; step < i_9; step += 1) {
      let k0 = k0_first + step;
      let i_10 = i_3 + 9 * k0;
      let f_11 = arg1[i_10];
      let i_12 = u32(step);
      acc_0 = fma(subgroupShuffle(f_8, i_12), f_11, acc_0);
    }
  }
  let i_13 = 9 * row_at0 + i_3;
  if (col_at0 < 9) {
    out[i_13] = f16(acc_0);
  }
}
