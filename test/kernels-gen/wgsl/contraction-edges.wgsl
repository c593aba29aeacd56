@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 15) / 16;
  if (group >= 3 * i_0) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / 3u);
  let i_3 = group - i_2 * 3;
  let col_at0 = i_3 * 16 + i_1;
  let i_4 = min(col_at0, 33 - 1);
  let col_at1 = i_3 * 16 + i_1 + 8;
  let i_5 = min(col_at1, 33 - 1);
  let i_6 = (lane >> 3u) & 7;
  let i_7 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_8 = i_2 - i_7 * i_0;
  let row_at0 = i_8 * 16 + i_6;
  let i_9 = min(row_at0, tokens - 1);
  let row_at1 = i_8 * 16 + i_6 + 8;
  let i_10 = min(row_at1, tokens - 1);
  let batch_at0 = i_7;
  var acc_0 = vec2<f32>();
  var acc_1 = vec2<f32>();
  let i_11 = 6 * i_9;
  let i_14 = 6 * i_10;
  let i_17 = 6 * i_4;
  let i_20 = 6 * i_5;
  for (var k0 = 0; k0 < 6; k0 += 2) {
    let i_12 = i_11 + k0;
    let f_13 = arg0[i_12];
    let i_15 = i_14 + k0;
    let f_16 = arg0[i_15];
    let i_18 = i_17 + k0;
    let f_19 = arg1[i_18];
    let i_21 = i_20 + k0;
    let f_22 = arg1[i_21];
    let v_23 = vec2<f32>(f_19, f_22);
    acc_0 = acc_0 + vec2<f32>(f_13) * v_23;
    acc_1 = acc_1 + vec2<f32>(f_16) * v_23;
    let f_24 = arg0[i_12 + 1];
    let f_25 = arg0[i_15 + 1];
    let f_26 = arg1[i_18 + 1];
    let f_27 = arg1[i_21 + 1];
    let v_28 = vec2<f32>(f_26, f_27);
    acc_0 = acc_0 + vec2<f32>(f_24) * v_28;
    acc_1 = acc_1 + vec2<f32>(f_25) * v_28;
  }
  let f_29 = arg2[i_4];
  let i_30 = 33 * i_9 + i_4;
  let f_31 = arg2[i_5];
  let i_32 = 33 * i_9 + i_5;
  if (row_at0 < tokens) {
    if (col_at0 < 33) {
      out[i_30] = (acc_0.x * 0.5f) + f_29;
    }
    if (col_at1 < 33) {
      out[i_32] = (acc_0.y * 0.5f) + f_31;
    }
  }
  let i_33 = 33 * i_10 + i_4;
  let i_34 = 33 * i_10 + i_5;
  if (row_at1 < tokens) {
    if (col_at0 < 33) {
      out[i_33] = (acc_1.x * 0.5f) + f_29;
    }
    if (col_at1 < 33) {
      out[i_34] = (acc_1.y * 0.5f) + f_31;
    }
  }
}
