// last: 1575 operations, 600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 25>;
var<workgroup> held1: array<f32, 25>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_2 = (lane >> 3u) & 7;
  let i_4 = 25 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 5 - 1);
    let row_at0 = i_2;
    let i_3 = min(row_at0, 5 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    let i_5 = i_4 + 5 * i_3;
    let i_8 = i_4 + i_1;
    for (var k0 = 0; k0 < 5; k0 += 1) {
      let i_6 = i_5 + k0;
      let f_7 = arg0[i_6];
      let i_9 = i_8 + 5 * k0;
      let f_10 = arg0[i_9];
      acc_0 = acc_0 + f_7 * f_10;
    }
    let i_11 = 5 * i_3 + i_1;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held0[i_11] = acc_0;
      }
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_12 = min(col_at0, 5 - 1);
    let row_at0 = i_2;
    let i_13 = min(row_at0, 5 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    let i_14 = 5 * i_13;
    let i_17 = i_4 + i_12;
    for (var k0 = 0; k0 < 5; k0 += 1) {
      let i_15 = i_14 + k0;
      let f_16 = held0[i_15];
      let i_18 = i_17 + 5 * k0;
      let f_19 = arg0[i_18];
      acc_0 = acc_0 + f_16 * f_19;
    }
    let i_20 = 5 * i_13 + i_12;
    if (row_at0 < 5) {
      if (col_at0 < 5) {
        held1[i_20] = acc_0;
      }
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 25; at += 64) {
      let f_21 = held1[at];
      let i_22 = i32(u32(at) / 5u);
      let i_23 = at - i_22 * 5;
      let i_24 = i_22 + 5 * i_23;
      let f_25 = held1[i_24];
      let f_26 = f_21 * f_25;
      let i_27 = i_4 + at;
      out0[i_27] = f_26;
    }
  }
}
