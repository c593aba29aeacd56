// second; last: 816 operations, 576 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 15;
  let i_2 = (lane >> 4u) & 3;
  let i_3 = 16 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 4 - 1);
    let row_at0 = i_2;
    let batch_at0 = 0;
    var acc_0 = f32();
    let i_4 = i_3 + 4 * row_at0;
    let f_5 = arg0[i_4];
    let i_6 = i_3 + i_1;
    let f_7 = arg0[i_6];
    let f_8 = arg0[i_4 + 1];
    let f_9 = arg0[i_6 + 4];
    let f_10 = arg0[i_4 + 2];
    let f_11 = arg0[i_6 + 8];
    let f_12 = arg0[i_4 + 3];
    let f_13 = arg0[i_6 + 12];
    for (var k0 = 0; k0 < 4; k0 += 4) {
      acc_0 = acc_0 + f_5 * f_7;
      acc_0 = acc_0 + f_8 * f_9;
      acc_0 = acc_0 + f_10 * f_11;
      acc_0 = acc_0 + f_12 * f_13;
    }
    let i_15 = 4 * row_at0 + i_1;
    let i_16 = i_3 + 4 * row_at0 + i_1;
    if (col_at0 < 4) {
      let f_14 = acc_0;
      held0[i_15] = f_14;
      out0[i_16] = f_14;
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_17 = min(col_at0, 4 - 1);
    let row_at0 = i_2;
    let batch_at0 = 0;
    var acc_0 = f32();
    let i_18 = 4 * row_at0;
    let f_19 = held0[i_18];
    let i_20 = i_3 + i_17;
    let f_21 = arg0[i_20];
    let f_22 = held0[i_18 + 1];
    let f_23 = arg0[i_20 + 4];
    let f_24 = held0[i_18 + 2];
    let f_25 = arg0[i_20 + 8];
    let f_26 = held0[i_18 + 3];
    let f_27 = arg0[i_20 + 12];
    for (var k0 = 0; k0 < 4; k0 += 4) {
      acc_0 = acc_0 + f_19 * f_21;
      acc_0 = acc_0 + f_22 * f_23;
      acc_0 = acc_0 + f_24 * f_25;
      acc_0 = acc_0 + f_26 * f_27;
    }
    let i_28 = 4 * row_at0 + i_17;
    if (col_at0 < 4) {
      held1[i_28] = acc_0;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 16; at += 64) {
      let f_29 = held1[at];
      let i_30 = at >> 2u;
      let i_31 = at & 3;
      let i_32 = i_30 + 4 * i_31;
      let f_33 = held1[i_32];
      let f_34 = f_29 * f_33;
      let i_35 = i_3 + at;
      out1[i_35] = f_34;
    }
  }
}
