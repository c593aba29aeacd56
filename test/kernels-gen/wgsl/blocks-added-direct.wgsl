// y: 351 operations, 216 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 15;
  let i_2 = (lane >> 4u) & 3;
  let i_4 = 9 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 3 - 1);
    let row_at0 = i_2;
    let i_3 = min(row_at0, 3 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    let i_5 = i_4 + 3 * i_3;
    let i_8 = i_4 + i_1;
    for (var k0 = 0; k0 < 3; k0 += 1) {
      let i_6 = i_5 + k0;
      let f_7 = arg0[i_6];
      let i_9 = i_8 + 3 * k0;
      let f_10 = arg0[i_9];
      acc_0 = acc_0 + f_7 * f_10;
    }
    let i_11 = i_4 + i_3;
    {
      for (var k1 = 0; k1 < 3; k1 += 1) {
        let i_12 = i_11 + 3 * k1;
        let f_13 = arg0[i_12];
        let i_14 = i_8 + 3 * k1;
        let f_15 = arg0[i_14];
        acc_0 = acc_0 + f_13 * f_15;
      }
    }
    let i_16 = 3 * i_3 + i_1;
    if (row_at0 < 3) {
      if (col_at0 < 3) {
        held0[i_16] = acc_0;
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 9; at += 64) {
      let f_17 = held0[at];
      let i_18 = i32(u32(at) / 3u);
      let i_19 = at - i_18 * 3;
      let i_20 = i_18 + 3 * i_19;
      let f_21 = held0[i_20];
      let f_22 = f_17 * f_21;
      let i_23 = i_4 + at;
      out0[i_23] = f_22;
    }
  }
}
