@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 3;
  let col_at0 = i_0;
  let i_1 = min(col_at0, 3 - 1);
  let i_2 = (lane >> 2u) & 15;
  let row_at0 = i_2;
  let i_3 = min(row_at0, 10 - 1);
  let i_4 = i32(u32(i_3) / u32(5));
  let m1_0 = i_3 - i_4 * 5;
  let batch_at0 = group;
  var acc_0 = f32();
  let i_5 = 40 * i_4 + 8 * m1_0;
  let i_8 = 8 * i_1;
  for (var k0 = 0; k0 < 8; k0 += 4) {
    let i_6 = i_5 + k0;
    let f_7 = arg0[i_6];
    let i_9 = i_8 + k0;
    let f_10 = arg1[i_9];
    acc_0 = acc_0 + f_7 * f_10;
    let f_11 = arg0[i_6 + 1];
    let f_12 = arg1[i_9 + 1];
    acc_0 = acc_0 + f_11 * f_12;
    let f_13 = arg0[i_6 + 2];
    let f_14 = arg1[i_9 + 2];
    acc_0 = acc_0 + f_13 * f_14;
    let f_15 = arg0[i_6 + 3];
    let f_16 = arg1[i_9 + 3];
    acc_0 = acc_0 + f_15 * f_16;
  }
  let i_17 = 15 * i_4 + 3 * m1_0;
  let i_21 = 3 * i_1;
  {
    for (var k1 = 0; k1 < 3; k1 += 1) {
      let i_18 = i_17 + k1;
      let f_19 = arg2[i_18];
      let f_20 = 2.0f * f_19;
      let i_22 = i_21 + k1;
      let f_23 = arg3[i_22];
      acc_0 = acc_0 + f_20 * f_23;
    }
  }
  let i_24 = 15 * i_4 + 3 * m1_0 + i_1;
  if (row_at0 < 10) {
    if (col_at0 < 3) {
      out[i_24] = acc_0;
    }
  }
}
