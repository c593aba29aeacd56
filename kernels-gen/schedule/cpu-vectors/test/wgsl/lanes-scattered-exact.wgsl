enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 4 * 4) { return; }
  let i_0 = i32(u32(group) / 4u);
  let i_1 = group - i_0 * 4;
  let col_at0 = i_1 * 2;
  let col_at1 = i_1 * 2 + 1;
  let i_2 = i32(u32(i_0) / 4u);
  let i_3 = i_0 - i_2 * 4;
  let row_at0 = i_3;
  let batch_at0 = i_2;
  var acc_0 = vec2<f32>();
  let i_4 = 8 * row_at0;
  let i_7 = 8 * col_at0;
  let i_10 = 8 * col_at1;
  for (var k0_first = 0; k0_first < 8; k0_first += 8) {
    let k0_at = k0_first + lane;
    let i_5 = i_4 + k0_at;
    let f_6 = arg0[i_5];
    let i_8 = i_7 + k0_at;
    let f_9 = arg1[i_8];
    let i_11 = i_10 + k0_at;
    let f_12 = arg1[i_11];
    acc_0 = fma(vec2<f32>(f_6), vec2<f32>(f_9, f_12), acc_0);
  }
  acc_0 = subgroupAdd(acc_0);
  let i_13 = 8 * row_at0 + col_at0;
  let i_14 = 8 * row_at0 + col_at1;
  if (lane == 0) {
    out[i_13] = acc_0.x;
    out[i_14] = acc_0.y;
  }
}
