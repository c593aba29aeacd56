@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 1;
  let col_at0 = i_0;
  let i_1 = (lane >> 1u) & 3;
  let row_at0 = i_1;
  let i_2 = min(row_at0, 3 - 1);
  let batch_at0 = group;
  var acc_0 = f32();
  let i_3 = 12 * i_2;
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_4 = i_3 + 4 * k0;
    let f_5 = arg0[i_4];
    let i_6 = col_at0 + 8 * k0;
    let f_7 = arg1[i_6];
    let f_8 = arg0[i_4 + 1];
    let f_9 = arg1[i_6 + 2];
    let f_10 = arg0[i_4 + 2];
    let f_11 = arg1[i_6 + 4];
    let f_12 = arg0[i_4 + 3];
    let f_13 = arg1[i_6 + 6];
    for (var k1 = 0; k1 < 4; k1 += 4) {
      acc_0 = acc_0 + f_5 * f_7;
      acc_0 = acc_0 + f_8 * f_9;
      acc_0 = acc_0 + f_10 * f_11;
      acc_0 = acc_0 + f_12 * f_13;
    }
  }
  let i_14 = 2 * i_2 + col_at0;
  if (row_at0 < 3) {
    out[i_14] = acc_0;
  }
}
