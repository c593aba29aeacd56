enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let col_at0 = 0;
  let i_0 = i32(u32(group) / 9u);
  let i_1 = group - i_0 * 9;
  let row_at0 = i_1;
  let batch_at0 = i_0;
  var acc_0 = f32();
  let i_2 = 6 * row_at0;
  for (var k0_first = 0; k0_first < 6; k0_first += 8) {
    let k0_at = k0_first + lane;
    let k0 = min(k0_at, 6 - 1);
    let i_3 = i_2 + k0;
    let f_4 = arg0[i_3];
    let f_5 = arg1[k0];
    acc_0 = select(acc_0, fma(f_4, f_5, acc_0), k0_at < 6);
  }
  acc_0 = subgroupAdd(acc_0);
  if (lane == 0) {
    out[row_at0] = acc_0;
  }
}
