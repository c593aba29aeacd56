@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let col_at0 = 0;
  let i_0 = lane & 7;
  let row_at0 = i_0;
  let i_1 = min(row_at0, 6 - 1);
  let batch_at0 = group;
  var acc_0 = f32();
  let i_2 = 3 * i_1;
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_3 = i_2 + k0;
    let w_4 = arg0[i_3];
    let i_8 = i_1 + 6 * k0;
    let i_9 = i_8 >> 2u;
    let w_10 = arg0[i_9 + 36];
    let i_11 = i_8 & 3;
    let i_12 = 8 * i_11;
    let u_13 = (w_10 >> u32(i_12)) & 255u;
    let f_14 = f32(u_13);
    let w_16 = arg0[i_8 + 18];
    let f_17 = bitcast<f32>(w_16);
    let i_19 = 8 * k0;
    for (var k1 = 0; k1 < 8; k1 += 4) {
      let k1_chunk = k1 >> 2u;
      let i_5 = 16 * k1_chunk;
      let u_6 = (w_4 >> u32(i_5)) & 15u;
      let f_7 = f32(u_6);
      let f_15 = f_7 - f_14;
      let f_18 = f_15 * f_17;
      let i_20 = i_19 + k1;
      let f_21 = arg1[i_20];
      acc_0 = acc_0 + f_18 * f_21;
      let u_22 = (w_4 >> u32(i_5 + 4)) & 15u;
      let f_23 = f32(u_22);
      let f_24 = f_23 - f_14;
      let f_25 = f_24 * f_17;
      let f_26 = arg1[i_20 + 1];
      acc_0 = acc_0 + f_25 * f_26;
      let u_27 = (w_4 >> u32(i_5 + 8)) & 15u;
      let f_28 = f32(u_27);
      let f_29 = f_28 - f_14;
      let f_30 = f_29 * f_17;
      let f_31 = arg1[i_20 + 2];
      acc_0 = acc_0 + f_30 * f_31;
      let u_32 = (w_4 >> u32(i_5 + 12)) & 15u;
      let f_33 = f32(u_32);
      let f_34 = f_33 - f_14;
      let f_35 = f_34 * f_17;
      let f_36 = arg1[i_20 + 3];
      acc_0 = acc_0 + f_35 * f_36;
    }
  }
  if (row_at0 < 6) {
    out[i_1] = acc_0;
  }
}
