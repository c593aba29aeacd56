@group(0) @binding(0) var<storage, read> arg0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 63) / 64;
  if (group >= i_0 * 128) { return; }
  let i_1 = lane & 15;
  let col_at0 = i_1;
  let col_at1 = i_1 + 16;
  let col_at2 = i_1 + 32;
  let col_at3 = i_1 + 48;
  let i_2 = (lane >> 4u) & 15;
  let i_3 = i32(u32(group) / u32(max(i_0, 1)));
  let i_4 = group - i_3 * i_0;
  let row_at0 = i_4 * 64 + i_2;
  let i_5 = min(row_at0, tokens - 1);
  let row_at1 = i_4 * 64 + i_2 + 16;
  let i_6 = min(row_at1, tokens - 1);
  let row_at2 = i_4 * 64 + i_2 + 32;
  let i_7 = min(row_at2, tokens - 1);
  let row_at3 = i_4 * 64 + i_2 + 48;
  let i_8 = min(row_at3, tokens - 1);
  let batch_at0 = i_3;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_9 = lane + 0;
  let i_10 = i_9 & 3;
  let i_11 = i_10 * 4;
  let i_12 = (i_9 >> 2u) & 63;
  let i_13 = min(i_4 * 64 + i_12, tokens - 1);
  let i_14 = i_9 & 15;
  let i_15 = i_14 * 4;
  let i_16 = (i_9 >> 4u) & 15;
  let i_17 = min(0 + i_15, 64 - 4);
  let i_18 = 64 * batch_at0 + 8192 * i_13;
  let i_21 = 4096 * batch_at0 + i_17;
  for (var k0_first = 0; k0_first < 64; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_11;
    let i_19 = i_18 + k0_a0_at;
    let v_20 = arg0[(i_19) >> 2u];
    staged[i_11 * 64 + i_12] = v_20.x;
    staged[i_11 * 64 + i_12 + 64] = v_20.y;
    staged[i_11 * 64 + i_12 + 128] = v_20.z;
    staged[i_11 * 64 + i_12 + 192] = v_20.w;
    let k0_b0_at = k0_first + i_16;
    let i_22 = i_21 + 64 * k0_b0_at;
    let v_23 = arg1[(i_22) >> 2u];
    staged[i_16 * 64 + i_15 + 1024] = v_23.x;
    staged[i_16 * 64 + i_15 + 1024 + 1] = v_23.y;
    staged[i_16 * 64 + i_15 + 1024 + 2] = v_23.z;
    staged[i_16 * 64 + i_15 + 1024 + 3] = v_23.w;
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 64 + i_2 + 0];
      let a1_0 = staged[step * 64 + i_2 + 16];
      let a2_0 = staged[step * 64 + i_2 + 32];
      let a3_0 = staged[step * 64 + i_2 + 48];
      let b0_0 = staged[step * 64 + i_1 + 1024];
      let b1_0 = staged[step * 64 + i_1 + 1040];
      let b2_0 = staged[step * 64 + i_1 + 1056];
      let b3_0 = staged[step * 64 + i_1 + 1072];
      let v_24 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_24, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_24, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_24, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_24, acc_3);
      let a0_1 = staged[step * 64 + i_2 + 64];
      let a1_1 = staged[step * 64 + i_2 + 80];
      let a2_1 = staged[step * 64 + i_2 + 96];
      let a3_1 = staged[step * 64 + i_2 + 112];
      let b0_1 = staged[step * 64 + i_1 + 1088];
      let b1_1 = staged[step * 64 + i_1 + 1104];
      let b2_1 = staged[step * 64 + i_1 + 1120];
      let b3_1 = staged[step * 64 + i_1 + 1136];
      let v_25 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_25, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_25, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_25, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_25, acc_3);
      let a0_2 = staged[step * 64 + i_2 + 128];
      let a1_2 = staged[step * 64 + i_2 + 144];
      let a2_2 = staged[step * 64 + i_2 + 160];
      let a3_2 = staged[step * 64 + i_2 + 176];
      let b0_2 = staged[step * 64 + i_1 + 1152];
      let b1_2 = staged[step * 64 + i_1 + 1168];
      let b2_2 = staged[step * 64 + i_1 + 1184];
      let b3_2 = staged[step * 64 + i_1 + 1200];
      let v_26 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_26, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_26, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_26, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_26, acc_3);
      let a0_3 = staged[step * 64 + i_2 + 192];
      let a1_3 = staged[step * 64 + i_2 + 208];
      let a2_3 = staged[step * 64 + i_2 + 224];
      let a3_3 = staged[step * 64 + i_2 + 240];
      let b0_3 = staged[step * 64 + i_1 + 1216];
      let b1_3 = staged[step * 64 + i_1 + 1232];
      let b2_3 = staged[step * 64 + i_1 + 1248];
      let b3_3 = staged[step * 64 + i_1 + 1264];
      let v_27 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_27, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_27, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_27, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_27, acc_3);
    }
  }
  let i_28 = 64 * batch_at0 + 8192 * i_5 + col_at0;
  let i_29 = 64 * batch_at0 + 8192 * i_5 + col_at1;
  let i_30 = 64 * batch_at0 + 8192 * i_5 + col_at2;
  let i_31 = 64 * batch_at0 + 8192 * i_5 + col_at3;
  if (row_at0 < tokens) {
    out[i_28] = acc_0.x;
    out[i_29] = acc_0.y;
    out[i_30] = acc_0.z;
    out[i_31] = acc_0.w;
  }
  let i_32 = 64 * batch_at0 + 8192 * i_6 + col_at0;
  let i_33 = 64 * batch_at0 + 8192 * i_6 + col_at1;
  let i_34 = 64 * batch_at0 + 8192 * i_6 + col_at2;
  let i_35 = 64 * batch_at0 + 8192 * i_6 + col_at3;
  if (row_at1 < tokens) {
    out[i_32] = acc_1.x;
    out[i_33] = acc_1.y;
    out[i_34] = acc_1.z;
    out[i_35] = acc_1.w;
  }
  let i_36 = 64 * batch_at0 + 8192 * i_7 + col_at0;
  let i_37 = 64 * batch_at0 + 8192 * i_7 + col_at1;
  let i_38 = 64 * batch_at0 + 8192 * i_7 + col_at2;
  let i_39 = 64 * batch_at0 + 8192 * i_7 + col_at3;
  if (row_at2 < tokens) {
    out[i_36] = acc_2.x;
    out[i_37] = acc_2.y;
    out[i_38] = acc_2.z;
    out[i_39] = acc_2.w;
  }
  let i_40 = 64 * batch_at0 + 8192 * i_8 + col_at0;
  let i_41 = 64 * batch_at0 + 8192 * i_8 + col_at1;
  let i_42 = 64 * batch_at0 + 8192 * i_8 + col_at2;
  let i_43 = 64 * batch_at0 + 8192 * i_8 + col_at3;
  if (row_at3 < tokens) {
    out[i_40] = acc_3.x;
    out[i_41] = acc_3.y;
    out[i_42] = acc_3.z;
    out[i_43] = acc_3.w;
  }
}
