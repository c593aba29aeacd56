enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let col_at0 = 0;
  let col_at1 = 1;
  let i_0 = i32(u32(group) / 16u);
  let i_1 = group - i_0 * 16;
  let row_at0 = i_1 * 4;
  let row_at1 = i_1 * 4 + 1;
  let row_at2 = i_1 * 4 + 2;
  let row_at3 = i_1 * 4 + 3;
  let batch_at0 = i_0;
  var acc_0 = vec2<f32>();
  var acc_1 = vec2<f32>();
  var acc_2 = vec2<f32>();
  var acc_3 = vec2<f32>();
  let i_2 = 16 * row_at0;
  let i_5 = 16 * row_at1;
  let i_8 = 16 * row_at2;
  let i_11 = 16 * row_at3;
  let i_14 = 16 * col_at0;
  let i_17 = 16 * col_at1;
  for (var k0_first = 0; k0_first < 16; k0_first += 8) {
    let k0_at = k0_first + lane;
    let i_3 = i_2 + k0_at;
    let f_4 = arg0[i_3];
    let i_6 = i_5 + k0_at;
    let f_7 = arg0[i_6];
    let i_9 = i_8 + k0_at;
    let f_10 = arg0[i_9];
    let i_12 = i_11 + k0_at;
    let f_13 = arg0[i_12];
    let i_15 = i_14 + k0_at;
    let f_16 = arg1[i_15];
    let i_18 = i_17 + k0_at;
    let f_19 = arg1[i_18];
    let v_20 = vec2<f32>(f_16, f_19);
    acc_0 = fma(vec2<f32>(f_4), v_20, acc_0);
    acc_1 = fma(vec2<f32>(f_7), v_20, acc_1);
    acc_2 = fma(vec2<f32>(f_10), v_20, acc_2);
    acc_3 = fma(vec2<f32>(f_13), v_20, acc_3);
  }
  acc_0 = subgroupAdd(acc_0);
  acc_1 = subgroupAdd(acc_1);
  acc_2 = subgroupAdd(acc_2);
  acc_3 = subgroupAdd(acc_3);
  let i_21 = 2 * row_at0 + col_at0;
  let i_22 = 2 * row_at0 + col_at1;
  let i_23 = 2 * row_at1 + col_at0;
  let i_24 = 2 * row_at1 + col_at1;
  let i_25 = 2 * row_at2 + col_at0;
  let i_26 = 2 * row_at2 + col_at1;
  let i_27 = 2 * row_at3 + col_at0;
  let i_28 = 2 * row_at3 + col_at1;
  if (lane == 0) {
    out[i_21] = acc_0.x;
    out[i_22] = acc_0.y;
    out[i_23] = acc_1.x;
    out[i_24] = acc_1.y;
    out[i_25] = acc_2.x;
    out[i_26] = acc_2.y;
    out[i_27] = acc_3.x;
    out[i_28] = acc_3.y;
  }
}
