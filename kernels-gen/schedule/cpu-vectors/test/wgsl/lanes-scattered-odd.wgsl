enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 12 - 1);
  let row_at0 = 0;
  let batch_at0 = i_1;
  var acc_0 = f32();
  let i_7 = 513 * i_3;
  for (var k0_first = 0; k0_first < 513; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 513 - 1);
    let i_4 = 2 * k0_mine;
    let f_5 = arg0[i_4 + 1];
    let i_6 = min(8, 513 - k0_first);
    for (var step = 0; step < i_6; step += 1) {
      let k0 = k0_first + step;
      let i_8 = i_7 + k0;
      let f_9 = arg1[i_8];
      let i_10 = u32(step);
      acc_0 = fma(subgroupShuffle(f_5, i_10), f_9, acc_0);
    }
  }
  if (col_at0 < 12) {
    out[i_3] = acc_0;
  }
}
