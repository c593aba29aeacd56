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
  let i_2 = 6 * i_1;
  let w_7 = arg0[i_1 + 36];
  let f_8 = bitcast<f32>(w_7);
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_3 = i_2 + 2 * k0;
    let i_10 = 8 * k0;
    for (var k1 = 0; k1 < 8; k1 += 4) {
      let k1_chunk = k1 >> 2u;
      let i_4 = i_3 + k1_chunk;
      let w_5 = arg0[i_4];
      let f_6 = f32(bitcast<i32>(w_5 << u32(24)) >> 24u);
      let f_9 = f_6 * f_8;
      let i_11 = i_10 + k1;
      let f_12 = arg1[i_11];
      acc_0 = acc_0 + f_9 * f_12;
      let f_13 = f32(bitcast<i32>(w_5 << u32(16)) >> 24u);
      let f_14 = f_13 * f_8;
      let f_15 = arg1[i_11 + 1];
      acc_0 = acc_0 + f_14 * f_15;
      let f_16 = f32(bitcast<i32>(w_5 << u32(8)) >> 24u);
      let f_17 = f_16 * f_8;
      let f_18 = arg1[i_11 + 2];
      acc_0 = acc_0 + f_17 * f_18;
      let f_19 = f32(bitcast<i32>(w_5 << u32(0)) >> 24u);
      let f_20 = f_19 * f_8;
      let f_21 = arg1[i_11 + 3];
      acc_0 = acc_0 + f_20 * f_21;
    }
  }
  if (row_at0 < 6) {
    out[i_1] = acc_0;
  }
}
