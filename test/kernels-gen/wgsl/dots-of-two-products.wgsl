enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 3 * 2) { return; }
  let i_0 = i32(u32(group) / 3u);
  let i_1 = group - i_0 * 3;
  let col_at0 = i_1;
  let i_2 = i32(u32(i_0) / 2u);
  let i_3 = i_0 - i_2 * 2;
  let row_at0 = i_3;
  let batch_at0 = i_2;
  var acc_0_0 = 0.0f;
  let i_4 = 64 * row_at0;
  let i_7 = 64 * col_at0;
  for (var k0_first = 0; k0_first < 64; k0_first += 8) {
    let k0_at = k0_first + lane;
    let i_5 = i_4 + k0_at;
    let f_6 = arg0[i_5];
    let i_8 = i_7 + k0_at;
    let f_9 = arg1[i_8];
    acc_0_0 = fma(f_6, f_9, acc_0_0);
  }
  let i_10 = 3 * row_at0;
  let i_14 = 3 * col_at0;
  for (var k1_first = 0; k1_first < 3; k1_first += 8) {
    let k1_at = k1_first + lane;
    let k1 = min(k1_at, 3 - 1);
    let i_11 = i_10 + k1;
    let f_12 = arg2[i_11];
    let f_13 = 2.0f * f_12;
    let i_15 = i_14 + k1;
    let f_16 = arg3[i_15];
    acc_0_0 = select(acc_0_0, fma(f_13, f_16, acc_0_0), k1_at < 3);
  }
  acc_0_0 = subgroupAdd(acc_0_0);
  let i_17 = 3 * row_at0 + col_at0;
  if (lane == 0) {
    out[i_17] = acc_0_0;
  }
}
