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
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
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
        let i_19 = u32(step);
        acc_0 = fma(subgroupShuffle(f_5, i_19), f_18, acc_0);
        acc_1 = fma(subgroupShuffle(f_8, i_19), f_18, acc_1);
        acc_2 = fma(subgroupShuffle(f_11, i_19), f_18, acc_2);
        acc_3 = fma(subgroupShuffle(f_14, i_19), f_18, acc_3);
      }
    }
    let i_21 = 4 * row_at0 + i_1;
    let i_22 = i_2 + 4 * row_at0 + i_1;
    if (col_at0 < 4) {
      let f_20 = acc_0;
      held0[i_21] = f_20;
      out0[i_22] = f_20;
    }
    let i_24 = 4 * row_at1 + i_1;
    let i_25 = i_2 + 4 * row_at1 + i_1;
    if (col_at0 < 4) {
      let f_23 = acc_1;
      held0[i_24] = f_23;
      out0[i_25] = f_23;
    }
    let i_27 = 4 * row_at2 + i_1;
    let i_28 = i_2 + 4 * row_at2 + i_1;
    if (col_at0 < 4) {
      let f_26 = acc_2;
      held0[i_27] = f_26;
      out0[i_28] = f_26;
    }
    let i_30 = 4 * row_at3 + i_1;
    let i_31 = i_2 + 4 * row_at3 + i_1;
    if (col_at0 < 4) {
      let f_29 = acc_3;
      held0[i_30] = f_29;
      out0[i_31] = f_29;
    }
  }
  workgroupBarrier();
  {
    let col_at0 = i_0;
    let i_32 = min(col_at0, 4 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let row_at3 = 3;
    let batch_at0 = 0;
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    var acc_3 = f32();
    let i_33 = 4 * row_at0;
    let i_36 = 4 * row_at1;
    let i_39 = 4 * row_at2;
    let i_42 = 4 * row_at3;
    let i_46 = i_2 + i_32;
    for (var k0_first = 0; k0_first < 4 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 4 - 1);
      let i_34 = i_33 + k0_mine;
      let f_35 = held0[i_34];
      let i_37 = i_36 + k0_mine;
      let f_38 = held0[i_37];
      let i_40 = i_39 + k0_mine;
      let f_41 = held0[i_40];
      let i_43 = i_42 + k0_mine;
      let f_44 = held0[i_43];
      let i_45 = min(8, 4 - k0_first);
      for (var step = 0; step < i_45 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_47 = i_46 + 4 * k0;
        let f_48 = arg0[i_47];
        let i_49 = u32(step);
        acc_0 = fma(subgroupShuffle(f_35, i_49), f_48, acc_0);
        acc_1 = fma(subgroupShuffle(f_38, i_49), f_48, acc_1);
        acc_2 = fma(subgroupShuffle(f_41, i_49), f_48, acc_2);
        acc_3 = fma(subgroupShuffle(f_44, i_49), f_48, acc_3);
      }
    }
    let i_50 = 4 * row_at0 + i_32;
    if (col_at0 < 4) {
      held1[i_50] = acc_0;
    }
    let i_51 = 4 * row_at1 + i_32;
    if (col_at0 < 4) {
      held1[i_51] = acc_1;
    }
    let i_52 = 4 * row_at2 + i_32;
    if (col_at0 < 4) {
      held1[i_52] = acc_2;
    }
    let i_53 = 4 * row_at3 + i_32;
    if (col_at0 < 4) {
      held1[i_53] = acc_3;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 16 + (group >> 31u); at += 8) {
      let f_54 = held1[at];
      let i_55 = at >> 2u;
      let i_56 = at & 3;
      let i_57 = i_55 + 4 * i_56;
      let f_58 = held1[i_57];
      let f_59 = f_54 * f_58;
      let i_60 = i_2 + at;
      out1[i_60] = f_59;
    }
  }
}
