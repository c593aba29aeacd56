enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 0) / 1;
  if (group >= i_0) { return; }
  let i_1 = lane & 7;
  let col_at0 = i_1;
  let i_2 = min(col_at0, 5 - 1);
  let row_at0 = 0;
  let row_at1 = 1;
  let row_at2 = 2;
  let batch_at0 = group;
  let i_3 = min(batch_at0, tokens - 1);
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  let i_4 = 81 * i_3 + 27 * row_at0;
  let i_8 = 81 * i_3 + 27 * row_at1;
  let i_12 = 81 * i_3 + 27 * row_at2;
  let i_17 = 135 * i_3 + i_2;
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_5 = i_4 + 9 * k0;
    let i_9 = i_8 + 9 * k0;
    let i_13 = i_12 + 9 * k0;
    let i_18 = i_17 + 45 * k0;
    for (var k1_first = 0; k1_first < 9; k1_first += 8) {
      let k1_mine = min(k1_first + lane, 9 - 1);
      let i_6 = i_5 + k1_mine;
      let f_7 = arg0[i_6];
      let i_10 = i_9 + k1_mine;
      let f_11 = arg0[i_10];
      let i_14 = i_13 + k1_mine;
      let f_15 = arg0[i_14];
      let i_16 = min(8, 9 - k1_first);
      for (var step = 0; step < i_16; step += 1) {
        let k1 = k1_first + step;
        let i_19 = i_18 + 5 * k1;
        let f_20 = arg1[i_19];
        let i_21 = u32(step);
        acc_0 = fma(subgroupShuffle(f_7, i_21), f_20, acc_0);
        acc_1 = fma(subgroupShuffle(f_11, i_21), f_20, acc_1);
        acc_2 = fma(subgroupShuffle(f_15, i_21), f_20, acc_2);
      }
    }
  }
  let i_22 = 15 * i_3 + 5 * row_at0 + i_2;
  if (batch_at0 < tokens) {
    if (col_at0 < 5) {
      out[i_22] = acc_0;
    }
  }
  let i_23 = 15 * i_3 + 5 * row_at1 + i_2;
  if (batch_at0 < tokens) {
    if (col_at0 < 5) {
      out[i_23] = acc_1;
    }
  }
  let i_24 = 15 * i_3 + 5 * row_at2 + i_2;
  if (batch_at0 < tokens) {
    if (col_at0 < 5) {
      out[i_24] = acc_2;
    }
  }
}
