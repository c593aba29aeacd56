enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 6 * 2) { return; }
  let i_0 = i32(u32(group) / 6u);
  let i_1 = group - i_0 * 6;
  let col_at0 = i_1 * 2;
  let i_2 = min(col_at0, 11 - 1);
  let col_at1 = i_1 * 2 + 1;
  let i_3 = min(col_at1, 11 - 1);
  let i_4 = i32(u32(i_0) / 2u);
  let i_5 = i_0 - i_4 * 2;
  let row_at0 = i_5 * 2;
  let i_6 = min(row_at0, 3 - 1);
  let row_at1 = i_5 * 2 + 1;
  let i_7 = min(row_at1, 3 - 1);
  let batch_at0 = i_4;
  var acc_0 = vec2<f32>();
  var acc_1 = vec2<f32>();
  let i_8 = 21 * i_6;
  let i_11 = 21 * i_7;
  let i_14 = 21 * i_2;
  let i_17 = 21 * i_3;
  for (var k0_first = 0; k0_first < 21; k0_first += 8) {
    let k0_at = k0_first + lane;
    let k0 = min(k0_at, 21 - 1);
    let i_9 = i_8 + k0;
    let f_10 = arg0[i_9];
    let i_12 = i_11 + k0;
    let f_13 = arg0[i_12];
    let i_15 = i_14 + k0;
    let f_16 = arg1[i_15];
    let i_18 = i_17 + k0;
    let f_19 = arg1[i_18];
    let v_20 = vec2<f32>(f_16, f_19);
    acc_0 = select(acc_0, fma(vec2<f32>(f_10), v_20, acc_0), k0_at < 21);
    acc_1 = select(acc_1, fma(vec2<f32>(f_13), v_20, acc_1), k0_at < 21);
  }
  acc_0 = subgroupAdd(acc_0);
  acc_1 = subgroupAdd(acc_1);
  let i_21 = 11 * i_6 + i_2;
  let i_22 = 11 * i_6 + i_3;
  let i_23 = 11 * i_7 + i_2;
  let i_24 = 11 * i_7 + i_3;
  if (lane == 0) {
    if (row_at0 < 3) {
      if (col_at0 < 11) {
        out[i_21] = acc_0.x;
      }
      if (col_at1 < 11) {
        out[i_22] = acc_0.y;
      }
    }
    if (row_at1 < 3) {
      if (col_at0 < 11) {
        out[i_23] = acc_1.x;
      }
      if (col_at1 < 11) {
        out[i_24] = acc_1.y;
      }
    }
  }
}
