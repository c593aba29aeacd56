// turned: 2952 operations, 504 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 6>;
var<workgroup> held1: array<f32, 6>;
var<workgroup> held2: array<f32, 36>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = 6 * group;
  {
    for (var at = lane; at < 6; at += 64) {
      let i_1 = i_0 + at;
      let f_2 = arg0[i_1];
      let f_3 = sin(f_2);
      held0[at] = f_3;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 6; at += 64) {
      let i_4 = i_0 + at;
      let f_5 = arg0[i_4];
      let f_6 = cos(f_5);
      held1[at] = f_6;
    }
  }
  workgroupBarrier();
  let i_7 = lane & 7;
  let i_9 = (lane >> 3u) & 7;
  {
    let col_at0 = i_7;
    let i_8 = min(col_at0, 6 - 1);
    let row_at0 = i_9;
    let i_10 = min(row_at0, 6 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    let f_11 = held0[i_10];
    let f_15 = held1[i_8];
    for (var k0 = 0; k0 < 6; k0 += 2) {
      let f_12 = held1[k0];
      let f_13 = f_11 * f_12;
      let f_14 = held0[k0];
      let f_16 = f_14 * f_15;
      acc_0 = acc_0 + f_13 * f_16;
      let f_17 = held1[k0 + 1];
      let f_18 = f_11 * f_17;
      let f_19 = held0[k0 + 1];
      let f_20 = f_19 * f_15;
      acc_0 = acc_0 + f_18 * f_20;
    }
    let i_21 = 6 * i_10 + i_8;
    if (row_at0 < 6) {
      if (col_at0 < 6) {
        held2[i_21] = acc_0;
      }
    }
  }
  workgroupBarrier();
  let i_32 = 36 * group;
  {
    let col_at0 = i_7;
    let i_22 = min(col_at0, 6 - 1);
    let row_at0 = i_9;
    let i_23 = min(row_at0, 6 - 1);
    let batch_at0 = 0;
    var acc_0 = f32();
    let f_25 = held1[i_23];
    for (var k0 = 0; k0 < 6; k0 += 2) {
      let f_24 = held0[k0];
      let f_26 = f_24 * f_25;
      let i_27 = i_22 + 6 * k0;
      let f_28 = held2[i_27];
      acc_0 = acc_0 + f_26 * f_28;
      let f_29 = held0[k0 + 1];
      let f_30 = f_29 * f_25;
      let f_31 = held2[i_27 + 6];
      acc_0 = acc_0 + f_30 * f_31;
    }
    let i_33 = i_32 + 6 * i_23 + i_22;
    if (row_at0 < 6) {
      if (col_at0 < 6) {
        out0[i_33] = acc_0;
      }
    }
  }
}
