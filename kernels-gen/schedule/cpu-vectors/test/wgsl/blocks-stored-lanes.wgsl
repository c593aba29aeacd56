// second; last: 816 operations, 576 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
@group(0) @binding(2) var<storage, read_write> out1: array<f32>;
var<workgroup> held0: array<f32, 16>;
var<workgroup> held1: array<f32, 16>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_2 = 16 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 4 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let row_at3 = 3;
    let batch_at0 = 0;
    var acc_0_0 = 0.0f;
    var acc_1_0 = 0.0f;
    var acc_2_0 = 0.0f;
    var acc_3_0 = 0.0f;
    let i_3 = i_2 + 4 * row_at0;
    let i_6 = i_2 + 4 * row_at1;
    let i_9 = i_2 + 4 * row_at2;
    let i_12 = i_2 + 4 * row_at3;
    let i_16 = i_2 + i_1;
    for (var k0_first = 0; k0_first < 4 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 4 - 1);
      let i_4 = i_3 + k0_mine;
      let f_5 = arg0[i_4];
      let i_7 = i_6 + k0_mine;
      let f_8 = arg0[i_7];
      let i_10 = i_9 + k0_mine;
      let f_11 = arg0[i_10];
      let i_13 = i_12 + k0_mine;
      let f_14 = arg0[i_13];
      let i_15 = min(8, 4 - k0_first);
      for (var step = 0; step < i_15 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_17 = i_16 + 4 * k0;
        let f_18 = arg0[i_17];
        let left0_0 = subgroupShuffle(f_5, u32(step));
        let left1_0 = subgroupShuffle(f_8, u32(step));
        let left2_0 = subgroupShuffle(f_11, u32(step));
        let left3_0 = subgroupShuffle(f_14, u32(step));
        acc_0_0 = fma(left0_0, f_18, acc_0_0);
        acc_1_0 = fma(left1_0, f_18, acc_1_0);
        acc_2_0 = fma(left2_0, f_18, acc_2_0);
        acc_3_0 = fma(left3_0, f_18, acc_3_0);
      }
    }
    let i_20 = 4 * row_at0 + i_1;
    let i_21 = i_2 + 4 * row_at0 + i_1;
    if (col_at0 < 4) {
      let f_19 = acc_0_0;
      held0[i_20] = f_19;
      out0[i_21] = f_19;
    }
    let i_23 = 4 * row_at1 + i_1;
    let i_24 = i_2 + 4 * row_at1 + i_1;
    if (col_at0 < 4) {
      let f_22 = acc_1_0;
      held0[i_23] = f_22;
      out0[i_24] = f_22;
    }
    let i_26 = 4 * row_at2 + i_1;
    let i_27 = i_2 + 4 * row_at2 + i_1;
    if (col_at0 < 4) {
      let f_25 = acc_2_0;
      held0[i_26] = f_25;
      out0[i_27] = f_25;
    }
    let i_29 = 4 * row_at3 + i_1;
    let i_30 = i_2 + 4 * row_at3 + i_1;
    if (col_at0 < 4) {
      let f_28 = acc_3_0;
      held0[i_29] = f_28;
      out0[i_30] = f_28;
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_31 = min(col_at0, 4 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let row_at3 = 3;
    let batch_at0 = 0;
    var acc_0_0 = 0.0f;
    var acc_1_0 = 0.0f;
    var acc_2_0 = 0.0f;
    var acc_3_0 = 0.0f;
    let i_32 = 4 * row_at0;
    let i_35 = 4 * row_at1;
    let i_38 = 4 * row_at2;
    let i_41 = 4 * row_at3;
    let i_45 = i_2 + i_31;
    for (var k0_first = 0; k0_first < 4 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 4 - 1);
      let i_33 = i_32 + k0_mine;
      let f_34 = held0[i_33];
      let i_36 = i_35 + k0_mine;
      let f_37 = held0[i_36];
      let i_39 = i_38 + k0_mine;
      let f_40 = held0[i_39];
      let i_42 = i_41 + k0_mine;
      let f_43 = held0[i_42];
      let i_44 = min(8, 4 - k0_first);
      for (var step = 0; step < i_44 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_46 = i_45 + 4 * k0;
        let f_47 = arg0[i_46];
        let left0_0 = subgroupShuffle(f_34, u32(step));
        let left1_0 = subgroupShuffle(f_37, u32(step));
        let left2_0 = subgroupShuffle(f_40, u32(step));
        let left3_0 = subgroupShuffle(f_43, u32(step));
        acc_0_0 = fma(left0_0, f_47, acc_0_0);
        acc_1_0 = fma(left1_0, f_47, acc_1_0);
        acc_2_0 = fma(left2_0, f_47, acc_2_0);
        acc_3_0 = fma(left3_0, f_47, acc_3_0);
      }
    }
    let i_48 = 4 * row_at0 + i_31;
    if (col_at0 < 4) {
      held1[i_48] = acc_0_0;
    }
    let i_49 = 4 * row_at1 + i_31;
    if (col_at0 < 4) {
      held1[i_49] = acc_1_0;
    }
    let i_50 = 4 * row_at2 + i_31;
    if (col_at0 < 4) {
      held1[i_50] = acc_2_0;
    }
    let i_51 = 4 * row_at3 + i_31;
    if (col_at0 < 4) {
      held1[i_51] = acc_3_0;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 16 + (group >> 31u); at += 8) {
      let f_52 = held1[at];
      let i_53 = at >> 2u;
      let i_54 = at & 3;
      let i_55 = i_53 + 4 * i_54;
      let f_56 = held1[i_55];
      let f_57 = f_52 * f_56;
      let i_58 = i_2 + at;
      out1[i_58] = f_57;
    }
  }
}
