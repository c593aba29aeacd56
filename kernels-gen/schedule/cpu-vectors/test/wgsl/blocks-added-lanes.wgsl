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
    var acc_0_0 = 0.0f;
    var acc_1_0 = 0.0f;
    var acc_2_0 = 0.0f;
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
        let left0_0 = subgroupShuffle(f_5, u32(step));
        let left1_0 = subgroupShuffle(f_8, u32(step));
        let left2_0 = subgroupShuffle(f_11, u32(step));
        acc_0_0 = fma(left0_0, f_15, acc_0_0);
        acc_1_0 = fma(left1_0, f_15, acc_1_0);
        acc_2_0 = fma(left2_0, f_15, acc_2_0);
      }
    }
    let i_16 = i_2 + row_at0;
    let i_19 = i_2 + row_at1;
    let i_22 = i_2 + row_at2;
    {
      for (var k1_first = 0; k1_first < 3 + (group >> 31u); k1_first += 8) {
        let k1_mine = min(k1_first + lane, 3 - 1);
        let i_17 = i_16 + 3 * k1_mine;
        let f_18 = arg0[i_17];
        let i_20 = i_19 + 3 * k1_mine;
        let f_21 = arg0[i_20];
        let i_23 = i_22 + 3 * k1_mine;
        let f_24 = arg0[i_23];
        let i_25 = min(8, 3 - k1_first);
        for (var step = 0; step < i_25 + (group >> 31u); step += 1) {
          let k1 = k1_first + step;
          let i_26 = i_13 + 3 * k1;
          let f_27 = arg0[i_26];
          let left0_0 = subgroupShuffle(f_18, u32(step));
          let left1_0 = subgroupShuffle(f_21, u32(step));
          let left2_0 = subgroupShuffle(f_24, u32(step));
          acc_0_0 = fma(left0_0, f_27, acc_0_0);
          acc_1_0 = fma(left1_0, f_27, acc_1_0);
          acc_2_0 = fma(left2_0, f_27, acc_2_0);
        }
      }
    }
    let i_28 = 3 * row_at0 + i_1;
    if (col_at0 < 3) {
      held0[i_28] = acc_0_0;
    }
    let i_29 = 3 * row_at1 + i_1;
    if (col_at0 < 3) {
      held0[i_29] = acc_1_0;
    }
    let i_30 = 3 * row_at2 + i_1;
    if (col_at0 < 3) {
      held0[i_30] = acc_2_0;
    }
  }
  workgroupBarrier();
  {
    for (var at = lane; at < 9 + (group >> 31u); at += 8) {
      let f_31 = held0[at];
      let i_32 = i32(u32(at) / 3u);
      let i_33 = at - i_32 * 3;
      let i_34 = i_32 + 3 * i_33;
      let f_35 = held0[i_34];
      let f_36 = f_31 * f_35;
      let i_37 = i_2 + at;
      out0[i_37] = f_36;
    }
  }
}
