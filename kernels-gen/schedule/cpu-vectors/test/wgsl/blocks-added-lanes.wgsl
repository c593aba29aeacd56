// y: 351 operations, 216 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let i_2 = 9 * group;
  {
    let col_at0 = i_0;
    let i_1 = min(col_at0, 3 - 1);
    let row_at0 = 0;
    let row_at1 = 1;
    let row_at2 = 2;
    let batch_at0 = 0;
    var acc_0 = f32();
    var acc_1 = f32();
    var acc_2 = f32();
    let i_3 = i_2 + 3 * row_at0;
    let i_6 = i_2 + 3 * row_at1;
    let i_9 = i_2 + 3 * row_at2;
    let i_13 = i_2 + i_1;
    for (var k0_first = 0; k0_first < 3 + (group >> 31u); k0_first += 8) {
      let k0_mine = min(k0_first + lane, 3 - 1);
      let i_4 = i_3 + k0_mine;
      let f_5 = arg0[i_4];
      let i_7 = i_6 + k0_mine;
      let f_8 = arg0[i_7];
      let i_10 = i_9 + k0_mine;
      let f_11 = arg0[i_10];
      let i_12 = min(8, 3 - k0_first);
      for (var step = 0; step < i_12 + (group >> 31u); step += 1) {
        let k0 = k0_first + step;
        let i_14 = i_13 + 3 * k0;
        let f_15 = arg0[i_14];
        let i_16 = u32(step);
        acc_0 = fma(subgroupShuffle(f_5, i_16), f_15, acc_0);
        acc_1 = fma(subgroupShuffle(f_8, i_16), f_15, acc_1);
        acc_2 = fma(subgroupShuffle(f_11, i_16), f_15, acc_2);
      }
    }
    let i_17 = i_2 + row_at0;
    let i_20 = i_2 + row_at1;
    let i_23 = i_2 + row_at2;
    {
      for (var k1_first = 0; k1_first < 3 + (group >> 31u); k1_first += 8) {
        let k1_mine = min(k1_first + lane, 3 - 1);
        let i_18 = i_17 + 3 * k1_mine;
        let f_19 = arg0[i_18];
        let i_21 = i_20 + 3 * k1_mine;
        let f_22 = arg0[i_21];
        let i_24 = i_23 + 3 * k1_mine;
        let f_25 = arg0[i_24];
        let i_26 = min(8, 3 - k1_first);
        for (var step = 0; step < i_26 + (group >> 31u); step += 1) {
          let k1 = k1_first + step;
          let i_27 = i_13 + 3 * k1;
          let f_28 = arg0[i_27];
          let i_29 = u32(step);
          acc_0 = fma(subgroupShuffle(f_19, i_29), f_28, acc_0);
          acc_1 = fma(subgroupShuffle(f_22, i_29), f_28, acc_1);
          acc_2 = fma(subgroupShuffle(f_25, i_29), f_28, acc_2);
        }
      }
    }
    let i_30 = 3 * row_at0 + i_1;
    if (col_at0 < 3) {
      held0[i_30] = acc_0;
    }
    let i_31 = 3 * row_at1 + i_1;
    if (col_at0 < 3) {
      held0[i_31] = acc_1;
    }
    let i_32 = 3 * row_at2 + i_1;
    if (col_at0 < 3) {
      held0[i_32] = acc_2;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 9 + (group >> 31u); at += 8) {
      let f_33 = held0[at];
      let i_34 = i32(u32(at) / 3u);
      let i_35 = at - i_34 * 3;
      let i_36 = i_34 + 3 * i_35;
      let f_37 = held0[i_36];
      let f_38 = f_33 * f_37;
      let i_39 = i_2 + at;
      out0[i_39] = f_38;
    }
  }
}
