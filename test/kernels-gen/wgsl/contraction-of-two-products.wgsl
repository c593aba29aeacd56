@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 1) { return; }
  let i_0 = lane & 3;
  let col_at0 = i_0;
  let i_1 = min(col_at0, 3 - 1);
  let i_2 = (lane >> 2u) & 7;
  let row_at0 = i_2;
  let i_3 = min(row_at0, 5 - 1);
  let batch_at0 = group;
  var acc_0_0 = 0.0f;
  let i_4 = 8 * i_3;
  let i_7 = 8 * i_1;
  for (var k0 = 0; k0 < 8; k0 += 4) {
    let i_5 = i_4 + k0;
    let f_6 = arg0[i_5];
    let i_8 = i_7 + k0;
    let f_9 = arg1[i_8];
    acc_0_0 += f_6 * f_9;
    let f_10 = arg0[i_5 + 1];
    let f_11 = arg1[i_8 + 1];
    acc_0_0 += f_10 * f_11;
    let f_12 = arg0[i_5 + 2];
    let f_13 = arg1[i_8 + 2];
    acc_0_0 += f_12 * f_13;
    let f_14 = arg0[i_5 + 3];
    let f_15 = arg1[i_8 + 3];
    acc_0_0 += f_14 * f_15;
  }
  let i_16 = 3 * i_3;
  let i_20 = 3 * i_1;
  for (var k1 = 0; k1 < 3; k1 += 1) {
    let i_17 = i_16 + k1;
    let f_18 = arg2[i_17];
    let f_19 = 2.0f * f_18;
    let i_21 = i_20 + k1;
    let f_22 = arg3[i_21];
    acc_0_0 += f_19 * f_22;
  }
  let i_23 = 3 * i_3 + i_1;
  if (row_at0 < 5) {
    if (col_at0 < 3) {
      out[i_23] = acc_0_0;
    }
  }
}
