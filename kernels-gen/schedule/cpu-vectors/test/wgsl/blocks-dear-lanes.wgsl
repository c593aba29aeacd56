// turned: 2952 operations, 504 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 6>;
var<workgroup> held1: array<f32, 6>;
var<workgroup> held2: array<f32, 36>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = 6 * group;
  {
    for (var at = lane; at < 6 + (group >> 31u); at += 8) {
      let i_1 = i_0 + at;
      let f_2 = arg0[i_1];
      let f_3 = sin(f_2);
      held0[at] = f_3;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 6 + (group >> 31u); at += 8) {
      let i_4 = i_0 + at;
      let f_5 = arg0[i_4];
      let f_6 = cos(f_5);
      held1[at] = f_6;
    }
  }
  workgroupBarrier();
  let i_7 = lane & 7;
  {
    let col_at0 = i_7;
    let i_8 = min(col_at0, 6 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let row_at3 = 3;
    let row_at4 = 4;
    let row_at5 = 5;
    let batch_at0 = 0;
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
    var acc_4 = f32();
    var acc_5 = f32();
    let f_9 = held0[row_at0];
    let f_12 = held0[row_at1];
    let f_14 = held0[row_at2];
    let f_16 = held0[row_at3];
    let f_18 = held0[row_at4];
    let f_20 = held0[row_at5];
    let f_24 = held1[i_8];
    for (var k0_first = 0; k0_first < 6 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 6 - 1);
      let f_10 = held1[k0_mine];
      let f_11 = f_9 * f_10;
      let f_13 = f_12 * f_10;
      let f_15 = f_14 * f_10;
      let f_17 = f_16 * f_10;
      let f_19 = f_18 * f_10;
      let f_21 = f_20 * f_10;
      let i_22 = min(8, 6 - k0_first);
      for (var step = 0; step < i_22 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let f_23 = held0[k0];
        let f_25 = f_23 * f_24;
        let i_26 = u32(step);
        acc_0 = fma(subgroupShuffle(f_11, i_26), f_25, acc_0);
        acc_1 = fma(subgroupShuffle(f_13, i_26), f_25, acc_1);
        acc_2 = fma(subgroupShuffle(f_15, i_26), f_25, acc_2);
        acc_3 = fma(subgroupShuffle(f_17, i_26), f_25, acc_3);
        acc_4 = fma(subgroupShuffle(f_19, i_26), f_25, acc_4);
        acc_5 = fma(subgroupShuffle(f_21, i_26), f_25, acc_5);
      }
    }
    let i_27 = 6 * row_at0 + i_8;
    if (col_at0 < 6) {
      held2[i_27] = acc_0;
    }
    let i_28 = 6 * row_at1 + i_8;
    if (col_at0 < 6) {
      held2[i_28] = acc_1;
    }
    let i_29 = 6 * row_at2 + i_8;
    if (col_at0 < 6) {
      held2[i_29] = acc_2;
    }
    let i_30 = 6 * row_at3 + i_8;
    if (col_at0 < 6) {
      held2[i_30] = acc_3;
    }
    let i_31 = 6 * row_at4 + i_8;
    if (col_at0 < 6) {
      held2[i_31] = acc_4;
    }
    let i_32 = 6 * row_at5 + i_8;
    if (col_at0 < 6) {
      held2[i_32] = acc_5;
    }
  }
  workgroupBarrier();
  let i_51 = 36 * group;
  {
    let col_at0 = i_7;
    let i_33 = min(col_at0, 6 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let row_at3 = 3;
    let row_at4 = 4;
    let row_at5 = 5;
    let batch_at0 = 0;
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
    var acc_4 = f32();
    var acc_5 = f32();
    let f_35 = held1[row_at0];
    let f_37 = held1[row_at1];
    let f_39 = held1[row_at2];
    let f_41 = held1[row_at3];
    let f_43 = held1[row_at4];
    let f_45 = held1[row_at5];
    for (var k0_first = 0; k0_first < 6 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 6 - 1);
      let f_34 = held0[k0_mine];
      let f_36 = f_34 * f_35;
      let f_38 = f_34 * f_37;
      let f_40 = f_34 * f_39;
      let f_42 = f_34 * f_41;
      let f_44 = f_34 * f_43;
      let f_46 = f_34 * f_45;
      let i_47 = min(8, 6 - k0_first);
      for (var step = 0; step < i_47 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_48 = i_33 + 6 * k0;
        let f_49 = held2[i_48];
        let i_50 = u32(step);
        acc_0 = fma(subgroupShuffle(f_36, i_50), f_49, acc_0);
        acc_1 = fma(subgroupShuffle(f_38, i_50), f_49, acc_1);
        acc_2 = fma(subgroupShuffle(f_40, i_50), f_49, acc_2);
        acc_3 = fma(subgroupShuffle(f_42, i_50), f_49, acc_3);
        acc_4 = fma(subgroupShuffle(f_44, i_50), f_49, acc_4);
        acc_5 = fma(subgroupShuffle(f_46, i_50), f_49, acc_5);
      }
    }
    let i_52 = i_51 + 6 * row_at0 + i_33;
    if (col_at0 < 6) {
      out0[i_52] = acc_0;
    }
    let i_53 = i_51 + 6 * row_at1 + i_33;
    if (col_at0 < 6) {
      out0[i_53] = acc_1;
    }
    let i_54 = i_51 + 6 * row_at2 + i_33;
    if (col_at0 < 6) {
      out0[i_54] = acc_2;
    }
    let i_55 = i_51 + 6 * row_at3 + i_33;
    if (col_at0 < 6) {
      out0[i_55] = acc_3;
    }
    let i_56 = i_51 + 6 * row_at4 + i_33;
    if (col_at0 < 6) {
      out0[i_56] = acc_4;
    }
    let i_57 = i_51 + 6 * row_at5 + i_33;
    if (col_at0 < 6) {
      out0[i_57] = acc_5;
    }
  }
}
