enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 63) / 64;
  if (group >= 2 * i_0) { return; }
  let i_1 = lane & 7;
  let i_2 = i32(u32(group) / 2u);
  let i_3 = group - i_2 * 2;
  let col_at0 = i_3 * 32 + i_1;
  let i_4 = min(col_at0, 33 - 1);
  let col_at1 = i_3 * 32 + i_1 + 8;
  let i_5 = min(col_at1, 33 - 1);
  let col_at2 = i_3 * 32 + i_1 + 16;
  let i_6 = min(col_at2, 33 - 1);
  let col_at3 = i_3 * 32 + i_1 + 24;
  let i_7 = min(col_at3, 33 - 1);
  let i_8 = i32(u32(i_2) / u32(max(i_0, 1)));
  let i_9 = i_2 - i_8 * i_0;
  let batch_at0 = i_8;
  var held: array<vec4<f32>, 6>;
  let i_10 = 6 * i_4;
  let i_13 = 6 * i_5;
  let i_16 = 6 * i_6;
  let i_19 = 6 * i_7;
  for (var k0 = 0; k0 < 6 + (group >> 31u); k0 += 1) {
    let i_11 = i_10 + k0;
    let f_12 = arg1[i_11];
    let i_14 = i_13 + k0;
    let f_15 = arg1[i_14];
    let i_17 = i_16 + k0;
    let f_18 = arg1[i_17];
    let i_20 = i_19 + k0;
    let f_21 = arg1[i_20];
    held[(k0) * 1 + 0] = vec4<f32>(f_12, f_15, f_18, f_21);
  }
  let i_22 = min(i_9 * 64 + 64, tokens);
  let f_27 = arg2[i_4];
  let f_29 = arg2[i_5];
  let f_31 = arg2[i_6];
  let f_33 = arg2[i_7];
  for (var row_first = i_9 * 64; row_first < i_22 + (group >> 31u); row_first += 1) {
    let row_at0 = row_first;
    let i_23 = min(row_at0, tokens - 1);
    var acc_0 = vec4<f32>();
    let i_24 = min(0 + lane, 5);
    let i_25 = 6 * i_23 + i_24;
    let f_26 = arg0[i_25];
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 0u)), held[0], acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 1u)), held[1], acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 2u)), held[2], acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 3u)), held[3], acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 4u)), held[4], acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_26, 5u)), held[5], acc_0);
    let i_28 = i_4 + 33 * i_23;
    let i_30 = i_5 + 33 * i_23;
    let i_32 = i_6 + 33 * i_23;
    let i_34 = i_7 + 33 * i_23;
    if (row_at0 < tokens) {
      if (col_at0 < 33) {
        out[i_28] = (acc_0.x * 0.5f) + f_27;
      }
      if (col_at1 < 33) {
        out[i_30] = (acc_0.y * 0.5f) + f_29;
      }
      if (col_at2 < 33) {
        out[i_32] = (acc_0.z * 0.5f) + f_31;
      }
      if (col_at3 < 33) {
        out[i_34] = (acc_0.w * 0.5f) + f_33;
      }
    }
  }
}
